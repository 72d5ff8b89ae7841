import type { Task } from '../contract.ts';
import { ask, fail, heartbeat, release } from './agent-verbs.ts';
import { complete } from './completion.ts';
import type { Decide, Decision } from './contract.ts';
import { answer, news } from './conversation.ts';
import { toEntry } from './decision.ts';
import { expire } from './expiry.ts';
import { block, read, select } from './findings.ts';
import { judge } from './gates.ts';
import { approve, cancel, quarantine, reject, requeue, waive } from './operator-verbs.ts';
import { close, open, reopen, withdraw } from './rounds.ts';

/** What a command does to a task. Pure: the same row, command and time give the same decision. */
export const decide: Decide = (task, command, context) => {
  switch (command.kind) {
    case 'heartbeat':
      return heartbeat(task, command, context);
    case 'ask':
      return ask(task, command, context);
    case 'complete':
      return complete(task, command, context);
    case 'fail':
      return fail(task, command, context);
    case 'release':
      return release(task, command, context);
    case 'expire':
      return expire(task, context);
    case 'read':
      return read(task, command, context);
    case 'block':
      return block(task, command, context);
    case 'select':
      return select(task, command, context);
    case 'judge':
      return judge(task, command, context);
    case 'answer':
      return answer(task, command, context);
    case 'open':
      return open(task, command, context);
    case 'withdraw':
      return withdraw(task, command, context);
    case 'close':
      return close(task, command, context);
    case 'reopen':
      return reopen(task, command, context);
    case 'news':
      return news(task, command, context);
    case 'approve':
      return approve(task, command, context);
    case 'reject':
      return reject(task, command, context);
    case 'cancel':
      return cancel(task, command, context);
    case 'requeue':
      return requeue(task, command, context);
    case 'quarantine':
      return quarantine(task, command, context);
    default:
      return waive(task, command, context);
  }
};

/** What follows from a claim that the database made. `task` is the row after the claim, its counters already counted up. */
export function toClaimed(task: Task, nowAt: string): Decision {
  const { agent, fence, attempt, leaseUntil } = task;
  return {
    task: { ...task, updatedAt: nowAt },
    entries: [toEntry('claimed', agent, { fence, attempt, until: leaseUntil })],
    events: ['task.claimed'],
    follow: [{ kind: 'report' }],
    leaseEnded: null,
  };
}
