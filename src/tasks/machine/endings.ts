import type { Task, TaskResult } from '../contract.ts';
import type { DecideContext } from './contract.ts';
import { endLease } from './lease.ts';
import { needsApprovalAfter, toPlaced } from './standing.ts';

/** How a lease, an attempt or a whole round ends. */

/** Done. */
export function toSucceeded(task: Task, result: TaskResult, nowAt: string): Task {
  return {
    ...endLease(task),
    state: 'succeeded',
    reason: null,
    submitted: null,
    handover: null,
    result,
    finishedAt: nowAt,
  };
}

/** What was handed in and has passed its gates, or has none: done, or a person is to look at it. */
export function toAccepted(task: Task, result: TaskResult, nowAt: string): Task {
  if (!needsApprovalAfter(task)) return toSucceeded(task, result, nowAt);
  return {
    ...endLease(task),
    state: 'awaiting_approval',
    reason: 'Waits for somebody to approve what was handed in.',
    submitted: result,
  };
}

/**
 * Called off.
 * @param reason why, in a sentence for people.
 */
export function toCancelled(task: Task, nowAt: string, reason: string, closed: Task['closed'] = null): Task {
  return {
    ...endLease(task),
    state: 'cancelled',
    reason,
    closed,
    submitted: null,
    verdicts: null,
    finishedAt: nowAt,
  };
}

/** Cannot be done. */
export function toFailed(task: Task, error: string, nowAt: string): Task {
  return { ...withoutSubmission(endLease(task)), state: 'failed', reason: error, finishedAt: nowAt };
}

/**
 * Back to the queue with an attempt less, or dead when it was the last.
 * @param why one sentence for people.
 */
export function toNextAttempt(before: Task, task: Task, context: DecideContext, why: string): Task {
  const attempt = before.attempt + 1;
  const left = { ...endLease(task), submitted: null, attempt };
  const { maxAttempts } = task.options;
  if (attempt < maxAttempts) return toPlaced(before, left, context, { isForAll: true });
  const count = maxAttempts === 1 ? 'There is only one attempt.' : `That was the last of ${maxAttempts} attempts.`;
  return { ...left, state: 'dead', reason: `${why} ${count}`, finishedAt: context.nowAt };
}

/** The same task without what was handed in. */
export function withoutSubmission(task: Task): Task {
  return task.submitted === null ? task : { ...task, submitted: null, verdicts: null };
}
