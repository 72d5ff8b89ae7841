import type { Event } from '../../core/event.ts';
import { findTaskIdByRepository, lockTaskCursor, readSubjectEvents } from '../../store/task-cursor.ts';
import { findTask, findTaskByKey } from '../../store/tasks.ts';
import { transact } from '../../store/transact.ts';
import type { Task, TaskOptions, TaskReason } from '../contract.ts';
import type { SubjectFacts } from '../machine/contract.ts';
import { isOver } from '../machine/standing.ts';
import { type Move, moveTasksIn, noteMoves, openTaskIn, type TaskPorts, toTaskKey } from '../move.ts';
import { toEvent } from './follow-batch.ts';
import { followThrough } from './follower.ts';
import { isPast, isReopening, SUBJECT_TYPES, takesBack, toChangedFacts, toEnd } from './to-commands.ts';

/**
 * Opens the task of an event whose rule asked for it, as if it had been opened just when the event happened.
 *
 * Two work on the same tasks, each in its own time: the follower, which passes every event once and in order but opens nothing, and the
 * runs of `task.open`, of which one may come long after its event, twice, or before another that is older. So that the end is the same
 * whatever the order, a run
 *
 *   1. has the follower pass its event first: what came before has then been followed, and is not followed any more;
 *   2. holds the lock of the cursor in its one transaction, so that the follower stands still at a known place: what came after the event up
 *      to there has been followed without this reason, and what comes later will be followed with it;
 *   3. looks at what came in between. A reason that was taken back there is none any more, and nothing is opened. A subject that was
 *      closed there last opens nothing either, but the reason is noted for when it is reopened (a task that is open nevertheless was
 *      opened later). The title, text and labels are those of the last event that tells them;
 *   4. does nothing when the event has given its reason already (a run that is tried again after its answer was lost), or when a later
 *      event opened the task and that is over since: the work was done or called off after both.
 *
 * A crash before the commit leaves nothing, one after it is case 4.
 */
export interface Opening {
  readonly reason: Omit<TaskReason, 'seq'>;
  readonly options: TaskOptions;
  readonly priority: number;
  readonly facts: SubjectFacts;
}

/** How an opening went. `late`: what came after the event made it void. */
export type Opened =
  | { readonly kind: 'opened'; readonly move: Move }
  | { readonly kind: 'known'; readonly task: Task }
  | { readonly kind: 'late'; readonly why: string };

/** @param event about an issue or pull request. */
export async function openFromEvent(
  ports: TaskPorts,
  event: Event,
  toOpening: (known: Task | undefined) => Opening,
  signal: AbortSignal,
): Promise<Opened> {
  await followThrough(ports, event.seq, signal);
  signal.throwIfAborted();
  const { opened, moves } = await transact(
    ports.db(),
    async (trx): Promise<{ opened: Opened; moves: readonly Move[] }> => {
      const through = await lockTaskCursor(trx);
      const { forge, repo, subject = 'issue', number = 0 } = event;
      const fullName = repo?.fullName ?? '';
      // Its repository may have been renamed since.
      const renamed =
        repo?.id === undefined ? undefined : await findTaskIdByRepository(trx, { forge, id: repo.id, subject, number });
      const known =
        renamed === undefined
          ? await findTaskByKey(trx, toTaskKey(forge, fullName, subject, number))
          : await findTask(trx, renamed);
      const name = known?.repo ?? fullName;
      const between = (
        await readSubjectEvents(
          trx,
          { forge, repos: [...new Set([fullName, name])], numbers: [number] },
          SUBJECT_TYPES,
          { after: event.seq, through },
        )
      )
        .map(toEvent)
        .filter((one) => one.subject === subject && !isPast(one));
      const opening = toOpening(known);
      const nothing = findVoid(event, opening, known, between);
      if (nothing !== undefined) return { opened: nothing, moves: [] };
      const end = findEnd(between);
      const reason: TaskReason = { ...opening.reason, seq: event.seq };
      const key = { key: known?.key ?? toTaskKey(forge, name, subject, number), forge, repo: name, subject, number };
      const first = await openTaskIn(trx, ports, key, {
        kind: 'open',
        ...opening,
        reason,
        ...(end === undefined ? {} : { isLate: true }),
        facts: between.reduce((facts, one) => ({ ...facts, ...toChangedFacts(one) }), opening.facts),
      });
      const [move] = first as [Move];
      const rest =
        end === undefined || move.before.round === move.task.round
          ? []
          : await moveTasksIn(trx, ports, [{ id: move.task.id, command: { kind: 'close', ...end } }]);
      return {
        opened: { kind: 'opened', move: { ...move, task: rest.at(-1)?.task ?? move.task } },
        moves: [...first, ...rest],
      };
    },
  );
  noteMoves(ports, moves);
  return opened;
}

/** Why nothing is to be opened; undefined when something is. */
function findVoid(
  event: Event,
  { reason }: Opening,
  known: Task | undefined,
  between: readonly Event[],
): Opened | undefined {
  if (
    known?.reasons.some(
      (one) => (one.seq ?? 0) >= event.seq && one.by === reason.by && isSame(one.value, reason.value),
    ) === true
  )
    return { kind: 'known', task: known };
  const taken = between.find((one) => takesBack(one, reason));
  if (taken !== undefined)
    return {
      kind: 'late',
      why: `${taken.actor?.login ?? 'Somebody'} took it back before this run (event ${taken.seq}).`,
    };
  const end = findEnd(between);
  if (end?.how === 'deleted') return { kind: 'late', why: 'It was deleted before this run.' };
  if (known === undefined || !isOver(known) || end !== undefined) return undefined;
  return known.reasons.some(({ seq = 0 }) => seq > event.seq) ? { kind: 'known', task: known } : undefined;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** How the subject was closed, unless it was reopened afterwards. */
function findEnd(events: readonly Event[]) {
  const last = events.findLast((event) => toEnd(event) !== undefined || isReopening(event));
  const how = last === undefined ? undefined : toEnd(last);
  return how === undefined ? undefined : { how, actor: last?.actor?.login ?? null };
}
