import type { Transaction } from 'kysely';
import type { Event } from '../../core/event.ts';
import type { Database } from '../../store/schema.ts';
import {
  findTasksOf,
  type FollowedEvent,
  type FollowingTask,
  lockTaskCursor,
  type NumberedPlace,
  readFollowed,
  renameRepositories,
  saveTaskCursor,
} from '../../store/task-cursor.ts';
import {
  type BlockerChange,
  countDependents,
  listEdgesFrom,
  listWaiting,
  lockDependencies,
  markCycles,
  saveBlockerStates,
} from '../../store/task-dependencies.ts';
import { transact } from '../../store/transact.ts';
import { listBlockers, NO_BLOCKERS, toPlaceText } from '../dependencies/blockers.ts';
import { isNumbered } from '../dependencies/separate-numbers.ts';
import type { TaskCommand } from '../machine/contract.ts';
import { type Move, moveTasksIn, noteMoves, type TaskPorts } from '../move.ts';
import {
  isPast,
  isReopening,
  LINKED_TYPES,
  listNamed,
  SUBJECT_TYPES,
  TASK_TYPES,
  toCommands,
  toEnd,
  toLinkedCommands,
} from './to-commands.ts';

/**
 * One stretch of the stream, followed by one transaction:
 *
 *   cursor, locked ▸ events that may concern tasks ▸ new names of repositories ▸ tasks by their numbers ▸
 *   what blockers became ▸ cursor ▸ moves of tasks, in the order of the stream ▸ commit
 *
 * The cursor moves with what follows from it, so that nothing is followed twice or left out, whoever dies when; its lock keeps several
 * hubs in order.
 */
const TYPES = { subject: [...SUBJECT_TYPES, ...TASK_TYPES], mentioning: LINKED_TYPES };

/** Events looked at by one transaction. */
export const STRETCH = 500;

export interface FollowedBatch {
  /** Whether there may be more. */
  readonly isFull: boolean;
  /** Up to where the stream is followed now. */
  readonly through: number;
  readonly moved: number;
}

/** @param limit of events; 1 for one that could not be followed together with others. */
export async function followBatch(ports: TaskPorts, limit: number = STRETCH): Promise<FollowedBatch> {
  const { through, moves, isFull } = await transact(ports.db(), (trx) => followIn(trx, ports, limit));
  noteMoves(ports, moves);
  return { isFull, through, moved: moves.filter(({ before, task }) => before !== task).length };
}

/** Passes over the next event, whatever it is. */
export async function skipEvent(ports: TaskPorts): Promise<number> {
  return await transact(ports.db(), async (trx) => {
    const { through } = await readFollowed(trx, await lockTaskCursor(trx), { subject: [], mentioning: [] }, 1);
    await saveTaskCursor(trx, through);
    return through;
  });
}

async function followIn(
  trx: Transaction<Database>,
  ports: TaskPorts,
  limit: number,
): Promise<{ readonly through: number; readonly moves: readonly Move[]; readonly isFull: boolean }> {
  const after = await lockTaskCursor(trx);
  const stretch = await readFollowed(trx, after, TYPES, limit);
  if (stretch.through === after) return { through: after, moves: [], isFull: false };
  const events = stretch.events.map(toEvent);
  const places = listPlaces(events);
  const found = [await findTasksOf(trx, places)];
  if (stretch.renamings.length > 0) {
    await renameRepositories(trx, stretch.renamings);
    found.push(await findTasksOf(trx, places));
  }
  const tasks = Map.groupBy(toDistinct(found.flat()), toPlaceText);
  const waits = await followBlockers(trx, events);
  await saveTaskCursor(trx, stretch.through);
  const labels = new Set(Object.values(ports.config().tasks.labels).map((label) => label.toLowerCase()));
  const moves = events.flatMap((event) => listMoves(event, tasks, labels));
  return {
    through: stretch.through,
    moves: await moveTasksIn(trx, ports, [...moves, ...waits]),
    isFull: stretch.through - after >= limit,
  };
}

export function toEvent({ seq, json }: FollowedEvent): Event {
  return { ...(JSON.parse(json) as object), seq } as Event;
}

interface TaskMove {
  readonly id: string;
  readonly command: TaskCommand;
}

function listMoves(
  event: Event,
  tasks: ReadonlyMap<string, readonly FollowingTask[]>,
  ownLabels: ReadonlySet<string>,
): TaskMove[] {
  const at = (number: number) =>
    tasks.get(toPlaceText({ forge: event.forge, repo: event.repo?.fullName ?? '', number })) ?? [];
  const own = (event.number === undefined ? [] : at(event.number))
    .filter(({ subject }) => subject === event.subject)
    .flatMap((task) => toCommands(event, task, ownLabels).map((command) => ({ id: task.id, command })));
  const linked = LINKED_TYPES.includes(event.type) ? listNamed(event) : [];
  return [
    ...own,
    ...linked.flatMap(at).flatMap((task) => toLinkedCommands(event, task).map((command) => ({ id: task.id, command }))),
  ];
}

/** Every number that an event is about or may name. */
function listPlaces(events: readonly Event[]): NumberedPlace[] {
  return events.flatMap((event) => {
    const { forge, repo, number, type } = event;
    if (repo === undefined) return [];
    const numbers = [
      ...(number === undefined ? [] : [number]),
      ...(LINKED_TYPES.includes(type) ? listNamed(event) : []),
    ];
    return numbers.map((one) => ({ forge, repo: repo.fullName, number: one }));
  });
}

/** Both the old and the new name of a repository lead to its tasks. */
function toDistinct(tasks: readonly FollowingTask[]): FollowingTask[] {
  return [...new Map(tasks.map((task) => [`${task.id} ${task.repo}`, task])).values()];
}

/**
 * Notes which blockers were closed or reopened, and tells every task that waits for one of them, or for one whose own task ended, what it
 * waits for now.
 */
async function followBlockers(trx: Transaction<Database>, events: readonly Event[]): Promise<TaskMove[]> {
  const changes = new Map<string, BlockerChange>();
  const ended: NumberedPlace[] = [];
  for (const event of events) {
    const { forge, kind, repo, subject, number, type } = event;
    if (repo === undefined || number === undefined || !isNumbered(kind, subject)) continue;
    const place = { forge, repo: repo.fullName, number };
    if (TASK_TYPES.includes(type)) ended.push(place);
    if (isPast(event)) continue;
    const end = toEnd(event);
    if (end !== undefined)
      changes.set(toPlaceText(place), { ...place, state: end === 'deleted' ? 'unknown' : 'closed' });
    else if (isReopening(event)) changes.set(toPlaceText(place), { ...place, state: 'open' });
  }
  if (changes.size === 0 && ended.length === 0) return [];
  await lockDependencies(trx);
  const changed = await saveBlockerStates(trx, [...changes.values()]);
  for (const [forge, places] of Map.groupBy(changed, (place) => place.forge))
    changed.push(...(await markCycles(trx, forge, places)));
  const waitedFor = (await listEdgesFrom(trx, ended)).map((edge) => ({
    forge: edge.forge,
    repo: edge.onRepo,
    number: edge.onNumber,
  }));
  await countDependents(trx, [...changes.values(), ...waitedFor]);
  const waiting = [...changed, ...(await listWaiting(trx, ended))];
  if (waiting.length === 0) return [];
  return await toBlockMoves(trx, waiting);
}

/** The moves that tell the tasks of some places what they wait for. */
export async function toBlockMoves(trx: Transaction<Database>, places: readonly NumberedPlace[]): Promise<TaskMove[]> {
  const tasks = await findTasksOf(trx, places);
  const blockers = await listBlockers(trx, places);
  return tasks.map(({ id, forge, repo, number }) => ({
    id,
    command: { kind: 'block', blockers: blockers.get(toPlaceText({ forge, repo, number })) ?? NO_BLOCKERS },
  }));
}
