import { OPEN_TASK_STATES, type TaskBacklog } from '../metrics/task-metrics.ts';
import type { Store } from '../store/store.ts';
import { countTasks } from '../store/task-counts.ts';

/** What waits of the tasks, for metrics. */
export async function readTaskBacklog({ db }: Store, nowMs: number): Promise<TaskBacklog> {
  const { counts, oldestQueuedAt } = await countTasks(db, { repos: [] }, OPEN_TASK_STATES);
  const oldestMs = oldestQueuedAt === null ? nowMs : Date.parse(oldestQueuedAt);
  return { counts, oldestQueuedSeconds: Math.max(0, nowMs - oldestMs) / 1000 };
}
