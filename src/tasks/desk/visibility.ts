import { createRepositoryFilter } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { findTask } from '../../store/tasks.ts';
import type { Task } from '../contract.ts';
import type { Caller } from '../desk-contract.ts';
import type { TaskPorts } from '../move.ts';

/** What is outside the caller's repositories does not exist for it. */

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws FettleError `not_found` */
export async function getVisibleTask({ db }: Pick<TaskPorts, 'db'>, id: string, caller: Caller): Promise<Task> {
  const task = UUID.test(id) ? await findTask(db(), id) : undefined;
  if (task === undefined || !isVisible(task.repo, caller)) throw toNotFound(id);
  return task;
}

/** As `getVisibleTask`, without reading the task for a caller who sees all. */
export async function ensureVisible(ports: Pick<TaskPorts, 'db'>, id: string, caller: Caller): Promise<void> {
  if (!UUID.test(id)) throw toNotFound(id);
  if (caller.principal.scopes.repos.length > 0) await getVisibleTask(ports, id, caller);
}

export function isVisible(repo: string | null, { principal }: Caller): boolean {
  return createRepositoryFilter(principal.scopes)(repo);
}

function toNotFound(id: string): FettleError {
  return new FettleError('not_found', `There is no task with the id ${id}.`);
}
