import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { toIsoTime } from '../core/clock.ts';
import { toJsonText } from './json-text.ts';
import { PREPARED } from './prepared.ts';
import type { Database } from './schema.ts';
import type { NewEntry, Task } from './task-record.ts';
import type { TaskLeasesTable, TasksTable } from './task-tables.ts';

/** Rows of tasks. A row is changed by whoever holds its lock, as a whole, together with its journal and the record of its lease. */

type Kind = 'text' | 'integer' | 'bigint' | 'timestamptz' | 'json' | 'hash';

/** What of a task may change, and how its column keeps it. Columns are named like their fields, in lower case with underscores. */
const FIELDS = {
  forge: 'text',
  repo: 'text',
  subject: 'text',
  number: 'bigint',
  repository: 'json',
  title: 'text',
  body: 'text',
  url: 'text',
  author: 'text',
  labels: 'json',
  reasons: 'json',
  round: 'integer',
  state: 'text',
  reason: 'text',
  closed: 'text',
  quarantinedBy: 'text',
  approvedBy: 'text',
  priority: 'integer',
  estimate: 'bigint',
  difficulty: 'text',
  understood: 'json',
  dependents: 'integer',
  blockers: 'integer',
  options: 'json',
  chosenAgent: 'text',
  chosenBecause: 'text',
  chosenUntil: 'timestamptz',
  attempt: 'integer',
  fence: 'bigint',
  agent: 'text',
  principal: 'text',
  leaseHash: 'hash',
  leaseUntil: 'timestamptz',
  claimedAt: 'timestamptz',
  percent: 'integer',
  note: 'text',
  question: 'text',
  handover: 'text',
  submitted: 'json',
  verdicts: 'json',
  result: 'json',
  lastEntry: 'integer',
  heardThrough: 'integer',
  revision: 'integer',
  updatedAt: 'timestamptz',
  queuedAt: 'timestamptz',
  finishedAt: 'timestamptz',
} as const satisfies Record<Exclude<keyof Task, 'id' | 'key' | 'createdAt'>, Kind>;

const CHANGEABLE = Object.entries(FIELDS).map(([field, kind]) => ({
  field,
  kind,
  column: toColumn(field),
}));
const KEPT = [
  { field: 'id', kind: 'text', column: 'id' },
  { field: 'key', kind: 'text', column: 'key' },
  { field: 'createdAt', kind: 'timestamptz', column: 'created_at' },
] as const;
const ALL = [...KEPT, ...CHANGEABLE];

function toColumn(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A row in the types of the machine. JSON columns come from the database as text. */
export function toTask(row: Selectable<TasksTable>): Task {
  const values: Readonly<Record<string, unknown>> = { ...row };
  return Object.fromEntries(
    ALL.map(({ field, kind, column }) => [field, toValue(kind, values[column])]),
  ) as unknown as Task;
}

function toValue(kind: Kind, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (kind === 'timestamptz') return toIsoTime((value as Date).getTime());
  if (kind === 'json') return JSON.parse(value as string);
  if (kind === 'hash') return (value as Buffer).toString('hex');
  return value;
}

export async function findTask(db: Kysely<Database>, id: string): Promise<Task | undefined> {
  const row = await db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toTask(row);
}

/** @param key as `toTaskKey` makes it, or of the task's maker. */
export async function findTaskByKey(db: Kysely<Database>, key: string): Promise<Task | undefined> {
  const row = await db.selectFrom('tasks').selectAll().where('key', '=', key).executeTakeFirst();
  return row === undefined ? undefined : toTask(row);
}

export interface LockedTasks {
  /** The database's time when the last lock was had. */
  readonly nowAt: string;
  /** By id; an unknown id is missing. */
  readonly tasks: ReadonlyMap<string, Task>;
}

/** Locks tasks until the transaction ends, in the order of their ids, so that two transactions never wait for each other. */
export async function lockTasks(trx: Transaction<Database>, ids: readonly string[]): Promise<LockedTasks> {
  const { rows } = await sql<Selectable<TasksTable> & { now_at: Date }>`${PREPARED}
    with locked as materialized (
      select * from tasks where id = any(${[...ids]}::uuid[]) order by id for update
    )
    select locked.*, clock_timestamp() as now_at from locked`.execute(trx);
  const nowMs = rows.reduce((latest, row) => Math.max(latest, row.now_at.getTime()), 0);
  return {
    nowAt: toIsoTime(nowMs),
    tasks: new Map(rows.map((row) => [row.id, toTask(row)])),
  };
}

/** The database's time. */
export async function readNow(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ now_at: Date }>`select clock_timestamp() as now_at`.execute(db);
  return toIsoTime((rows[0] as { now_at: Date }).now_at.getTime());
}

/** Makes the row of a key unless there is one; waits for whoever is making it. @returns the id of the row. */
export async function ensureTask(trx: Transaction<Database>, task: Task): Promise<string> {
  const { rows: made } = await sql<{ id: string }>`${PREPARED}
    insert into tasks (${sql.raw(ALL.map(({ column }) => column).join(', '))})
    select ${sql.raw(ALL.map(toExpression).join(', '))}
    from json_to_recordset(${toJsonText([task])}::json) as input (${sql.raw(ALL.map(toDefinition).join(', '))})
    on conflict (key) do nothing
    returning id`.execute(trx);
  const [own] = made;
  if (own !== undefined) return own.id;
  // A statement of its own: only a new snapshot sees what another process committed while the insert waited for it.
  const row = await trx.selectFrom('tasks').select('id').where('key', '=', task.key).executeTakeFirstOrThrow();
  return row.id;
}

/** One changed task, its new lines in the journal, and how leases that it had before ended. */
export interface TaskChange {
  readonly before: Task;
  readonly task: Task;
  /** Each with the fence of the lease it belongs to; null for what belongs to none. */
  readonly entries: readonly (NewEntry & { readonly fence: number | null })[];
  readonly leasesEnded: readonly { readonly fence: number; readonly how: NonNullable<TaskLeasesTable['ended']> }[];
}

/** Saves tasks whose locks are held. The journal is numbered so that it ends with `lastEntry` of the task. */
export async function saveTasks(
  trx: Transaction<Database>,
  changes: readonly TaskChange[],
  nowAt: string,
): Promise<void> {
  const isQuiet = ({ before, task }: TaskChange) => before.revision === task.revision;
  await saveLeases(
    trx,
    changes.filter(isQuiet).map(({ task }) => task),
  );
  await saveWhole(
    trx,
    changes.filter((change) => !isQuiet(change)),
    nowAt,
  );
}

/** A heartbeat without news is by far the most frequent change, and leaves the rest of a wide row alone. */
async function saveLeases(trx: Transaction<Database>, tasks: readonly Task[]): Promise<void> {
  if (tasks.length === 0) return;
  const rows = tasks.map(({ id, leaseUntil, heardThrough }) => ({ id, leaseUntil, heardThrough }));
  await sql`${PREPARED}
    update tasks set lease_until = input."leaseUntil", heard_through = input."heardThrough"
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as input (id uuid, "leaseUntil" timestamptz, "heardThrough" integer)
    where tasks.id = input.id`.execute(trx);
}

async function saveWhole(trx: Transaction<Database>, changes: readonly TaskChange[], nowAt: string): Promise<void> {
  if (changes.length === 0) return;
  const ends = changes.flatMap(({ task, leasesEnded }) => leasesEnded.map((end) => ({ id: task.id, ...end })));
  await sql`${PREPARED}
    with saved as (
      update tasks set ${sql.raw(CHANGEABLE.map(toAssignment).join(', '))}
      from json_to_recordset(${toJsonText(changes.map(toRecord))}::json)
        as input (id uuid, ${sql.raw(CHANGEABLE.map(toDefinition).join(', '))})
      where tasks.id = input.id
    ), ended as (
      update task_leases set ended = input.how, ended_at = ${nowAt}::timestamptz
      from json_to_recordset(${JSON.stringify(ends)}::json) as input (id uuid, fence bigint, how text)
      where task_id = input.id and task_leases.fence = input.fence and task_leases.ended is null
    )
    insert into task_entries (task_id, number, at, kind, by, fence, is_news, data)
    select "taskId", number, ${nowAt}::timestamptz, kind, by, fence, "isNews", data
    from json_to_recordset(${toJsonText(changes.flatMap(toEntryRows))}::json)
      as input ("taskId" uuid, number integer, kind text, by text, fence bigint, "isNews" boolean, data json)`.execute(
    trx,
  );
}

/** The text of an issue can be long, and is neither sent nor written again while it stays the same. */
function toRecord({ before, task }: TaskChange) {
  return before.body === task.body ? { ...task, body: null } : task;
}

function toAssignment(one: (typeof CHANGEABLE)[number]): string {
  return `${one.column} = ${one.field === 'body' ? 'coalesce(input.body, tasks.body)' : toExpression(one)}`;
}

function toEntryRows({ task, entries }: TaskChange) {
  const before = task.lastEntry - entries.length;
  return entries.map((entry, index) => ({ ...entry, taskId: task.id, number: before + index + 1 }));
}

function toDefinition({ field, kind, column }: { field: string; kind: Kind; column: string }): string {
  const type = column === 'id' ? 'uuid' : kind === 'hash' ? 'text' : kind;
  return `"${field}" ${type}`;
}

function toExpression({ field, kind }: { field: string; kind: Kind }): string {
  return kind === 'hash' ? `decode(input."${field}", 'hex')` : `input."${field}"`;
}
