import type { ContextBundle, TaskDetails } from '../tasks/shapes.ts';
import { KEPT_ENTRIES } from './bounded.ts';

/** Lists that grow at their end are shortened at their beginning, before a bound could take the end away, which is the news. */

/** A context with its last comments and answers. */
export function withLatestTalk(context: ContextBundle): ContextBundle {
  const { comments, answers } = context;
  return { ...context, comments: comments.slice(-KEPT_ENTRIES), answers: answers.slice(-KEPT_ENTRIES) };
}

/** A task with the end of its journal and its last leases. */
export function withLatestEntries(task: TaskDetails): TaskDetails {
  const { journal, leases } = task;
  return { ...task, journal: journal.slice(-KEPT_ENTRIES), leases: leases.slice(-KEPT_ENTRIES) };
}
