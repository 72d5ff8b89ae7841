import type { Kysely } from 'kysely';
import {
  type DependencyEdge,
  listCycleEdges,
  listEdgesFrom,
  MORE_THAN_READ,
  NOT_SHOWN,
} from '../../store/task-dependencies.ts';
import type { NumberedPlace } from '../../store/task-cursor.ts';
import type { Database } from '../../store/schema.ts';
import type { Task } from '../contract.ts';
import type { Blockers } from '../machine/contract.ts';
import type { TaskDependency } from '../shapes.ts';

/** What a task waits for, counted and in words. */

export const NO_BLOCKERS: Blockers = { count: 0, reason: null };

type Placed = Pick<Task, 'forge' | 'repo' | 'number'>;

/** What a task waits for now. */
export async function findBlockers(db: Kysely<Database>, task: Placed): Promise<Blockers> {
  const place = toPlace(task);
  if (place === undefined) return NO_BLOCKERS;
  return (await listBlockers(db, [place])).get(toPlaceText(place)) ?? NO_BLOCKERS;
}

/** All that a task waits for or waited for, for people. */
export async function listDependencies(db: Kysely<Database>, task: Placed): Promise<readonly TaskDependency[]> {
  const place = toPlace(task);
  if (place === undefined) return [];
  const edges = (await listEdgesFrom(db, [place])).filter(({ onNumber }) => onNumber > 0);
  return edges.map((edge) => ({
    repo: edge.onRepo,
    number: edge.onNumber,
    title: edge.title,
    state: edge.state,
    waivedBy: edge.waivedBy,
    task: edge.taskId === null || edge.taskState === null ? null : { id: edge.taskId, state: edge.taskState },
  }));
}

/** What each of several places waits for, by `toPlaceText`; a place without edges is missing. */
export async function listBlockers(
  db: Kysely<Database>,
  places: readonly NumberedPlace[],
): Promise<ReadonlyMap<string, Blockers>> {
  const edges = await listEdgesFrom(db, places);
  const rings = new Map<string, Ring>();
  for (const forge of new Set(edges.filter(({ state }) => state === 'cycle').map((edge) => edge.forge)))
    rings.set(forge, await listCycleEdges(db, forge));
  const groups = Map.groupBy(edges, toPlaceText);
  return new Map(
    [...groups].map(([key, own]) => [key, toBlockers(own, rings.get(own[0]?.forge ?? '') ?? [])] as const),
  );
}

export function toPlaceText({ forge, repo, number }: NumberedPlace): string {
  return `${forge}\u0000${repo}\u0000${number}`;
}

export function toPlace({ forge, repo, number }: Placed): NumberedPlace | undefined {
  return repo === null || number === null ? undefined : { forge, repo, number };
}

type Ring = readonly Pick<DependencyEdge, 'repo' | 'number' | 'onRepo' | 'onNumber'>[];

/** So many are named; the rest is counted. */
const MOST_NAMED = 10;

function toBlockers(edges: readonly DependencyEdge[], ring: Ring): Blockers {
  const blocking = edges.filter(({ state, waivedBy }) => state !== 'closed' && waivedBy === null);
  if (blocking.length === 0) return NO_BLOCKERS;
  const named = blocking.slice(0, MOST_NAMED).map(toWords);
  const rest = blocking.length - named.length;
  const sentences = [`Waits for ${toList(rest === 0 ? named : [...named, `${rest} more`])}.`];
  const circular = blocking.find(({ state }) => state === 'cycle');
  const path = circular === undefined ? undefined : findPath(circular, ring);
  if (path !== undefined) sentences.push(`That is a circle: ${path.join(' → ')}. Change one of them, or waive one.`);
  return { count: blocking.length, reason: sentences.join(' ') };
}

const ENDINGS: Readonly<Record<string, string>> = {
  failed: 'its task failed',
  dead: 'its task was given up',
  cancelled: 'its task was called off',
};

function toWords(edge: DependencyEdge): string {
  if (edge.onNumber === MORE_THAN_READ) return 'more that its text lists than is read';
  if (edge.onNumber === NOT_SHOWN) return 'the forge to show it (it was deleted, or the token may not see it)';
  const notes = [
    ...(edge.state === 'unknown' ? ['it cannot be seen'] : []),
    ...(edge.taskState === null ? [] : [ENDINGS[edge.taskState] ?? []].flat()),
  ];
  const name = toName(edge.onRepo, edge.onNumber, edge.repo);
  return notes.length === 0 ? name : `${name} (${notes.join(', ')})`;
}

function toName(repo: string, number: number, own: string): string {
  return repo === own ? `#${number}` : `${repo}#${number}`;
}

function toList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The shortest way from the beginning of an edge through its end back to the beginning, in the words of references. */
function findPath(edge: DependencyEdge, ring: Ring): string[] | undefined {
  const own = edge.repo;
  const next = Map.groupBy(ring, ({ repo, number }) => `${repo}#${number}`);
  const home = `${edge.repo}#${edge.number}`;
  const first = `${edge.onRepo}#${edge.onNumber}`;
  const from = new Map<string, string>([[first, home]]);
  const names = new Map([
    [home, toName(edge.repo, edge.number, own)],
    [first, toName(edge.onRepo, edge.onNumber, own)],
  ]);
  const waiting = [first];
  for (let at = waiting.shift(); at !== undefined && at !== home; at = waiting.shift()) {
    for (const { onRepo, onNumber } of next.get(at) ?? []) {
      const key = `${onRepo}#${onNumber}`;
      if (from.has(key)) continue;
      from.set(key, at);
      names.set(key, toName(onRepo, onNumber, own));
      waiting.push(key);
    }
  }
  if (first !== home && !from.has(home)) return undefined;
  const path = [home];
  for (let at = first === home ? home : from.get(home); at !== undefined && at !== home; at = from.get(at))
    path.unshift(at);
  return [home, ...path].map((key) => names.get(key) ?? key);
}
