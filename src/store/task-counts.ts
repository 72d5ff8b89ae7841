import { type Kysely, sql } from 'kysely';
import { createRepositoryFilter, type Scopes } from '../core/access.ts';
import { TASK_STATES, type TaskState } from '../core/vocabulary.ts';
import type { Database } from './schema.ts';

/** Tasks counted per state; more than this is many, whatever the number. */
const MOST_COUNTED = 100_000;

export interface TaskCounts {
  /** A state without tasks is left out. */
  readonly counts: readonly { readonly state: TaskState; readonly tasks: number }[];
  /** Since when the one that waits longest for an agent has been claimable. */
  readonly oldestQueuedAt: string | null;
}

/** How many tasks there are that the scopes allow to be seen, by state: at most the 100,000 newest of each are looked at. */
export async function countTasks(
  db: Kysely<Database>,
  scopes: Scopes,
  states: readonly TaskState[] = TASK_STATES,
): Promise<TaskCounts> {
  const isScoped = scopes.repos.length > 0;
  const { rows } = await sql<{ state: TaskState; repo: string | null; tasks: number; oldest: Date | null }>`
    select wanted.state, ${isScoped ? sql`arm.repo` : sql`null::text`} as repo, count(*)::integer as tasks, min(arm.queued_at) as oldest
    from unnest(${[...states]}::text[]) as wanted (state) cross join lateral (
      select repo, queued_at from tasks where tasks.state = wanted.state order by ordinal desc limit ${MOST_COUNTED}) as arm
    group by 1, 2`.execute(db);
  const isVisible = createRepositoryFilter(scopes);
  const seen = rows.filter(({ repo }) => isVisible(repo));
  const counts = TASK_STATES.flatMap((state) => {
    const tasks = seen.filter((row) => row.state === state).reduce((total, row) => total + row.tasks, 0);
    return tasks === 0 ? [] : [{ state, tasks }];
  });
  const waits = seen.flatMap(({ state, oldest }) => (state === 'queued' && oldest !== null ? [oldest.getTime()] : []));
  return { counts, oldestQueuedAt: waits.length === 0 ? null : new Date(Math.min(...waits)).toISOString() };
}
