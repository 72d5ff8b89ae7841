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
/** How long a request may be repeated under its idempotency key. */
const REQUEST_MS = 86_400_000;

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
  /** Tasks that are over, by the time they ended, with their journals and leases. */
  readonly tasks: number;
  /** What subjects wait for of which no task tells any more. */
  readonly dependencies: number;
  /** Agents without a profile that were not heard of for long. */
  readonly agents: number;
  /** Answers to requests with an idempotency key. */
  readonly requests: number;
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
    tasks: await prune(db, 'tasks', sql`finished_at < ${kept}`),
    // After the tasks. Whoever says what waits for what is kept too: a task for the other may still be opened.
    dependencies: await prune(
      db,
      'task_dependencies',
      sql`not ${hasTask('repo', 'number')} and not ${hasTask('declared_repo', 'declared_number')}`,
    ),
    agents: await prune(db, 'task_agents', sql`profile is null and seen_at < ${kept}`),
    requests: await prune(db, 'task_requests', sql`at < ${new Date(nowMs - REQUEST_MS)}`),
  };
}

function hasTask(repo: string, number: string): RawBuilder<boolean> {
  return sql`exists (select 1 from tasks where tasks.forge = task_dependencies.forge
    and tasks.repo = ${sql.ref(`task_dependencies.${repo}`)} and tasks.number = ${sql.ref(`task_dependencies.${number}`)})`;
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
