import { type Kysely, type Selectable, sql } from 'kysely';
import { createRepoMatcher, EVERY_EVENT } from '../core/event-filter.ts';
import type { TaskState } from '../core/vocabulary.ts';
import { type Condition, toSqlConditions } from './event-conditions.ts';
import { scanPage, type ScanSource } from './keyset-scan.ts';
import type { Database } from './schema.ts';
import type { Task } from './task-record.ts';
import type { TasksTable } from './task-tables.ts';
import { toTask } from './tasks.ts';

/** Which tasks are wanted. Parameters are joined by "and", the values of one by "or"; an empty list asks for nothing. */
export interface TaskListFilter {
  readonly states: readonly TaskState[];
  readonly forge: string | null;
  /** Globs over full repository names. */
  readonly repos: readonly string[];
  /** The principal's own globs; when there are any, a task without a repository is not seen. */
  readonly scopes: readonly string[];
  /** Who holds it, or was selected for it. */
  readonly agent: string | null;
  readonly label: string | null;
}

export interface TaskListPage {
  readonly tasks: readonly ListedTask[];
  /** `before` of the next page; null at the end. A page may be short and still not be the last. */
  readonly next: number | null;
}

/** A task and its place in the order of creation. */
export interface ListedTask {
  readonly ordinal: number;
  readonly task: Task;
}

type Row = Selectable<TasksTable>;

/** Everything but the text, which can be long. */
const COLUMNS = sql.raw(
  [
    'id, ordinal, key, forge, repo, subject, number, repository, title, url, author, labels, reasons, round, state, reason, closed',
    'quarantined_by, approved_by, priority, estimate, difficulty, dependents, blockers, options, chosen_agent, chosen_because',
    'chosen_until, attempt, fence, agent, principal, lease_hash, lease_until, claimed_at, percent, note, question, handover',
    `last_entry, heard_through, revision, created_at, updated_at, queued_at, finished_at, '' as body`,
  ].join(', '),
);

/** Tasks, newest first, without their texts, what was read in them and their results. */
export async function listTasks(
  db: Kysely<Database>,
  filter: TaskListFilter,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<TaskListPage> {
  const { states, forge, repos, scopes, agent, label } = filter;
  const source: ScanSource =
    states.length === 0 ? { kind: 'all' } : { kind: 'values', column: sql<string>`state`, values: states };
  const conditions: Condition[] = [
    sql<boolean>`round > 0`,
    ...(forge === null ? [] : [sql<boolean>`forge = ${forge}`]),
    ...(agent === null
      ? []
      : [
          sql<boolean>`(chosen_agent = ${agent} and lease_until is null or agent = ${agent} and lease_until is not null)`,
        ]),
    ...(label === null
      ? []
      : [
          sql<boolean>`exists (select 1 from json_array_elements_text(labels) as label where lower(label) = ${label.toLowerCase()})`,
        ]),
    // Only the fixed beginning of each glob; the matchers look at the whole name.
    ...toSqlConditions({ ...EVERY_EVENT, repos, scopes }),
  ];
  const matchers = [repos, scopes].filter((globs) => globs.length > 0).map(createRepoMatcher);
  const page = await scanPage<Row>(db, {
    table: 'tasks',
    columns: COLUMNS,
    source,
    conditions,
    matches: matchers.length === 0 ? null : ({ repo }) => matchers.every((matches) => matches(repo)),
    before,
    limit,
  });
  return { tasks: page.rows.map((row) => ({ ordinal: row.ordinal, task: toTask(row) })), next: page.next };
}

/** Tasks that wait for an agent or for something before, oldest first, without their texts. */
export async function listTasksToSelect(
  db: Kysely<Database>,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<ListedTask[]> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from tasks
    where state in ('blocked', 'queued', 'awaiting_approval') and ordinal > ${after}
    order by ordinal limit ${limit}`.execute(db);
  return rows.map((row) => ({ ordinal: row.ordinal, task: toTask(row) }));
}

/** The place of a task in the order of creation. */
export async function findOrdinal(db: Kysely<Database>, id: string): Promise<number | undefined> {
  const row = await db.selectFrom('tasks').select('ordinal').where('id', '=', id).executeTakeFirst();
  return row?.ordinal;
}
