import { type Kysely, type Selectable, sql } from 'kysely';
import { createRepoMatcher, EVERY_EVENT } from '../core/event-filter.ts';
import { toSqlConditions } from './event-conditions.ts';
import { scanPage } from './keyset-scan.ts';
import { PREPARED } from './prepared.ts';
import type { LedgerRunsTable } from './run-tables.ts';
import type { Database } from './schema.ts';

/** The ledger: nodes, each a source of runs, and the record of those runs. */

/** Something that ran, as it is recorded. */
export interface LedgerEntry {
  /** Id of Fettle's run that records it; the same id again changes nothing. */
  readonly id: string;
  readonly node: string;
  /** Null keeps the title that the node has; a new node is then called by its id. */
  readonly nodeTitle: string | null;
  readonly trigger: string;
  readonly startedAt: string;
  /** Null while it runs. */
  readonly finishedAt: string | null;
  /** `success`, `failure`, `cancelled`, `skipped`, `running` or a word of one's own; failures are counted. */
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly title: string | null;
  readonly url: string | null;
  readonly actor: string | null;
  readonly forge: string | null;
  readonly repo: string | null;
  readonly eventId: string | null;
  readonly chain: string | null;
}

/**
 * Records a run and counts it on its node, in one statement. A node belongs to a forge and a repository as long as all its runs do;
 * its last run is the one that started last. @returns false when the run was on record already.
 */
export async function recordLedgerRun(db: Kysely<Database>, entry: LedgerEntry): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`${PREPARED}
    with recorded as (
      insert into ledger_runs (id, node_id, trigger, started_at, finished_at, status, counts, title, url, actor, forge, repo, event_id, chain)
      values (${entry.id}, ${entry.node}, ${entry.trigger}, ${entry.startedAt}::timestamptz, ${entry.finishedAt}::timestamptz,
        ${entry.status}, ${JSON.stringify(entry.counts)}::jsonb, ${entry.title}, ${entry.url}, ${entry.actor}, ${entry.forge},
        ${entry.repo}, ${entry.eventId}::uuid, ${entry.chain}::uuid)
      on conflict (id) do nothing
      returning id, node_id, started_at, status, forge, repo
    )
    insert into ledger_nodes as node (id, title, forge, repo, first_run_at, last_run_at, last_run_id, last_status, runs, failures)
    select node_id, coalesce(${entry.nodeTitle}::text, node_id), forge, repo, started_at, started_at, id, status, 1,
      case when status = 'failure' then 1 else 0 end from recorded
    on conflict (id) do update set
      title = coalesce(${entry.nodeTitle}::text, node.title),
      forge = case when node.forge = excluded.forge then node.forge end,
      repo = case when node.forge = excluded.forge and node.repo = excluded.repo then node.repo end,
      first_run_at = least(node.first_run_at, excluded.first_run_at),
      last_run_id = case when excluded.last_run_at >= node.last_run_at then excluded.last_run_id else node.last_run_id end,
      last_status = case when excluded.last_run_at >= node.last_run_at then excluded.last_status else node.last_status end,
      last_run_at = greatest(node.last_run_at, excluded.last_run_at),
      runs = node.runs + 1,
      failures = node.failures + excluded.failures
    returning id`.execute(db);
  return rows.length === 1;
}

/** A run in the ledger. */
export interface LedgerRun extends Omit<LedgerEntry, 'nodeTitle' | 'startedAt' | 'finishedAt'> {
  /** Place in the order of recording; the cursor of lists. */
  readonly ordinal: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** A node with what is known of its runs. */
export interface LedgerNode {
  readonly id: string;
  readonly title: string;
  /** Null when its runs belong to none or to several. */
  readonly forge: string | null;
  readonly repo: string | null;
  readonly firstRunAt: Date;
  readonly runs: number;
  readonly failures: number;
  /** Null when retention dropped it. */
  readonly lastRun: LedgerRun | null;
  readonly lastRunAt: Date;
  readonly lastStatus: string;
}

/** Nodes read at a time; narrow scopes may leave out many of them. */
const NODES_READ = 1_000;

/**
 * Nodes in the order of their ids, those that the principal may see.
 * @param query `after` is the id of the last node of the page before; `scopes` are the globs of the principal.
 */
export async function listLedgerNodes(
  db: Kysely<Database>,
  query: { readonly scopes: readonly string[]; readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly nodes: readonly LedgerNode[]; readonly next: string | null }> {
  const isVisible = createRepoMatcher(query.scopes);
  const size = query.scopes.length === 0 ? query.limit : NODES_READ;
  const rows = await db
    .selectFrom('ledger_nodes')
    .selectAll()
    .where('id', '>', query.after ?? '')
    .orderBy('id')
    .limit(size)
    .execute();
  const shown = rows.filter(({ repo }) => isVisible(repo)).slice(0, query.limit);
  const last = shown.length === query.limit ? shown.at(-1) : rows.length === size ? rows.at(-1) : undefined;
  const runs = await findLedgerRuns(
    db,
    shown.map((row) => row.last_run_id),
  );
  const nodes = shown.map((row): LedgerNode => ({
    id: row.id,
    title: row.title,
    forge: row.forge,
    repo: row.repo,
    firstRunAt: row.first_run_at,
    runs: row.runs,
    failures: row.failures,
    lastRun: runs.get(row.last_run_id) ?? null,
    lastRunAt: row.last_run_at,
    lastStatus: row.last_status,
  }));
  return { nodes, next: last?.id ?? null };
}

async function findLedgerRuns(db: Kysely<Database>, ids: readonly string[]): Promise<Map<string, LedgerRun>> {
  const rows = await db
    .selectFrom('ledger_runs')
    .selectAll()
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, toLedgerRun(row)]));
}

export interface LedgerQuery {
  readonly node?: string | undefined;
  readonly status?: string | undefined;
  /** The principal's own globs. */
  readonly scopes: readonly string[];
  /** Only runs with a smaller ordinal. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Runs of the ledger, the last recorded first. A page may be short and still not be the last: go on while `next` is set. */
export async function listLedgerRuns(
  db: Kysely<Database>,
  query: LedgerQuery,
): Promise<{ readonly runs: readonly LedgerRun[]; readonly next: number | null }> {
  const { node, status, scopes, before, limit } = query;
  const isVisible = createRepoMatcher(scopes);
  const page = await scanPage<Selectable<LedgerRunsTable>>(db, {
    table: 'ledger_runs',
    columns: sql`*`,
    source: node === undefined ? { kind: 'all' } : { kind: 'values', column: sql<string>`node_id`, values: [node] },
    conditions: [
      ...(status === undefined ? [] : [sql<boolean>`status = ${status}`]),
      ...toSqlConditions({ ...EVERY_EVENT, scopes }),
    ],
    matches: scopes.length === 0 ? null : ({ repo }) => isVisible(repo),
    before,
    limit,
  });
  return { runs: page.rows.map(toLedgerRun), next: page.next };
}

function toLedgerRun(row: Selectable<LedgerRunsTable>): LedgerRun {
  return {
    id: row.id,
    ordinal: row.ordinal,
    node: row.node_id,
    trigger: row.trigger,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    status: row.status,
    counts: row.counts,
    title: row.title,
    url: row.url,
    actor: row.actor,
    forge: row.forge,
    repo: row.repo,
    eventId: row.event_id,
    chain: row.chain,
  };
}
