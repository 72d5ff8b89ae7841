import { type Kysely, sql, type Transaction } from 'kysely';
import { toJsonText } from './json-text.ts';
import { PREPARED } from './prepared.ts';
import type { Database } from './schema.ts';
import type { TaskReason } from './task-tables.ts';

/** How far tasks have followed the stream, and what they read of it. */

/** Waits until nobody else follows the stream or opens a task, until the transaction ends. @returns the last `seq` that was followed. */
export async function lockTaskCursor(trx: Transaction<Database>): Promise<number> {
  const { rows } = await sql<{ seq: number }>`${PREPARED} select seq from task_cursor for update`.execute(trx);
  return (rows[0] as { seq: number }).seq;
}

/** The last `seq` that was followed. */
export async function readTaskCursor(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ seq: number }>`${PREPARED} select seq from task_cursor`.execute(db);
  return (rows[0] as { seq: number }).seq;
}

export async function saveTaskCursor(trx: Transaction<Database>, seq: number): Promise<void> {
  await sql`${PREPARED} update task_cursor set seq = ${seq}`.execute(trx);
}

/** An event as those who follow the stream read it: its place, and its JSON text without it. */
export interface FollowedEvent {
  readonly seq: number;
  readonly json: string;
}

export interface FollowedStretch {
  /** The last `seq` of the stretch; that of the cursor when nothing came. */
  readonly through: number;
  readonly events: readonly FollowedEvent[];
  readonly renamings: readonly Renaming[];
}

/** A repository that a task knows by another name. Not every forge says so when one is renamed, but the id stays. */
export interface Renaming {
  readonly forge: string;
  readonly id: string;
  /** The name it has now. */
  readonly fullName: string;
  /** All that events tell of it. */
  readonly repository: unknown;
}

/** Which types of events concern tasks. */
export interface FollowedTypes {
  /** Those about the subject of an event. */
  readonly subject: readonly string[];
  /** Those whose text may name another subject. */
  readonly mentioning: readonly string[];
}

/**
 * The next events after a place: of `limit` at most those that may concern a task, because it or something that it waits for has their
 * number, or because they may name one of their repository.
 */
export async function readFollowed(
  db: Kysely<Database>,
  after: number,
  types: FollowedTypes,
  limit: number,
): Promise<FollowedStretch> {
  const { rows } = await sql<{ through: number | null; events: string | null; renamings: string | null }>`${PREPARED}
    with stretch as materialized (
      select seq, forge, type, repo, number, event from events where seq > ${after} order by seq limit ${limit}
    ), names as (
      select distinct on (forge, repo) forge, repo, event -> 'repo' as repository
      from stretch where repo is not null order by forge, repo, seq desc
    )
    select (select max(seq) from stretch) as through, (
      select json_agg(json_build_object('seq', seq, 'json', event::text) order by seq) from stretch
      where repo is not null and (
        (number is not null and type = any(${[...types.subject]}::text[]) and (
          exists (select from tasks
            where tasks.forge = stretch.forge and tasks.repo = stretch.repo and tasks.number = stretch.number)
          or exists (select from task_dependencies as edge
            where edge.forge = stretch.forge and edge.on_repo = stretch.repo and edge.on_number = stretch.number)))
        or (type = any(${[...types.mentioning]}::text[]) and exists (select from tasks
          where tasks.forge = stretch.forge and tasks.repo = stretch.repo and tasks.number is not null))
        or exists (select from names join tasks on tasks.forge = names.forge
            and tasks.repository ->> 'id' = names.repository ->> 'id' and tasks.repo <> names.repo
          where tasks.number is not null and names.forge = stretch.forge and names.repo = stretch.repo)
      )
    )::text as events, (
      select json_agg(json_build_object('forge', forge, 'id', repository ->> 'id', 'fullName', repo, 'repository', repository))
      from names where exists (select from tasks
        where tasks.forge = names.forge and tasks.repository ->> 'id' = names.repository ->> 'id' and tasks.number is not null
          and tasks.repo <> names.repo)
    )::text as renamings`.execute(db);
  const [row] = rows;
  return {
    through: row?.through ?? after,
    events: toList<FollowedEvent>(row?.events),
    renamings: toList<Renaming>(row?.renamings),
  };
}

function toList<T>(json: string | null | undefined): T[] {
  return json === null || json === undefined ? [] : (JSON.parse(json) as T[]);
}

/** What happened to one subject in a stretch of the stream, both ends of it: after `after`, up to and with `through`. */
export async function readSubjectEvents(
  db: Kysely<Database>,
  subject: { readonly forge: string; readonly repos: readonly string[]; readonly numbers: readonly number[] },
  types: readonly string[],
  { after, through }: { readonly after: number; readonly through: number },
): Promise<FollowedEvent[]> {
  if (through <= after || subject.repos.length === 0) return [];
  const { rows } = await sql<FollowedEvent>`${PREPARED}
    select seq, event::text as json from events
    where lower(repo collate "C") = any(${subject.repos.map((repo) => repo.toLowerCase())}::text[])
      and seq > ${after} and seq <= ${through} and forge = ${subject.forge}
      and number = any(${[...subject.numbers]}::bigint[]) and type = any(${[...types]}::text[])
    order by seq`.execute(db);
  return rows;
}

/** What of a task decides which events concern it. */
export interface FollowingTask {
  readonly id: string;
  readonly forge: string;
  readonly repo: string;
  readonly subject: 'issue' | 'pull';
  readonly number: number;
  readonly url: string | null;
  readonly reasons: readonly TaskReason[];
}

/** A number in a repository. */
export interface NumberedPlace {
  readonly forge: string;
  readonly repo: string;
  readonly number: number;
}

/** The tasks of some numbers. */
export async function findTasksOf(db: Kysely<Database>, places: readonly NumberedPlace[]): Promise<FollowingTask[]> {
  if (places.length === 0) return [];
  const { rows } = await sql<Omit<FollowingTask, 'reasons'> & { reasons: string }>`${PREPARED}
    select tasks.id, tasks.forge, tasks.repo, tasks.subject, tasks.number, tasks.url, tasks.reasons::text as reasons from tasks
    join (select distinct forge, repo, number from json_to_recordset(${toJsonText(places)}::json)
      as place (forge text, repo text, number bigint)) as place
      on tasks.forge = place.forge and tasks.repo = place.repo and tasks.number = place.number
    order by tasks.id`.execute(db);
  return rows.map((row) => ({ ...row, reasons: JSON.parse(row.reasons) as TaskReason[] }));
}

/**
 * Lets tasks and what they wait for go by the present name of their repository. What is there under the new name already stays, and what
 * would be the same as that keeps the old one.
 */
export async function renameRepositories(trx: Transaction<Database>, renamings: readonly Renaming[]): Promise<void> {
  if (renamings.length === 0) return;
  const input = sql`json_to_recordset(${toJsonText(renamings)}::json)
    as input (forge text, id text, "fullName" text, repository json)`;
  await sql`${PREPARED}
    with old as (
      select distinct tasks.forge, tasks.repo, input."fullName"
      from ${input} join tasks on tasks.forge = input.forge and tasks.repository ->> 'id' = input.id
      where tasks.repo <> input."fullName" and tasks.number is not null
    ), renamed as (
      select forge, repo, number, on_repo, on_number, declared_repo, declared_number,
        coalesce((select "fullName" from old where old.forge = edge.forge and old.repo = edge.repo limit 1), repo) as new_repo,
        coalesce((select "fullName" from old where old.forge = edge.forge and old.repo = edge.on_repo limit 1), on_repo) as new_on,
        coalesce((select "fullName" from old where old.forge = edge.forge and old.repo = edge.declared_repo limit 1), declared_repo)
          as new_declared
      from task_dependencies as edge
      where exists (select from old where old.forge = edge.forge and old.repo in (edge.repo, edge.on_repo, edge.declared_repo))
    )
    update task_dependencies as edge set repo = new_repo, on_repo = new_on, declared_repo = new_declared
    from renamed
    where edge.forge = renamed.forge and edge.repo = renamed.repo and edge.number = renamed.number
      and edge.on_repo = renamed.on_repo and edge.on_number = renamed.on_number
      and edge.declared_repo = renamed.declared_repo and edge.declared_number = renamed.declared_number
      and not exists (select from task_dependencies as other
        where other.forge = edge.forge and other.repo = new_repo and other.number = edge.number
          and other.on_repo = new_on and other.on_number = edge.on_number
          and other.declared_repo = new_declared and other.declared_number = edge.declared_number)`.execute(trx);
  await sql`${PREPARED}
    update tasks set repo = input."fullName", repository = input.repository,
      key = tasks.forge || '/' || input."fullName" || case tasks.subject when 'pull' then '!' else '#' end || tasks.number
    from ${input}
    where tasks.forge = input.forge and tasks.repository ->> 'id' = input.id and tasks.repo <> input."fullName"
      and tasks.number is not null and not exists (
        select from tasks as other where other.forge = tasks.forge and other.repo = input."fullName"
          and other.number = tasks.number and other.subject = tasks.subject)`.execute(trx);
}

/** The task of a number in a repository that may be known by another name. */
export async function findTaskIdByRepository(
  db: Kysely<Database>,
  { forge, id, subject, number }: { forge: string; id: string; subject: 'issue' | 'pull'; number: number },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`${PREPARED}
    select id from tasks where forge = ${forge} and repository ->> 'id' = ${id} and number is not null
      and number = ${number} and subject = ${subject} order by ordinal limit 1`.execute(db);
  return rows[0]?.id;
}
