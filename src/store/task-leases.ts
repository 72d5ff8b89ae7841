import type { Kysely } from 'kysely';
import { toIsoTime } from '../core/clock.ts';
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
