import type { Task } from '../contract.ts';
import type { DecideContext, Decision, LeaseProof } from './contract.ts';
import { type Command, toChanged, toEntry, toNotMovable, toUnchanged } from './decision.ts';
import { toFailed, toNextAttempt, withoutSubmission } from './endings.ts';
import { endLease, extendLease, isHolder, isLastHolder, toStale } from './lease.ts';
import { toPlaced } from './standing.ts';

/** Keeps the lease. One without news is the most frequent command of all, and changes nothing but the time of the lease. */
export function heartbeat(task: Task, command: Command<'heartbeat'>, { nowAt }: DecideContext): Decision {
  if (!isHolder(task, command.lease, nowAt)) {
    if (task.state === 'cancelled' && isLastHolder(task, command.lease)) return toUnchanged(task);
    throw toStale(task, command.lease, nowAt);
  }
  const kept = extendLease(task, nowAt);
  const note = command.note ?? task.note;
  const percent = command.percent ?? task.percent;
  if (note === task.note && percent === task.percent) return toUnchanged(kept);
  return toChanged(task, { ...kept, note, percent }, nowAt, {
    entries: [toEntry('note', task.agent, { note, percent })],
  });
}

export function ask(task: Task, command: Command<'ask'>, { nowAt }: DecideContext): Decision {
  ensureHolder(task, command.lease, nowAt);
  if (task.question === command.question) return toUnchanged(task);
  if (task.question !== null) throw toNotMovable(task, 'A question is open already; wait for its answer.');
  if (task.submitted !== null) throw toNotMovable(task, 'What was handed in is being checked; wait for the verdicts.');
  const { question } = command;
  const after: Task = {
    ...extendLease(task, nowAt),
    state: 'needs_input',
    reason: 'Waits for the answer to a question.',
    question,
  };
  return toChanged(task, after, nowAt, { entries: [toEntry('asked', task.agent, { question })] });
}

export function fail(task: Task, command: Command<'fail'>, context: DecideContext): Decision {
  const { nowAt } = context;
  ensureHolder(task, command.lease, nowAt);
  const { error, retryable } = command;
  const handover = `The attempt before this one failed: ${error}`;
  const after = retryable
    ? toNextAttempt(task, { ...withoutSubmission(task), handover }, context, `${task.agent} failed: ${error}`)
    : { ...toFailed(task, error, nowAt), attempt: task.attempt + 1 };
  return toChanged(task, after, nowAt, {
    entries: [toEntry('failed', task.agent, { error, retryable, attempt: after.attempt })],
    leaseEnded: 'failed',
  });
}

/** Gives the task back. A question that is open stays so, and what was handed in is still checked. */
export function release(task: Task, command: Command<'release'>, context: DecideContext): Decision {
  const { nowAt } = context;
  ensureHolder(task, command.lease, nowAt);
  const left = { ...endLease(task), handover: command.handover ?? task.handover };
  const after =
    task.state === 'needs_input'
      ? { ...left, question: task.question }
      : toPlaced(task, left, context, { isForAll: true });
  return toChanged(task, after, nowAt, {
    entries: [toEntry('released', task.agent, { handover: command.handover ?? null })],
    events: ['task.released'],
    leaseEnded: 'released',
  });
}

function ensureHolder(task: Task, lease: LeaseProof, nowAt: string): void {
  if (!isHolder(task, lease, nowAt)) throw toStale(task, lease, nowAt);
}
