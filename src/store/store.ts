import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** An open database, embedded or PostgreSQL: the same dialect, the same driver, the same code. Whoever opens it closes it. */
export interface Store {
  readonly kind: 'embedded' | 'postgres';
  readonly db: Kysely<Database>;
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
