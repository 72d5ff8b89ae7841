import { type Kysely, sql } from 'kysely';
import type { RunState } from './run-tables.ts';
import type { Database } from './schema.ts';

/** States whose runs still need something: time, a worker or a person. Runs in the others only add up. */
export const OPEN_STATES = ['queued', 'running', 'waiting', 'failed', 'dead'] as const satisfies readonly RunState[];

export interface RunCount {
  readonly state: (typeof OPEN_STATES)[number];
  readonly action: string;
  readonly runs: number;
}

/** Runs counted per state; a queue longer than this is long, whatever its length. */
const MOST_COUNTED = 100_000;

/**
 * How many runs still need something, by state and action. Reads no more than 100,000 runs of each state, so that asking stays cheap
 * while a destination is away for days.
 */
export async function countRuns(db: Kysely<Database>): Promise<readonly RunCount[]> {
  const { rows } = await sql<RunCount>`
    select wanted.state, arm.action, count(*)::integer as runs
    from unnest(${[...OPEN_STATES]}::text[]) as wanted (state) cross join lateral (
      select action from runs where runs.state = wanted.state order by ordinal desc limit ${MOST_COUNTED}) as arm
    group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}
