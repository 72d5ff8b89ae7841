import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type DroppedPartitions, dropPartitionsBefore } from './partitions.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** Rows deleted in one statement, so that nobody waits long for the one connection or a lock. */
const BATCH_ROWS = 5_000;
/**
 * The last known state of an issue or pull request is kept longer than what led to it: without it, each label of an old issue
 * would look newly added at its next edit. Counted from its last event.
 */
const SUBJECT_MS = 400 * 86_400_000;

export interface RetentionOptions {
  /** Age at which deliveries, events and delivery ids go. */
  readonly retentionMs: number;
  /** Age at which meanings go. */
  readonly meaningWindowMs: number;
  readonly nowMs: number;
}

/** What a round of retention removed. */
export interface RetentionResult extends DroppedPartitions {
  readonly deliveryKeys: number;
  readonly meanings: number;
  readonly subjects: number;
  /** Runs that are over, by the time they ended. */
  readonly runs: number;
  /** Books of deliveries without an unfinished run. */
  readonly books: number;
  readonly digests: number;
  /** Runs of the ledger; its nodes stay. */
  readonly ledger: number;
  /** Expired sessions and sign-in codes. */
  readonly access: number;
}

/**
 * One round of retention: drops whole partitions past their time, and prunes the unpartitioned tables in batches. Deliveries
 * and events therefore live up to a week longer than `retentionMs`. Any number of processes may run it at once.
 */
export async function runRetention(store: Store, options: RetentionOptions): Promise<RetentionResult> {
  const { retentionMs, meaningWindowMs, nowMs } = options;
  const db = store.unlimitedDb;
  const kept = new Date(nowMs - retentionMs);
  const now = new Date(nowMs);
  const partitions = await dropPartitionsBefore(db, kept);
  return {
    ...partitions,
    deliveryKeys: await prune(db, 'delivery_keys', sql`received_at < ${kept}`),
    meanings: await prune(db, 'meanings', sql`received_at < ${new Date(nowMs - meaningWindowMs)}`),
    runs: await prune(db, 'runs', sql`finished_at < ${kept}`),
    books: await prune(db, 'delivery_runs', sql`received_at < ${kept} and open = 0`),
    digests: await prune(db, 'digests', sql`closes_at < ${kept}`),
    ledger: await prune(db, 'ledger_runs', sql`started_at < ${kept}`),
    subjects: await prune(db, 'subjects', sql`updated_at < ${new Date(nowMs - Math.max(retentionMs, SUBJECT_MS))}`),
    access:
      (await prune(db, 'sessions', sql`expires_at < ${now}`)) +
      (await prune(db, 'sign_in_codes', sql`expires_at < ${now}`)),
  };
}

async function prune(db: Kysely<Database>, table: keyof Database, where: RawBuilder<unknown>): Promise<number> {
  let total = 0;
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table)} where ctid = any(array(select ctid from ${sql.table(table)} where ${where} limit ${BATCH_ROWS}))
    `.execute(db);
    const deleted = Number(numAffectedRows ?? 0n);
    total += deleted;
    if (deleted < BATCH_ROWS) return total;
  }
}
