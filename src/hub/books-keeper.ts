import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Clock, systemClock, toIsoTime } from '../core/clock.ts';
import type { BookSnapshot } from '../metrics/metrics.ts';
import { type LiveInbox, readBooks } from '../store/books.ts';
import { type BooksFinding, checkBooks } from '../store/check-books.ts';
import type { GetDatabase } from '../store/store.ts';

/** What is known of the books, from memory. */
export interface BooksState {
  /** False once they did not balance twice in a row; true again when they do. */
  readonly balanced: boolean;
  readonly findings: readonly BooksFinding[];
  /** When they were last checked; null before the first time. */
  readonly checkedAt: string | null;
}

/** Watches that the books balance, and raises the alarm when they do not. */
export interface BooksKeeper {
  readonly state: () => BooksState;
  /** The books, for metrics. */
  readonly read: () => Promise<BookSnapshot>;
  /** Checks them now. Does not throw while the database is away. */
  check(): Promise<void>;
  /** Checks them every minute until the signal. */
  keep(signal: AbortSignal): Promise<void>;
}

const CHECK_EVERY_MS = 60_000;
/** A single check that fails is looked into again before anybody is woken. */
const CHECKS_BEFORE_ALARM = 2;

export function createBooksKeeper(ports: {
  readonly db: GetDatabase;
  readonly liveInboxes: () => readonly LiveInbox[];
  readonly log: Logger;
  readonly clock?: Clock;
}): BooksKeeper {
  const { db, liveInboxes, log, clock = systemClock } = ports;
  let state: BooksState = { balanced: true, findings: [], checkedAt: null };
  let failures = 0;

  const check = async () => {
    try {
      const { balanced, findings } = await checkBooks(db());
      const checkedAt = toIsoTime(clock());
      failures = balanced ? 0 : failures + 1;
      const isAlarm = failures >= CHECKS_BEFORE_ALARM;
      if (isAlarm) log.error({ findings }, 'books.unbalanced');
      else if (!state.balanced) log.info('books.balanced');
      state = { balanced: !isAlarm, findings: isAlarm ? findings : [], checkedAt };
    } catch (error) {
      log.warn({ err: error }, 'books.unchecked');
    }
  };

  return {
    state: () => state,
    async read() {
      const { total, forges } = await readBooks(db(), liveInboxes());
      return { ...total, forges, isBalanced: state.balanced };
    },
    check,
    async keep(signal) {
      while (!signal.aborted) {
        await check();
        await delay(CHECK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}
