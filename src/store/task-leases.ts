import { type Kysely, sql, type Transaction } from 'kysely';
import { toIsoTime } from '../core/clock.ts';
import { PREPARED } from './prepared.ts';
import type { Database } from './schema.ts';
import type { TaskLeasesTable } from './task-tables.ts';

/** Who held a task, and when. */

/** A lease that was given. */
export interface TaskLeaseRow {
  readonly fence: number;
  readonly round: number;
  readonly agent: string;
  readonly principal: string;
  readonly claimedAt: string;
  readonly endedAt: string | null;
  readonly ended: TaskLeasesTable['ended'];
  readonly cost: number;
}

/** The leases of a task, first to last; of very many the last ones. */
export async function listLeases(db: Kysely<Database>, taskId: string): Promise<TaskLeaseRow[]> {
  const rows = await db
    .selectFrom('task_leases')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('fence', 'desc')
    .limit(MOST_LEASES)
    .execute();
  return rows.toReversed().map((row) => ({
    fence: row.fence,
    round: row.round,
    agent: row.agent,
    principal: row.principal,
    claimedAt: toIsoTime(row.claimed_at.getTime()),
    endedAt: row.ended_at === null ? null : toIsoTime(row.ended_at.getTime()),
    ended: row.ended,
    cost: row.cost,
  }));
}

const MOST_LEASES = 200;

/**
 * Locks tasks whose leases are over, those first that are so longest; tasks on which somebody else works are passed over.
 * @param nowAt null stands for the database's time.
 */
export async function lockExpired(
  trx: Transaction<Database>,
  { nowAt, limit }: { readonly nowAt: string | null; readonly limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`${PREPARED}
    select id from tasks where lease_until <= coalesce(${nowAt}::timestamptz, clock_timestamp())
    order by lease_until limit ${limit} for update skip locked`.execute(trx);
  return rows.map(({ id }) => id);
}

/** Milliseconds until the next lease is over, negative when one is; null while nobody holds anything. */
export async function findNextExpiryMs(db: Kysely<Database>, nowAt: string | null): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`${PREPARED}
    select (extract(epoch from min(lease_until) - coalesce(${nowAt}::timestamptz, clock_timestamp())) * 1000)::double precision as ms
    from tasks where lease_until is not null`.execute(db);
  return rows[0]?.ms ?? null;
}
