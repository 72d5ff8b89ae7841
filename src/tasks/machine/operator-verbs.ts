import type { GateVerdict, Task } from '../contract.ts';
import type { DecideContext, Decision, TaskCommand } from './contract.ts';
import { type Command, toChanged, toEntry, toNotMovable, toUnchanged } from './decision.ts';
import { toCancelled, toSucceeded, withoutSubmission } from './endings.ts';
import { toBlocked } from './findings.ts';
import { endLease, extendLease, isHeld } from './lease.ts';
import { isOver, isPlaced, needsApprovalBefore, toPlaced } from './standing.ts';

/** What people do. */
type PersonCommand = Extract<TaskCommand, { readonly note: string | null }>;

/** Lets it begin, or what was handed in count, whatever the gates say. */
export function approve(task: Task, { by, note }: PersonCommand, context: DecideContext): Decision {
  const { nowAt } = context;
  const approved = toEntry('approved', by, { note });
  if (!isOver(task) && task.submitted !== null)
    return toChanged(task, toSucceeded(task, task.submitted, nowAt), nowAt, {
      entries: [approved, toEntry('succeeded', task.agent, { result: task.submitted })],
      leaseEnded: task.leaseUntil === null ? null : 'completed',
    });
  if (!canBegin(task)) throw toNotMovable(task, 'Nothing waits for approval.');
  return toChanged(task, toPlaced(task, { ...task, approvedBy: by }, context), nowAt, { entries: [approved] });
}

/** Sends what was handed in back; a task that did not begin is called off. */
export function reject(task: Task, command: PersonCommand, context: DecideContext): Decision {
  const { by, note } = command;
  const { nowAt } = context;
  if (!isOver(task) && task.submitted !== null) return sendBack(task, command, context);
  if (!canBegin(task)) throw toNotMovable(task, 'Nothing waits for approval.');
  const after = toCancelled(task, nowAt, toSentence(`Rejected by ${by}`, note));
  return toChanged(task, after, nowAt, { entries: [toEntry('rejected', by, { note })] });
}

function sendBack(task: Task, { by, note }: PersonCommand, context: DecideContext): Decision {
  const { nowAt } = context;
  const detail = note ?? `${by} did not accept what was handed in.`;
  const verdicts: readonly GateVerdict[] = [{ gate: 'approval', state: 'rejected', detail }];
  const rejected: Task = { ...task, submitted: null, verdicts };
  const isAlive = isHeld(task, nowAt);
  const after = isAlive
    ? extendLease(rejected, nowAt)
    : toPlaced(task, { ...endLease(rejected), handover: detail, ...toPreference(task) }, context);
  return toChanged(task, after, nowAt, {
    entries: [toEntry('rejected', by, { note, verdicts }, { isNews: true })],
    events: ['task.rejected'],
    leaseEnded: isAlive || task.leaseUntil === null ? null : 'expired',
  });
}

/** Who did the work knows most about it. */
function toPreference({ agent }: Task): Partial<Task> {
  return agent === null
    ? {}
    : { chosenAgent: agent, chosenBecause: `${agent} did the work that is to be done better.`, chosenUntil: null };
}

export function cancel(task: Task, { by, note }: PersonCommand, { nowAt }: DecideContext): Decision {
  if (task.state === 'cancelled') return toUnchanged(task);
  if (isOver(task)) throw toNotMovable(task, 'There is nothing to call off.');
  const after = toCancelled(task, nowAt, toSentence(`Called off by ${by}`, note));
  return toChanged(task, after, nowAt, {
    entries: [toEntry('cancelled', by, { note }, { isNews: true })],
    leaseEnded: toWithdrawn(task),
  });
}

/** Back into the queue with all attempts before it. What it waits for, it goes on waiting for. */
export function requeue(task: Task, { by, note }: PersonCommand, context: DecideContext): Decision {
  const { nowAt } = context;
  if (task.round === 0 || task.state === 'succeeded') throw toNotMovable(task, 'Open it again instead.');
  const fresh: Task = { ...withoutSubmission(endLease(task)), attempt: 0, quarantinedBy: null };
  const entries = [toEntry('requeued', by, { note }, { isNews: isHeld(task, nowAt) })];
  if (isOver(task)) {
    const reasons = task.reasons.length > 0 ? task.reasons : [{ by: 'api' as const, value: '', actor: by, at: nowAt }];
    const revived = toPlaced(task, { ...fresh, reasons, closed: null, finishedAt: null }, context);
    // Its text may have changed since. Where its subject is closed, reading that would call it off again.
    const isToBeRead = task.closed === null || task.understood === null;
    return toChanged(task, revived, nowAt, { entries, follow: isToBeRead ? [{ kind: 'read' }] : [] });
  }
  const after = toPlaced(task, fresh, context);
  const isSame =
    after.state === task.state && task.attempt === 0 && task.quarantinedBy === null && task.submitted === null;
  if (isSame) return toUnchanged(task);
  return toChanged(task, after, nowAt, { entries, leaseEnded: toWithdrawn(task) });
}

/** Out of circulation, and away from whoever holds it, until it is requeued. */
export function quarantine(task: Task, { by, note }: PersonCommand, context: DecideContext): Decision {
  if (isOver(task)) throw toNotMovable(task, 'It is not in circulation.');
  if (task.quarantinedBy !== null) return toUnchanged(task);
  const withdrawn: Task = { ...withoutSubmission(endLease(task)), quarantinedBy: by };
  const after = {
    ...toPlaced(task, withdrawn, context),
    reason: toSentence(`Taken out of circulation by ${by}`, note),
  };
  return toChanged(task, after, context.nowAt, {
    entries: [toEntry('quarantined', by, { note }, { isNews: true })],
    leaseEnded: toWithdrawn(task),
  });
}

/** Lets it begin although what it waits for is not done. */
export function waive(task: Task, { by, note, blockers }: Command<'waive'>, context: DecideContext): Decision {
  if (isOver(task)) throw toNotMovable(task, 'It waits for nothing.');
  const after = toBlocked(task, blockers, context);
  if (task.blockers === 0 && blockers.count === 0) return toUnchanged(task);
  return toChanged(task, after, context.nowAt, {
    entries: [toEntry('waived', by, { note, count: blockers.count, reason: blockers.reason })],
  });
}

/** Whether a person is still to say that it may begin; that can be said before everything else is ready. */
function canBegin(task: Task): boolean {
  return !isOver(task) && isPlaced(task) && needsApprovalBefore(task);
}

function toWithdrawn(task: Task): Decision['leaseEnded'] {
  return task.leaseUntil === null ? null : 'withdrawn';
}

function toSentence(what: string, note: string | null): string {
  return note === null ? `${what}.` : `${what}: ${note}`;
}
