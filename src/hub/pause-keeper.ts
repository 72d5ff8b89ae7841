import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { systemClock, toIsoTime } from '../core/clock.ts';
import { createLoopGuard, type LoopGuard } from '../ingest/drain/loop-guard.ts';
import { insertRulePause, listRulePauses } from '../store/rule-pauses.ts';
import type { GetDatabase } from '../store/store.ts';

/** The loop guard of a hub, with its pauses kept in the database and shared with other processes. */
export interface PauseKeeper {
  readonly loopGuard: LoopGuard;
  /** Takes over what the database knows, again and again until the signal. */
  keep(signal: AbortSignal): Promise<void>;
  /** Takes it over now, after a person let a rule go on. */
  readonly refresh: () => Promise<void>;
}

const REFRESH_EVERY_MS = 10_000;

export function createPauseKeeper(ports: {
  readonly db: GetDatabase;
  readonly maxPerMinute: () => number;
  readonly log: Logger;
}): PauseKeeper {
  const { db, log } = ports;
  const loopGuard = createLoopGuard(ports.maxPerMinute, (pause) => {
    log.warn(pause, 'rule.paused');
    insertRulePause(db(), { ...pause, pausedAt: toIsoTime(systemClock()) }).catch((error: unknown) =>
      log.warn({ err: error, rule: pause.rule }, 'rule.pause_not_kept'),
    );
  });
  const refresh = async () => loopGuard.setPaused(await listRulePauses(db()));
  return {
    loopGuard,
    refresh,
    async keep(signal) {
      while (!signal.aborted) {
        await refresh().catch((error: unknown) => log.warn({ err: error }, 'rule.pauses_unread'));
        await delay(REFRESH_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}
