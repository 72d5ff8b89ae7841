import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { toIsoTime } from '../core/clock.ts';
import { toJsonText } from './json-text.ts';
import { PREPARED } from './prepared.ts';
import type { Database } from './schema.ts';
import type { NewEntry } from './task-record.ts';
import type { TaskEntriesTable } from './task-tables.ts';

/** The journal of a task: what happened to it. */

/** A line of the journal. */
export interface TaskEntryRow {
  readonly number: number;
  readonly at: string;
  readonly kind: string;
  readonly by: string | null;
  readonly fence: number | null;
  readonly data: Record<string, unknown>;
}

/** Appends to the journal of a task whose lock is held, so that it ends with the number `last`. */
export async function insertEntries(
  trx: Transaction<Database>,
  task: { readonly id: string; readonly fence: number; readonly lastEntry: number },
  entries: readonly NewEntry[],
  nowAt: string,
): Promise<void> {
  const first = task.lastEntry - entries.length + 1;
  const rows = entries.map((entry, index) => ({ ...entry, number: first + index }));
  await sql`${PREPARED}
    insert into task_entries (task_id, number, at, kind, by, fence, is_news, data)
    select ${task.id}::uuid, number, ${nowAt}::timestamptz, kind, by, ${task.fence}::bigint, "isNews", data
    from json_to_recordset(${toJsonText(rows)}::json)
      as input (number integer, kind text, by text, "isNews" boolean, data json)`.execute(trx);
}

/** The news of a task after an entry, oldest first; `isCut` when there are more. */
export async function listNews(
  db: Kysely<Database>,
  taskId: string,
  after: number,
): Promise<{ readonly news: TaskEntryRow[]; readonly isCut: boolean }> {
  const rows = await db
    .selectFrom('task_entries')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('number', '>', after)
    .where('is_news', '=', true)
    .orderBy('number')
    .limit(MOST_NEWS + 1)
    .execute();
  return { news: rows.slice(0, MOST_NEWS).map(toEntry), isCut: rows.length > MOST_NEWS };
}

/** News that are told at once. */
const MOST_NEWS = 200;

/** Notes how far the holder of a task whose lock is held was told the journal. */
export async function saveHeardThrough(trx: Transaction<Database>, taskId: string, number: number): Promise<void> {
  await trx.updateTable('tasks').set({ heard_through: number }).where('id', '=', taskId).execute();
}

/** The last entries of some kinds, oldest first. */
export async function listEntriesOf(
  db: Kysely<Database>,
  taskId: string,
  { kinds, limit }: { readonly kinds: readonly string[]; readonly limit: number },
): Promise<TaskEntryRow[]> {
  const rows = await db
    .selectFrom('task_entries')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('kind', 'in', [...kinds])
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows.toReversed().map(toEntry);
}

/** The last entries of a journal, oldest first. */
export async function listLastEntries(db: Kysely<Database>, taskId: string, limit: number): Promise<TaskEntryRow[]> {
  const rows = await db
    .selectFrom('task_entries')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows.toReversed().map(toEntry);
}

function toEntry(row: Selectable<TaskEntriesTable>): TaskEntryRow {
  return {
    number: row.number,
    at: toIsoTime(row.at.getTime()),
    kind: row.kind,
    by: row.by,
    fence: row.fence,
    // JSON comes as text.
    data: JSON.parse(row.data as string) as Record<string, unknown>,
  };
}
