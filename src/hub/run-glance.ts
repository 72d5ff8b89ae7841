import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { systemClock, toIsoTime } from '../core/clock.ts';
import { listBreakers } from '../store/breakers.ts';
import { countRuns } from '../store/run-counts.ts';
import type { GetDatabase } from '../store/store.ts';

/** What of the runs wants a look, from memory. */
export interface RunGlance {
  /** Runs that wait for a time, a person or each other. */
  readonly waiting: number;
  readonly dead: number;
  /** Destinations and credentials that are left alone. */
  readonly breakers: number;
  readonly countedAt: string;
}

export interface RunGlanceKeeper {
  /** Undefined before the first count. */
  readonly current: () => RunGlance | undefined;
  /** Counts now. Does not throw while the database is away. */
  refresh(): Promise<void>;
  /** Counts again and again until the signal. */
  keep(signal: AbortSignal): Promise<void>;
}

const REFRESH_EVERY_MS = 15_000;

/** Counts now and then, so that health can tell at once and never waits for the database. */
export function createRunGlance({ db, log }: { readonly db: GetDatabase; readonly log: Logger }): RunGlanceKeeper {
  let glance: RunGlance | undefined;
  const refresh = async () => {
    try {
      const counts = await countRuns(db());
      const sum = (wanted: string) =>
        counts.filter(({ state }) => state === wanted).reduce((total, { runs }) => total + runs, 0);
      const breakers = (await listBreakers(db())).length;
      glance = { waiting: sum('waiting'), dead: sum('dead'), breakers, countedAt: toIsoTime(systemClock()) };
    } catch (error) {
      log.debug({ err: error }, 'runs.uncounted');
    }
  };
  return {
    current: () => glance,
    refresh,
    async keep(signal) {
      while (!signal.aborted) {
        await refresh();
        await delay(REFRESH_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}
