import { FettleError, type TaskHolder } from '../../core/errors.ts';
import type { Task } from '../contract.ts';
import type { LeaseProof } from './contract.ts';

/** Whether somebody holds the task. A lease whose time is over does not count, also before its expiry was noted. */
export function isHeld(task: Pick<Task, 'leaseUntil'>, nowAt: string): boolean {
  return task.leaseUntil !== null && Date.parse(task.leaseUntil) > Date.parse(nowAt);
}

/** Whether the proof is that of the last lease, alive or not. */
export function isLastHolder(task: Task, proof: LeaseProof): boolean {
  return task.leaseHash !== null && task.leaseHash === proof.hash && task.principal === proof.principal;
}

/** Whether the proof is that of the lease that holds the task now. */
export function isHolder(task: Task, proof: LeaseProof, nowAt: string): boolean {
  return isLastHolder(task, proof) && isHeld(task, nowAt);
}

/** The same task with a lease that lasts from now on; never shorter than it was. */
export function extendLease(task: Task, nowAt: string): Task {
  const untilMs = Date.parse(nowAt) + task.options.leaseMs;
  if (task.leaseUntil !== null && Date.parse(task.leaseUntil) >= untilMs) return task;
  return { ...task, leaseUntil: new Date(untilMs).toISOString() };
}

/** The same task with nobody who holds it, and nothing of what only its holder could say. */
export function endLease(task: Task): Task {
  return { ...task, leaseUntil: null, percent: null, note: null, question: null };
}

/** Who holds the task now, for an error. */
function toHolder(task: Task, nowAt: string): TaskHolder {
  const isAlive = isHeld(task, nowAt);
  return {
    state: task.state,
    agent: isAlive ? task.agent : null,
    fence: task.fence,
    expiresAt: isAlive ? task.leaseUntil : null,
  };
}

/** The refusal of a proof that does not hold the task: `task_cancelled` for the last holder of one that was called off, else `lease_stale`. */
export function toStale(task: Task, proof: LeaseProof, nowAt: string): FettleError {
  const holder = toHolder(task, nowAt);
  const isLast = isLastHolder(task, proof);
  if (isLast && task.state === 'cancelled')
    return new FettleError('task_cancelled', `Stop working on it. ${task.reason ?? ''}`.trimEnd(), { holder });
  return new FettleError('lease_stale', toStaleDetail(task, isLast, holder), { holder });
}

function toStaleDetail(task: Task, isLast: boolean, holder: TaskHolder): string {
  if (holder.agent !== null) return `${holder.agent} holds it now. Stop working on it, and claim another task.`;
  if (task.state === 'succeeded') return 'The task is done; nothing is left to do.';
  if (task.quarantinedBy !== null) return 'The task was taken out of circulation. Stop working on it.';
  if (isLast && task.submitted !== null) return 'What you handed in is being looked at; nothing is left to do for now.';
  if (isLast) return `Your lease is over and the task is ${task.state}. Claim it again before you go on.`;
  return `Nobody holds the task; it is ${task.state}. Claim it before you say anything about it.`;
}
