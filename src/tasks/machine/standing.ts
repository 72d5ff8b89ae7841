import type { TaskState } from '../../core/vocabulary.ts';
import type { Task } from '../contract.ts';
import type { DecideContext } from './contract.ts';

/** What a task that nobody holds and that is not over waits for; the first of these that is true. */
type Standing = 'quarantined' | 'unread' | 'unverified' | 'waiting' | 'incapable' | 'unapproved' | 'ready';

const OVER: ReadonlySet<TaskState> = new Set(['succeeded', 'failed', 'cancelled', 'dead']);

/** Whether nothing more happens to it until somebody opens or requeues it. A row that was never opened counts as well. */
export function isOver(task: Pick<Task, 'state' | 'round'>): boolean {
  return task.round === 0 || OVER.has(task.state);
}

/** Whether its state follows from what it waits for; not while somebody holds it, asked, or handed in what a person is to look at. */
export function isPlaced(task: Task): boolean {
  return task.state === 'queued' || task.state === 'blocked' || isAwaitingStart(task);
}

function isAwaitingStart(task: Task): boolean {
  return task.state === 'awaiting_approval' && task.submitted === null;
}

/** Whether a person is still to allow it to begin. */
export function needsApprovalBefore(task: Task): boolean {
  return (task.options.approval === 'before' || task.options.approval === 'both') && task.approvedBy === null;
}

/** Whether a person is to look at what was done. */
export function needsApprovalAfter(task: Task): boolean {
  return task.options.approval === 'after' || task.options.approval === 'both';
}

export function toStanding(task: Task): Standing {
  if (task.quarantinedBy !== null) return 'quarantined';
  if (task.understood === null) return 'unread';
  if (task.submitted !== null) return 'unverified';
  if (task.blockers > 0) return 'waiting';
  if (task.chosenAgent === null && task.chosenUntil === null) return 'incapable';
  if (needsApprovalBefore(task)) return 'unapproved';
  return 'ready';
}

/** How a task came to be without a holder. */
interface Placing {
  /** What it waits for, in words, when that is known better than the row tells. */
  readonly waits?: string | null | undefined;
  /** Its last holder is done with it, so that it is not kept for the agent that was selected. */
  readonly isForAll?: boolean | undefined;
}

/**
 * A task without a holder in the state that follows from what it waits for.
 * @param before the task before the command: what stays as it was keeps its reason and its times.
 */
export function toPlaced(before: Task, task: Task, context: DecideContext, placing: Placing = {}): Task {
  const standing = toStanding(task);
  if (standing !== 'ready')
    return {
      ...task,
      state: standing === 'unapproved' ? 'awaiting_approval' : 'blocked',
      reason: (standing === 'waiting' ? placing.waits : null) ?? toReason(before, task, standing),
    };
  const wasQueued = before.state === 'queued';
  return {
    ...task,
    state: 'queued',
    reason: null,
    queuedAt: wasQueued ? before.queuedAt : context.nowAt,
    chosenUntil:
      task.chosenAgent === null || (wasQueued && before.chosenAgent === task.chosenAgent)
        ? task.chosenUntil
        : toIsoTime(context, placing.isForAll === true ? 0 : context.patienceMs),
  };
}

function toIsoTime(context: DecideContext, afterMs: number): string {
  return new Date(Date.parse(context.nowAt) + afterMs).toISOString();
}

function toReason(before: Task, task: Task, standing: Exclude<Standing, 'ready'>): string | null {
  const isSame = before.state === 'blocked' && toStanding(before) === standing && before.blockers === task.blockers;
  switch (standing) {
    case 'quarantined':
      return isSame ? before.reason : `${task.quarantinedBy} took it out of circulation.`;
    case 'unread':
      return 'Its text is being read.';
    case 'unverified':
      return 'What was handed in is being checked.';
    case 'waiting':
      return isSame ? before.reason : `Waits for ${task.blockers} ${task.blockers === 1 ? 'other' : 'others'}.`;
    case 'incapable':
      return task.chosenBecause;
    default:
      return 'Waits for somebody to allow it to begin.';
  }
}
