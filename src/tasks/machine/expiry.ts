import type { DecideContext, Decision } from './contract.ts';
import type { Task } from '../contract.ts';
import { toChanged, toEntry, toUnchanged } from './decision.ts';
import { toNextAttempt } from './endings.ts';
import { endLease, isHeld } from './lease.ts';
import { toPlaced } from './standing.ts';

/** The time of a lease is over. Waiting for an answer or for gates costs no attempt. */
export function expire(task: Task, context: DecideContext): Decision {
  const { nowAt } = context;
  if (task.leaseUntil === null || isHeld(task, nowAt)) return toUnchanged(task);
  const after = toExpired(task, context);
  return toChanged(task, after, nowAt, {
    entries: [toEntry('expired', 'fettle', { agent: task.agent, until: task.leaseUntil, attempt: after.attempt })],
    events: ['task.expired'],
    leaseEnded: 'expired',
  });
}

function toExpired(task: Task, context: DecideContext): Task {
  if (task.state === 'needs_input') return { ...endLease(task), question: task.question };
  if (task.submitted !== null) return toPlaced(task, endLease(task), context);
  return toNextAttempt(task, task, context, `${task.agent} was not heard from any more.`);
}
