import { FettleError } from '../../core/errors.ts';
import type { TaskState } from '../../core/vocabulary.ts';
import type { FollowUp, NewEntry, Task, TaskEventType } from '../contract.ts';
import { toCalls } from './calls.ts';
import type { Decision, TaskCommand } from './contract.ts';
import { toStanding } from './standing.ts';

/** The commands of one kind. */
export type Command<K extends TaskCommand['kind']> = Extract<TaskCommand, { readonly kind: K }>;

/** What a change brings with it besides what follows from the state before and after. */
interface Outcome {
  readonly entries: readonly NewEntry[];
  readonly events?: readonly TaskEventType[];
  readonly follow?: readonly FollowUp[];
  readonly leaseEnded?: Decision['leaseEnded'];
  /** Nobody sees a difference on the forge. */
  readonly isQuiet?: boolean;
  readonly refusal?: FettleError;
}

/** The decision that nothing changes. */
export function toUnchanged(task: Task): Decision {
  return { task, entries: [], events: [], follow: [], leaseEnded: null };
}

/** The decision for a changed task: counts up, and adds the events and comments that its new state is worth. */
export function toChanged(before: Task, after: Task, nowAt: string, outcome: Outcome): Decision {
  const task: Task = {
    ...after,
    revision: before.revision + 1,
    lastEntry: before.lastEntry + outcome.entries.length,
    updatedAt: nowAt,
  };
  return {
    task,
    entries: outcome.entries,
    events: [...(outcome.events ?? []), ...toStateEvents(before, task)],
    follow: [
      ...(outcome.isQuiet === true ? [] : [{ kind: 'report' } as const]),
      ...toCalls(before, task),
      ...(outcome.follow ?? []),
    ],
    leaseEnded: outcome.leaseEnded ?? null,
    refusal: outcome.refusal,
  };
}

/** A line of the journal that Fettle itself writes. */
export function toEntry(
  kind: string,
  by: string | null,
  data: NewEntry['data'] = {},
  { isNews = false }: { readonly isNews?: boolean } = {},
): NewEntry {
  return { kind, by, isNews, data };
}

/** The refusal of a command that the task's state does not allow. */
export function toNotMovable(task: Task, detail: string): FettleError {
  return new FettleError('task_not_movable', `It is ${task.state}. ${detail}`);
}

/** What the stream is told when a state begins; what else it is told depends on the command. */
const STATE_EVENTS: Readonly<Record<TaskState, readonly TaskEventType[]>> = {
  blocked: ['task.blocked'],
  queued: ['task.ready'],
  leased: [],
  needs_input: ['task.asked'],
  awaiting_approval: ['task.blocked'],
  succeeded: ['task.succeeded'],
  failed: ['task.failed'],
  cancelled: ['task.cancelled'],
  dead: ['task.dead'],
};

function toStateEvents(before: Task, after: Task): readonly TaskEventType[] {
  const isSame =
    before.state === after.state && (after.state !== 'blocked' || toStanding(before) === toStanding(after));
  // A new round is told as `task.opened`.
  return isSame || before.round !== after.round ? [] : STATE_EVENTS[after.state];
}
