import type { FettleError } from '../../core/errors.ts';
import type { Task, TaskResult } from '../contract.ts';
import type { DecideContext, Decision } from './contract.ts';
import { type Command, toChanged, toEntry, toNotMovable, toUnchanged } from './decision.ts';
import { toAccepted, toSucceeded } from './endings.ts';
import { toGateName } from './gate-name.ts';
import { extendLease, isHolder, isLastHolder, toStale } from './lease.ts';
import { isSameJson } from './same.ts';

/** The holder says that it is done. */
export function complete(task: Task, command: Command<'complete'>, { nowAt }: DecideContext): Decision {
  const { lease, result } = command;
  if (isHolder(task, lease, nowAt))
    return task.submitted === null ? handIn(task, result, nowAt) : repeat(task, task.submitted, result);
  if (!isLastHolder(task, lease)) throw toStale(task, lease, nowAt);
  if (task.state === 'cancelled' && (task.closed === 'closed' || task.closed === 'merged'))
    return toChanged(task, toSucceeded(task, result, nowAt), nowAt, {
      entries: [toEntry('succeeded', task.agent, { result })],
    });
  const known = task.state === 'succeeded' ? task.result : task.submitted;
  if (known !== null) return repeat(task, known, result);
  return keepLate(task, result, nowAt, toStale(task, lease, nowAt));
}

function handIn(task: Task, result: TaskResult, nowAt: string): Decision {
  const { gates } = task.options;
  if (gates.length === 0) {
    const after = toAccepted(task, result, nowAt);
    const isDone = after.state === 'succeeded';
    return toChanged(task, after, nowAt, {
      entries: [toEntry(isDone ? 'succeeded' : 'submitted', task.agent, { result })],
      events: isDone ? [] : ['task.submitted'],
      leaseEnded: 'completed',
    });
  }
  const after: Task = {
    ...extendLease(task, nowAt),
    state: 'leased',
    reason: null,
    question: null,
    submitted: result,
    verdicts: gates.map((gate) => ({ gate: toGateName(gate), state: 'pending', detail: 'Not checked yet.' })),
  };
  return toChanged(task, after, nowAt, {
    entries: [toEntry('submitted', task.agent, { result })],
    events: ['task.submitted'],
    follow: [{ kind: 'verify', fence: task.fence }],
  });
}

/** The same again is the same; anything else would put it in doubt which of the two counts. */
function repeat(task: Task, known: TaskResult, result: TaskResult): Decision {
  if (isSameJson(known, result)) return toUnchanged(task);
  throw toNotMovable(task, 'Something else was handed in before.');
}

/**
 * Work that came too late is not thrown away: the journal keeps it, and the next holder finds it as a hand-over. The same result again is
 * kept once.
 */
function keepLate(task: Task, result: TaskResult, nowAt: string, refusal: FettleError): Decision {
  const handover = toLateHandover(result);
  if (task.handover === handover) throw refusal;
  return toChanged(task, { ...task, handover }, nowAt, {
    entries: [toEntry('late', task.agent, { result, fence: task.fence })],
    refusal,
  });
}

function toLateHandover({ summary, branch, pull }: TaskResult): string {
  const where = [
    branch === undefined ? [] : [`Branch: ${branch}`],
    pull === undefined ? [] : [`Pull request: ${pull}`],
  ];
  return ['An earlier holder handed this in when its lease was over:', summary, ...where.flat()].join('\n\n');
}
