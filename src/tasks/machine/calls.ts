import type { FollowUp, Task } from '../contract.ts';
import { isOver, toStanding } from './standing.ts';

/** What people are to be told by a comment of its own, because the sticky one notifies nobody. */
export function toCalls(before: Task, after: Task): readonly FollowUp[] {
  const text = toCall(before, after);
  return text === undefined ? [] : [{ kind: 'say', text, mention: findAsker(after) }];
}

function toCall(before: Task, after: Task): string | undefined {
  if (isIncapable(after) && !isIncapable(before)) return `No agent can take this. ${after.reason ?? ''}`.trimEnd();
  if (before.state === after.state) return undefined;
  const agent = after.agent ?? 'The agent';
  if (after.state === 'needs_input') return `${agent} asks:\n\n${after.question ?? ''}`;
  if (after.state === 'dead') return `This is given up. ${after.reason ?? ''}`.trimEnd();
  if (after.state === 'failed') return `${agent} says that this cannot be done:\n\n${after.reason ?? ''}`;
  return undefined;
}

function isIncapable(task: Task): boolean {
  return task.state === 'blocked' && !isOver(task) && toStanding(task) === 'incapable';
}

/** The login of who asked for the task on the forge, else of who wrote the issue. */
function findAsker(task: Pick<Task, 'reasons' | 'author'>): string | null {
  const onForge = task.reasons.find(({ by, actor }) => by !== 'api' && by !== 'rule' && actor !== null);
  return onForge?.actor ?? task.author;
}
