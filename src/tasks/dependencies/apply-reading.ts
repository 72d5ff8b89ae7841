import type { Transaction } from 'kysely';
import type { Database } from '../../store/schema.ts';
import { lockTaskCursor, type NumberedPlace, readSubjectEvents } from '../../store/task-cursor.ts';
import {
  countDependents,
  type DeclaredEdge,
  declareEdges,
  listEdgesFrom,
  lockDependencies,
  markCycles,
  NOT_SHOWN,
} from '../../store/task-dependencies.ts';
import { findTask } from '../../store/tasks.ts';
import { transact } from '../../store/transact.ts';
import type { Task, Understanding } from '../contract.ts';
import { toBlockMoves, toEvent } from '../follow/follow-batch.ts';
import { isPast, isReopening, SUBJECT_TYPES, toEnd } from '../follow/to-commands.ts';
import type { Blockers, Selection, SubjectFacts, TaskCommand } from '../machine/contract.ts';
import { isOver } from '../machine/standing.ts';
import { type Move, moveTasksIn, noteMoves, type TaskPorts } from '../move.ts';
import { isNumbered } from './separate-numbers.ts';
import { findBlockers, NO_BLOCKERS, toPlace, toPlaceText } from './blockers.ts';
import { type Named, type Standing, type Standings, toEdges, toNamedText, UNKNOWN } from './references.ts';

/** What was found out about a task without a lock: what its forge says, and how what its text names stands. */
export interface Reading {
  /** The end of the stream before the forge was asked: what is behind it may be newer than the answers. */
  readonly asOf: number;
  readonly facts: SubjectFacts;
  readonly understanding: Understanding;
  readonly selection: Selection;
  /** How the subject ended, by what the forge says. */
  readonly end: 'closed' | 'merged' | null;
  /** False when the forge was asked and does not show it. */
  readonly isShown: boolean;
  /** What the text names, and how it stands. Null where issues are not known by number, so that nothing can be waited for. */
  readonly named: { readonly all: readonly Named[]; readonly standings: Standings } | null;
}

/**
 * Takes in what was read: the edges that the text declares, what they make of others, and the task itself.
 *
 * The forge was asked before, without a lock, and events that came since may say otherwise. The cursor's lock holds the follower still: what
 * it has passed since is looked at here, and what it has not it will follow with these edges in place.
 *
 * @returns the move of the task, or undefined when it is over, or when the answers are out of date and the forge is to be asked again.
 */
export async function applyReading(
  ports: TaskPorts,
  id: string,
  reading: Reading,
): Promise<
  { readonly kind: 'moved'; readonly move: Move } | { readonly kind: 'over' } | { readonly kind: 'outdated' }
> {
  const done = await transact(ports.db(), async (trx): Promise<'over' | 'outdated' | readonly Move[]> => {
    const through = await lockTaskCursor(trx);
    await lockDependencies(trx);
    const task = await findTask(trx, id);
    if (task === undefined || isOver(task)) return 'over';
    const place = toPlace(task);
    if (place === undefined) return await moveTasksIn(trx, ports, [{ id, command: toRead(reading, NO_BLOCKERS) }]);
    const since = await readSince(trx, place, reading, through);
    if (reading.end !== null) {
      if (since.get(toNamedText(place))?.state === 'open') return 'outdated';
      return await moveTasksIn(trx, ports, [{ id, command: { kind: 'close', how: reading.end, actor: null } }]);
    }
    const others = await declare(trx, place, toDeclared(task, place, reading, since));
    const moves = await toBlockMoves(trx, others);
    const command = toRead(reading, await findBlockers(trx, task));
    return await moveTasksIn(trx, ports, [{ id, command }, ...moves.filter((move) => move.id !== id)]);
  });
  if (typeof done === 'string') return { kind: done };
  noteMoves(ports, done);
  return { kind: 'moved', move: done[0] as Move };
}

function toRead({ facts, understanding, selection }: Reading, blockers: Blockers): TaskCommand {
  return { kind: 'read', facts, understanding, selection, blockers };
}

/** What events that were followed since say of the subject itself and of what its text names. */
async function readSince(
  trx: Transaction<Database>,
  place: NumberedPlace,
  { asOf, named }: Reading,
  through: number,
): Promise<Standings> {
  const all = [place, ...(named?.all ?? [])];
  const found = await readSubjectEvents(
    trx,
    { forge: place.forge, repos: [...new Set(all.map(({ repo }) => repo))], numbers: all.map(({ number }) => number) },
    SUBJECT_TYPES,
    { after: asOf, through },
  );
  const since = new Map<string, Standing>();
  for (const event of found.map(toEvent)) {
    const { kind, repo, subject, number } = event;
    if (repo === undefined || number === undefined || !isNumbered(kind, subject) || isPast(event)) continue;
    const key = toNamedText({ repo: repo.fullName, number });
    const end = toEnd(event);
    const title = named?.standings.get(key)?.title ?? null;
    if (end !== undefined) since.set(key, { title, state: end === 'deleted' ? 'unknown' : 'closed' });
    else if (isReopening(event)) since.set(key, { title, state: 'open' });
  }
  return since;
}

function toDeclared(task: Task, place: NumberedPlace, reading: Reading, since: Standings): DeclaredEdge[] {
  if (reading.named === null) return [];
  const own = { repo: place.repo, number: place.number };
  const hidden: DeclaredEdge[] = reading.isShown ? [] : [{ ...own, onRepo: own.repo, onNumber: NOT_SHOWN, ...UNKNOWN }];
  const standings = new Map([
    ...reading.named.standings,
    [toNamedText(own), { state: 'open', title: task.title }] as const,
    ...since,
  ]);
  return [...toEdges(reading.understanding, own, standings), ...hidden];
}

/** @returns the places of other tasks for which something changed. */
async function declare(
  trx: Transaction<Database>,
  place: NumberedPlace,
  edges: readonly DeclaredEdge[],
): Promise<NumberedPlace[]> {
  const before = await listEdgesFrom(trx, [place]);
  const changed = await declareEdges(trx, place, edges);
  changed.push(...(await markCycles(trx, place.forge, [place, ...changed])));
  const after = await listEdgesFrom(trx, [place, ...changed]);
  await countDependents(
    trx,
    [...before, ...after].map(({ onRepo, onNumber }) => ({ forge: place.forge, repo: onRepo, number: onNumber })),
  );
  const own = toPlaceText(place);
  const others = new Map(changed.map((one) => [toPlaceText(one), one]));
  others.delete(own);
  return [...others.values()];
}
