import { type Kysely, sql, type Transaction } from 'kysely';
import type { TaskState } from '../core/vocabulary.ts';
import { takeAdvisoryLock } from './advisory-lock.ts';
import { toJsonText } from './json-text.ts';
import { PREPARED } from './prepared.ts';
import type { Database } from './schema.ts';
import type { NumberedPlace } from './task-cursor.ts';
import type { TaskDependenciesTable } from './task-tables.ts';

/**
 * Which issue or pull request waits for which, whether there are tasks for them or not. An edge leads from the one that waits to the one
 * that it waits for. It blocks unless it is `closed` or waived; one that blocks is `open`, `unknown` or, when its end waits for its
 * beginning, `cycle`.
 */

/**
 * Numbers that stand for no issue: what a text lists beyond what was read of it, and that the forge does not show the issue itself. They keep
 * a task blocked until its text is read again, or somebody waives them.
 */
export const MORE_THAN_READ = 0;
export const NOT_SHOWN = -1;

/** An edge that a text declares. */
export interface DeclaredEdge {
  readonly repo: string;
  readonly number: number;
  readonly onRepo: string;
  readonly onNumber: number;
  readonly state: 'open' | 'closed' | 'unknown';
  readonly title: string | null;
}

/** An edge as it is shown: once, however many texts declare it. */
export interface DependencyEdge {
  readonly repo: string;
  readonly number: number;
  readonly onRepo: string;
  readonly onNumber: number;
  readonly state: TaskDependenciesTable['state'];
  readonly title: string | null;
  readonly waivedBy: string | null;
  /** The task of what is waited for, where there is one. */
  readonly taskId: string | null;
  readonly taskState: TaskState | null;
}

/** What the columns of a place are called in a list of places. */
const PLACE = sql`place (forge text, repo text, number bigint)`;

/**
 * Waits until nobody else changes what waits for what, until the transaction ends. Whoever works out what a task waits for, and tells the
 * task, takes it first: else the news of two changes could arrive in the wrong order.
 */
export async function lockDependencies(trx: Transaction<Database>): Promise<void> {
  await takeAdvisoryLock(trx, 'dependencies');
}

/**
 * Makes the edges that a text declares those that are given; others that it declared before go. An edge that was waived stays waived.
 * @returns the beginnings of edges that came, went or changed.
 */
export async function declareEdges(
  trx: Transaction<Database>,
  by: NumberedPlace,
  edges: readonly DeclaredEdge[],
): Promise<NumberedPlace[]> {
  const { rows } = await sql<NumberedPlace>`${PREPARED}
    with input as materialized (
      select * from json_to_recordset(${toJsonText(edges)}::json)
        as edge (repo text, number bigint, "onRepo" text, "onNumber" bigint, state text, title text)
    ), gone as (
      delete from task_dependencies as edge
      where forge = ${by.forge} and declared_repo = ${by.repo} and declared_number = ${by.number}
        and not exists (select from input where input.repo = edge.repo and input.number = edge.number
          and input."onRepo" = edge.on_repo and input."onNumber" = edge.on_number)
      returning forge, repo, number
    ), came as (
      insert into task_dependencies
        (forge, repo, number, on_repo, on_number, declared_repo, declared_number, state, title, waived_by)
      select ${by.forge}, repo, number, "onRepo", "onNumber", ${by.repo}, ${by.number}, state, title, (
        select max(waived_by) from task_dependencies as other
        where other.forge = ${by.forge} and other.repo = input.repo and other.number = input.number
          and other.on_repo = input."onRepo" and other.on_number = input."onNumber")
      from input
      on conflict (forge, repo, number, on_repo, on_number, declared_repo, declared_number) do update
      set title = excluded.title,
        state = case when task_dependencies.state = 'cycle' and excluded.state <> 'closed' then 'cycle' else excluded.state end
      where task_dependencies.title is distinct from excluded.title or task_dependencies.state <> excluded.state
      returning forge, repo, number
    )
    select forge, repo, number from gone union select forge, repo, number from came`.execute(trx);
  return rows;
}

/** Rings that are looked at again at a time, besides those through what changed; the others keep their mark a while longer. */
const MOST_OLD_RINGS = 50;

/**
 * Finds out which edges are part of a ring, as far as it goes through one of these places, and which are so no longer: they are those of
 * which both ends can be reached from a place of the ring and lead to it. @returns the beginnings of edges that changed.
 */
export async function markCycles(
  trx: Transaction<Database>,
  forge: string,
  through: readonly NumberedPlace[],
): Promise<NumberedPlace[]> {
  const { rows } = await sql<NumberedPlace>`${PREPARED}
    with recursive edge as materialized (
      select distinct repo, number, on_repo, on_number, state from task_dependencies
      where forge = ${forge} and state <> 'closed' and waived_by is null
    ), link as materialized (
      select 'down' as way, repo, number, on_repo as to_repo, on_number as to_number from edge
      union all select 'up', on_repo, on_number, repo, number from edge
    ), start as materialized (
      select repo, number from json_to_recordset(${toJsonText(through)}::json) as ${PLACE}
      union (select repo, number from edge where state = 'cycle' limit ${MOST_OLD_RINGS})
    ), walk as (
      select way, repo as from_repo, number as from_number, to_repo as repo, to_number as number
      from link join start using (repo, number)
      union
      select way, from_repo, from_number, to_repo, to_number from walk join link using (way, repo, number)
    ), ring as materialized (
      select from_repo, from_number, repo, number from walk where way = 'down'
      intersect select from_repo, from_number, repo, number from walk where way = 'up'
    ), circular as materialized (
      select distinct edge.repo, edge.number, edge.on_repo, edge.on_number
      from edge join ring as one using (repo, number)
      join ring as other on other.repo = edge.on_repo and other.number = edge.on_number
        and other.from_repo = one.from_repo and other.from_number = one.from_number
    ), closed as (
      update task_dependencies as row set state = 'cycle' from circular
      where row.forge = ${forge} and row.repo = circular.repo and row.number = circular.number
        and row.on_repo = circular.on_repo and row.on_number = circular.on_number and row.state in ('open', 'unknown')
        and row.waived_by is null
      returning row.forge, row.repo, row.number
    ), opened as (
      update task_dependencies as row set state = 'open' from start
      where row.forge = ${forge} and row.state = 'cycle' and row.repo = start.repo and row.number = start.number
        and not exists (select from circular where row.repo = circular.repo and row.number = circular.number
          and row.on_repo = circular.on_repo and row.on_number = circular.on_number)
      returning row.forge, row.repo, row.number
    )
    select forge, repo, number from closed union select forge, repo, number from opened`.execute(trx);
  return rows;
}

/** What became of something that others may wait for. */
export interface BlockerChange extends NumberedPlace {
  readonly state: 'open' | 'closed' | 'unknown';
}

/** Notes what became of things that others wait for, each once. @returns the beginnings of edges that changed. */
export async function saveBlockerStates(
  trx: Transaction<Database>,
  changes: readonly BlockerChange[],
): Promise<NumberedPlace[]> {
  if (changes.length === 0) return [];
  const { rows } = await sql<NumberedPlace>`${PREPARED}
    update task_dependencies as edge set state = place.state
    from json_to_recordset(${toJsonText(changes)}::json) as place (forge text, repo text, number bigint, state text)
    where edge.forge = place.forge and edge.on_repo = place.repo and edge.on_number = place.number
      and edge.state <> place.state and not (edge.state = 'cycle' and place.state <> 'closed')
    returning edge.forge, edge.repo, edge.number`.execute(trx);
  return toDistinct(rows);
}

/** Lets a task go on although something it waits for is not done, or all of it. @returns how many edges that were not waived. */
export async function waiveEdges(
  trx: Transaction<Database>,
  place: NumberedPlace,
  on: { readonly repo: string; readonly number: number } | null,
  by: string,
): Promise<number> {
  const { rows } = await sql<{ on_repo: string }>`${PREPARED}
    update task_dependencies set waived_by = ${by}
    where forge = ${place.forge} and repo = ${place.repo} and number = ${place.number} and waived_by is null and state <> 'closed'
      and (${on === null}::boolean or (on_repo = ${on?.repo ?? ''} and on_number = ${on?.number ?? 0}::bigint))
    returning on_repo`.execute(trx);
  return rows.length;
}

/** The edges that begin at these places, by the order of what is waited for. */
export async function listEdgesFrom(
  db: Kysely<Database>,
  places: readonly NumberedPlace[],
): Promise<(DependencyEdge & { readonly forge: string })[]> {
  if (places.length === 0) return [];
  const { rows } = await sql<DependencyEdge & { readonly forge: string }>`${PREPARED}
    select distinct on (edge.forge, edge.repo, edge.number, edge.on_repo, edge.on_number)
      edge.forge, edge.repo, edge.number, edge.on_repo as "onRepo", edge.on_number as "onNumber", edge.state, edge.title,
      edge.waived_by as "waivedBy", tasks.id as "taskId", tasks.state as "taskState"
    from json_to_recordset(${toJsonText(places)}::json) as ${PLACE}
    join task_dependencies as edge using (forge, repo, number)
    left join tasks on tasks.forge = edge.forge and tasks.repo = edge.on_repo and tasks.number = edge.on_number
      and tasks.round > 0
    order by edge.forge, edge.repo, edge.number, edge.on_repo, edge.on_number, tasks.subject`.execute(db);
  return rows;
}

/** The beginnings of edges that lead to one of these places and are not closed. */
export async function listWaiting(db: Kysely<Database>, places: readonly NumberedPlace[]): Promise<NumberedPlace[]> {
  if (places.length === 0) return [];
  const { rows } = await sql<NumberedPlace>`${PREPARED}
    select distinct edge.forge, edge.repo, edge.number
    from json_to_recordset(${toJsonText(places)}::json) as ${PLACE}
    join task_dependencies as edge
      on edge.forge = place.forge and edge.on_repo = place.repo and edge.on_number = place.number
    where edge.state <> 'closed'`.execute(db);
  return rows;
}

/** The edges that close rings, for saying which: at most 500 of one forge. */
export async function listCycleEdges(
  db: Kysely<Database>,
  forge: string,
): Promise<Pick<DependencyEdge, 'repo' | 'number' | 'onRepo' | 'onNumber'>[]> {
  const { rows } = await sql<Pick<DependencyEdge, 'repo' | 'number' | 'onRepo' | 'onNumber'>>`${PREPARED}
    select distinct repo, number, on_repo as "onRepo", on_number as "onNumber" from task_dependencies
    where forge = ${forge} and state = 'cycle' and waived_by is null order by 1, 2, 3, 4 limit 500`.execute(db);
  return rows;
}

/**
 * Counts anew how many open tasks wait for the tasks that these places wait for. The locks of tasks are taken in the order of their ids,
 * as everywhere.
 */
export async function countDependents(trx: Transaction<Database>, places: readonly NumberedPlace[]): Promise<void> {
  if (places.length === 0) return;
  await sql`${PREPARED}
    with counted as materialized (
      select tasks.id from tasks
      where (tasks.forge, tasks.repo, tasks.number) in (
        select forge, repo, number from json_to_recordset(${toJsonText(places)}::json) as ${PLACE})
      order by tasks.id for update
    )
    update tasks set dependents = (
      select count(distinct (waiting.id)) from task_dependencies as edge
      join tasks as waiting on waiting.forge = edge.forge and waiting.repo = edge.repo and waiting.number = edge.number
      where edge.forge = tasks.forge and edge.on_repo = tasks.repo and edge.on_number = tasks.number
        and edge.state <> 'closed' and edge.waived_by is null
        and waiting.round > 0 and waiting.state not in ('succeeded', 'failed', 'cancelled', 'dead'))
    from counted where tasks.id = counted.id`.execute(trx);
}

function toDistinct(places: readonly NumberedPlace[]): NumberedPlace[] {
  return [...new Map(places.map((place) => [`${place.forge} ${place.repo} ${place.number}`, place])).values()];
}
