import type { FollowUp, Task } from '../contract.ts';
import type { DecideContext, Decision } from './contract.ts';
import { type Command, toChanged, toEntry, toUnchanged } from './decision.ts';
import { endLease, isHeld } from './lease.ts';
import { isOver, toPlaced } from './standing.ts';

/** Something happened on the forge that does not move the task; its holder is told. */
export function news(task: Task, command: Command<'news'>, { nowAt }: DecideContext): Decision {
  if (isOver(task)) return toUnchanged(task);
  const { what, by, data, facts, isToBeRead, comment } = command;
  const follow: FollowUp[] = isToBeRead ? [{ kind: 'read' }] : [];
  if (comment !== undefined && task.state === 'needs_input') follow.push({ kind: 'hear', comment });
  return toChanged(task, { ...task, ...facts }, nowAt, {
    entries: [toEntry(what, by, data, { isNews: true })],
    follow,
    isQuiet: true,
  });
}

/** A comment is the answer to the question. Its asker goes on, or whoever claims the task next. */
export function answer(task: Task, command: Command<'answer'>, context: DecideContext): Decision {
  if (task.state !== 'needs_input') return toUnchanged(task);
  const { comment, permission } = command;
  const data = { question: task.question, permission, ...comment };
  const isAlive = isHeld(task, context.nowAt);
  const after: Task = isAlive
    ? { ...task, state: 'leased', reason: null, question: null }
    : toPlaced(task, endLease(task), context, { isForAll: true });
  return toChanged(task, after, context.nowAt, {
    entries: [toEntry('answered', comment.author, data, { isNews: true })],
    events: ['task.answered'],
    leaseEnded: isAlive || task.leaseUntil === null ? null : 'expired',
  });
}
