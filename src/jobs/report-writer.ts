import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { toIsoTime } from '../core/clock.ts';
import { isConflict, isDatabaseAbsent } from '../store/database-errors.ts';
import { type RunReport, saveReports } from '../store/runs.ts';
import type { GetDatabase } from '../store/store.ts';

/**
 * Writes reports of runs, many in one transaction: what comes in while one is being written goes with the next. A report is kept until
 * it is stored, however long the database is away. Of several reports about one run the last counts.
 */
export interface ReportWriter {
  /** Resolves when it is stored. @throws Error when the database refuses it for good. */
  readonly save: (report: RunReport) => Promise<void>;
  /** Resolves when nothing is left to write. */
  settled(): Promise<void>;
}

export interface ReportWriterPorts {
  readonly db: GetDatabase;
  readonly holder: string;
  readonly clock: Clock;
  /** A report came about a run that is no longer held: it was cancelled, or its lease was over. */
  readonly onLost: (id: string) => void;
  readonly onRetry: (error: unknown) => void;
}

const MOST_AT_ONCE = 200;
const RETRY_MS = 500;

export function createReportWriter({ db, holder, clock, onLost, onRetry }: ReportWriterPorts): ReportWriter {
  let pending = new Map<string, Pending>();
  let writing: Promise<void> | undefined;

  const write = async (reports: readonly RunReport[]) => {
    for (;;) {
      try {
        const held = await db()
          .transaction()
          .execute((trx) => saveReports(trx, holder, reports, toIsoTime(clock())));
        for (const { id } of reports) if (!held.has(id)) onLost(id);
        return;
      } catch (error) {
        if (!isDatabaseAbsent(error) && !isConflict(error)) throw error;
        onRetry(error);
        await delay(RETRY_MS * (0.5 + Math.random()));
      }
    }
  };

  const flush = async () => {
    // Waiting for the end of the turn lets reports of the same moment share a transaction.
    await new Promise((resolve) => setImmediate(resolve));
    while (pending.size > 0) {
      const batch = [...pending.values()].slice(0, MOST_AT_ONCE);
      pending = new Map([...pending].slice(MOST_AT_ONCE));
      try {
        await write(batch.map(({ report }) => report));
        for (const one of batch) one.stored.resolve();
      } catch (error) {
        await writeEach(batch, error);
      }
    }
    writing = undefined;
  };

  /** One that the database refuses must not take the others with it. */
  const writeEach = async (batch: readonly Pending[], cause: unknown) => {
    if (batch.length === 1) return batch[0]?.stored.reject(cause);
    for (const one of batch) {
      try {
        await write([one.report]);
        one.stored.resolve();
      } catch (error) {
        one.stored.reject(error);
      }
    }
  };

  return {
    save(report) {
      const known = pending.get(report.id);
      const stored = known?.stored ?? Promise.withResolvers<void>();
      pending.set(report.id, { report, stored });
      // Those who save in passing do not wait; the end of the attempt does.
      stored.promise.catch(() => undefined);
      writing ??= flush();
      return stored.promise;
    },
    async settled() {
      while (writing !== undefined) await writing;
    },
  };
}

interface Pending {
  readonly report: RunReport;
  readonly stored: PromiseWithResolvers<void>;
}
