import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** The channel on which a transaction that adds events notifies: `select pg_notify('fettle_events', '')`. */
export const EVENTS_CHANNEL = 'fettle_events';

/** The open database, asked for at each use: the hub serves before its store is open. Throws `store_unavailable` while there is none. */
export type GetDatabase = () => Kysely<Database>;

/** An open database, embedded or PostgreSQL: the same dialect, the same driver, the same code. Whoever opens it closes it. */
export interface Store {
  readonly kind: 'embedded' | 'postgres';
  readonly db: Kysely<Database>;
  /** The same database without a limit on the time of a statement; for migrations, retention and exports. */
  readonly unlimitedDb: Kysely<Database>;
  /** Whether the last statement reached the database; flips by itself when it comes back. */
  readonly isReachable: () => boolean;
  /**
   * Calls back after events were committed by any process, at least once per commit and at once after a reconnect. Embedded:
   * only this process commits, so nothing is called; the drain tells the stream itself.
   */
  onCommit(callback: () => void): () => void;
  /** Size of the database in bytes. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
