import type { Config } from '../../config/config.ts';
import type { ForgeKind } from '../../core/vocabulary.ts';
import type { ForgeApi } from '../../forges/api-contract.ts';
import type { SubjectRef } from '../../forges/write-contract.ts';
import type { ActionTarget, RunContext } from '../../jobs/contract.ts';
import { findTask } from '../../store/tasks.ts';
import type { Task } from '../../tasks/contract.ts';
import { toTaskRepository } from '../../tasks/task-repository.ts';

/** Where a task is on its forge, for the actions that tell people there how it goes. */
export interface TaskPlace {
  readonly task: Task;
  readonly kind: ForgeKind;
  readonly api: ForgeApi;
  readonly ref: SubjectRef;
  /** For people, such as `dataforge/app#12`. */
  readonly where: string;
}

/**
 * The place of a task, or in words why nothing can be done there. That is no failure: a task goes on without a forge that is not
 * configured any more, or that Fettle has no token for.
 */
export async function findTaskPlace(context: RunContext, id: string): Promise<TaskPlace | string> {
  const task = await findTask(context.db(), id);
  if (task === undefined) return 'The task is not kept any more.';
  const repo = toTaskRepository(task);
  const { subject, number } = task;
  if (repo === null || subject === null || number === null) return 'The task is about no issue or pull request.';
  const forge = findWritable(context.config(), task.forge);
  if (typeof forge === 'string') return forge;
  const where = `${repo.fullName}${subject === 'pull' ? '!' : '#'}${number}`;
  return { task, kind: forge.kind, api: context.forge(task.forge), ref: { repo, subject, number }, where };
}

/** The configuration of a forge that Fettle may sign in to, or why there is none. */
export function findWritable({ forges }: Config, name: string): Config['forges'][string] | string {
  const forge = forges[name];
  if (forge === undefined) return `The forge \`${name}\` is not configured any more.`;
  if (forge.token === null) return `The forge \`${name}\` has no token: set \`forges.${name}.token\`.`;
  return forge;
}

/** The target of what is done about one task when somebody runs the action by hand; what follows from a task has it from the task. */
export function toTaskTarget(action: string, task: string): ActionTarget {
  return { destination: 'tasks', orderKey: `${action} ${task}`, credential: null, reaches: [] };
}
