import type { Task } from '../contract.ts';
import type { Blockers, DecideContext, Decision, Selection } from './contract.ts';
import { type Command, toChanged, toEntry, toUnchanged } from './decision.ts';
import { isHeld } from './lease.ts';
import { isSameJson } from './same.ts';
import { isOver, isPlaced, toPlaced } from './standing.ts';

/** What Fettle found out about a task: its text, what it waits for, who could do it. */

export function read(task: Task, command: Command<'read'>, context: DecideContext): Decision {
  if (isOver(task)) return toUnchanged(task);
  const { facts, understanding, selection, blockers } = command;
  const found: Task = {
    ...task,
    ...facts,
    understood: understanding,
    estimate: understanding.estimate?.value ?? null,
    difficulty: understanding.difficulty?.value ?? null,
    blockers: blockers.count,
    ...toChoice(task, selection, context.nowAt),
  };
  const after = isPlaced(task) ? toPlaced(task, found, context, { waits: blockers.reason }) : found;
  if (isSameJson(task, after)) return toUnchanged(task);
  const data = {
    estimate: after.estimate,
    difficulty: after.difficulty,
    confidence: understanding.confidence,
    problems: understanding.problems,
    agent: selection.agent,
    because: selection.because,
    waits: blockers.reason,
  };
  return toChanged(task, after, context.nowAt, { entries: [toEntry('read', 'fettle', data)] });
}

export function block(task: Task, { blockers }: Command<'block'>, context: DecideContext): Decision {
  if (isOver(task)) return toUnchanged(task);
  const after = toBlocked(task, blockers, context);
  if (after.blockers === task.blockers && after.state === task.state && after.reason === task.reason)
    return toUnchanged(task);
  const entry = toEntry(
    blockers.count === 0 ? 'unblocked' : 'blocked',
    'fettle',
    { count: blockers.count, reason: blockers.reason },
    { isNews: isHeld(task, context.nowAt) },
  );
  return toChanged(task, after, context.nowAt, { entries: [entry] });
}

export function select(task: Task, { selection }: Command<'select'>, context: DecideContext): Decision {
  if (isOver(task)) return toUnchanged(task);
  const chosen: Task = { ...task, ...toChoice(task, selection, context.nowAt) };
  const after = isPlaced(task) ? toPlaced(task, chosen, context) : chosen;
  if (isSameJson(task, after)) return toUnchanged(task);
  const { agent, because } = selection;
  return toChanged(task, after, context.nowAt, { entries: [toEntry('selected', 'fettle', { agent, because })] });
}

/** The task when it waits for these; whoever holds it goes on. */
export function toBlocked(task: Task, blockers: Blockers, context: DecideContext): Task {
  const after: Task = { ...task, blockers: blockers.count };
  return isPlaced(task) ? toPlaced(task, after, context, { waits: blockers.reason }) : after;
}

/** The columns of a selection. Nobody may claim a task that has neither an agent nor a time. */
function toChoice(task: Task, selection: Selection, nowAt: string) {
  const isSame = selection.agent === task.chosenAgent;
  const open = isSame ? (task.chosenUntil ?? nowAt) : nowAt;
  const kept = isSame ? task.chosenUntil : null;
  return {
    chosenAgent: selection.agent,
    chosenBecause: selection.because,
    chosenUntil: selection.isOpen ? open : selection.agent === null ? null : kept,
  };
}
