import type { Task, TaskReason } from '../contract.ts';
import type { DecideContext, Decision } from './contract.ts';
import { type Command, toChanged, toEntry, toUnchanged } from './decision.ts';
import { toCancelled, toSucceeded } from './endings.ts';
import { isOver, toPlaced } from './standing.ts';

/** How rounds begin and end by what happens to the subject on its forge. */

export function open(task: Task, command: Command<'open'>, context: DecideContext): Decision {
  const { reason, options, priority, facts, isLate } = command;
  if (!isOver(task)) return addReason(task, reason, context);
  if (isLate === true && !isWithdrawn(task)) return noteReason(task, reason, context);
  const standing = task.reasons.filter(({ by }) => by === 'assignee' || by === 'label');
  const reasons = [...standing.filter((other) => !isSameReason(other, reason)), reason];
  return beginRound(task, { ...task, ...facts, options, priority, reasons }, context, reason.actor);
}

function addReason(task: Task, reason: TaskReason, context: DecideContext): Decision {
  const known = task.reasons.find((other) => isSameReason(other, reason));
  if (known !== undefined) {
    // By the last event that gave it a run is recognised that is tried again.
    return (reason.seq ?? 0) <= (known.seq ?? 0) ? toUnchanged(task) : noteReason(task, reason, context);
  }
  const { by, value } = reason;
  return toChanged(task, { ...task, reasons: [...task.reasons, reason] }, context.nowAt, {
    entries: [toEntry('opened', reason.actor, { by, value, round: task.round })],
  });
}

/** The same reason again takes the place of the earlier one. */
function noteReason(task: Task, reason: TaskReason, { nowAt }: DecideContext): Decision {
  const reasons = [...task.reasons.filter((other) => !isSameReason(other, reason)), reason];
  return toChanged(task, { ...task, reasons }, nowAt, { entries: [], isQuiet: true });
}

/** Whether it ended because its last reason was taken back, or never began. */
function isWithdrawn(task: Task): boolean {
  return task.round === 0 || (task.state === 'cancelled' && task.closed === null && task.reasons.length === 0);
}

/** The subject is open again, and so is its task when a reason for it still stands, unless a person called it off. */
export function reopen(task: Task, { actor }: Command<'reopen'>, context: DecideContext): Decision {
  const isCalledOff = task.state === 'cancelled' && task.closed !== 'closed' && task.closed !== 'merged';
  if (!isOver(task) || isCalledOff || task.reasons.length === 0) return toUnchanged(task);
  return beginRound(task, task, context, actor);
}

function beginRound(before: Task, task: Task, context: DecideContext, actor: string | null): Decision {
  const fresh: Task = {
    ...task,
    round: before.round + 1,
    closed: null,
    approvedBy: null,
    understood: null,
    estimate: null,
    difficulty: null,
    blockers: 0,
    chosenAgent: null,
    chosenBecause: null,
    chosenUntil: null,
    attempt: 0,
    agent: null,
    principal: null,
    leaseHash: null,
    claimedAt: null,
    verdicts: null,
    result: null,
    queuedAt: null,
    finishedAt: null,
  };
  const after = toPlaced(before, fresh, context);
  const reasons = after.reasons.map(({ by, value }) => ({ by, value }));
  return toChanged(before, after, context.nowAt, {
    entries: [toEntry('opened', actor, { reasons, round: after.round, rule: after.options.rule })],
    events: ['task.opened'],
    follow: [{ kind: 'read' }],
  });
}

/** A reason is taken back; without any the task is called off. */
export function withdraw(task: Task, command: Command<'withdraw'>, { nowAt }: DecideContext): Decision {
  const reasons = task.reasons.filter((reason) => !isSameReason(reason, command));
  if (reasons.length === task.reasons.length) return toUnchanged(task);
  const { by, value, actor } = command;
  if (isOver(task)) return toChanged(task, { ...task, reasons }, nowAt, { entries: [], isQuiet: true });
  const entries = [toEntry('withdrawn', actor, { by, value }, { isNews: true })];
  if (reasons.length > 0) return toChanged(task, { ...task, reasons }, nowAt, { entries });
  const after = toCancelled({ ...task, reasons }, nowAt, toWithdrawal(command));
  return toChanged(task, after, nowAt, { entries, leaseEnded: task.leaseUntil === null ? null : 'withdrawn' });
}

/** The subject is closed. What was handed in counts then; else its last holder may still hand in what it did. */
export function close(task: Task, { how, actor }: Command<'close'>, { nowAt }: DecideContext): Decision {
  if (isOver(task)) return toUnchanged(task);
  const isLost = how === 'deleted';
  const after: Task =
    task.submitted !== null && !isLost
      ? { ...toSucceeded(task, task.submitted, nowAt), closed: how }
      : toCancelled(task, nowAt, `${toWho(actor)} ${how} ${toNoun(task)}.`, how);
  const closed = toEntry('closed', actor, { how }, { isNews: true });
  const isDone = after.state === 'succeeded';
  return toChanged(task, after, nowAt, {
    entries: isDone ? [closed, toEntry('succeeded', task.agent, { result: after.result })] : [closed],
    leaseEnded: task.leaseUntil === null ? null : isDone ? 'completed' : 'withdrawn',
  });
}

function toNoun(task: Task): string {
  if (task.subject === null) return 'it';
  return task.subject === 'pull' ? 'the pull request' : 'the issue';
}

/** Forges ignore case in logins and labels. */
function isSameReason(one: Pick<TaskReason, 'by' | 'value'>, other: Pick<TaskReason, 'by' | 'value'>): boolean {
  return one.by === other.by && one.value.toLowerCase() === other.value.toLowerCase();
}

function toWithdrawal({ by, value, actor }: Command<'withdraw'>): string {
  if (by === 'assignee') return `${toWho(actor)} unassigned ${value}.`;
  if (by === 'label') return `${toWho(actor)} removed the label ${value}.`;
  return `${toWho(actor)} called it off.`;
}

function toWho(actor: string | null): string {
  return actor ?? 'Somebody';
}
