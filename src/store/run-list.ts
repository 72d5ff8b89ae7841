import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { createRepoMatcher, EVERY_EVENT } from '../core/event-filter.ts';
import { type Condition, isInPrefix, REPO_KEY, toRepoPrefixes, toSqlConditions } from './event-conditions.ts';
import { scanPage, type ScanSource } from './keyset-scan.ts';
import type { RunState, RunsTable } from './run-tables.ts';
import type { Database } from './schema.ts';

/** A run as lists show it: without its input, its steps and its attempts. */
export interface RunSummary {
  readonly id: string;
  /** Place in the order of insertion; the cursor of lists. */
  readonly ordinal: number;
  readonly createdAt: Date;
  readonly origin: RunsTable['origin'];
  readonly eventId: string | null;
  /** Our id of the delivery. */
  readonly deliveryId: string | null;
  readonly rule: string;
  /** Full name of the repository whose own file holds the rule; null for the hub's. */
  readonly ruleSource: string | null;
  readonly action: string;
  readonly position: number;
  readonly chain: string;
  readonly afterRun: string | null;
  readonly forge: string | null;
  readonly repo: string | null;
  readonly subject: string | null;
  readonly number: number | null;
  readonly destination: string;
  readonly credential: string | null;
  readonly state: RunState;
  readonly reason: string | null;
  readonly code: string | null;
  readonly nextAt: Date | null;
  readonly attempt: number;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** Which runs are wanted. Parameters are joined by "and", the values of one by "or"; an empty list asks for nothing. */
export interface RunFilter {
  readonly states: readonly RunState[];
  readonly actions: readonly string[];
  readonly rules: readonly string[];
  readonly forges: readonly string[];
  readonly destinations: readonly string[];
  readonly events: readonly string[];
  /** Our ids. */
  readonly deliveries: readonly string[];
  readonly chains: readonly string[];
  /** Globs over full repository names. */
  readonly repos: readonly string[];
  /** The principal's own globs; when there are any, a run without a repository is not seen. */
  readonly scopes: readonly string[];
}

/** The filter that takes every run. */
export const EVERY_RUN: RunFilter = {
  states: [],
  actions: [],
  rules: [],
  forges: [],
  destinations: [],
  events: [],
  deliveries: [],
  chains: [],
  repos: [],
  scopes: [],
};

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** `before` of the next page; null at the end. A page may be short and still not be the last. */
  readonly next: number | null;
}

export const SUMMARY_COLUMNS = [
  'id',
  'ordinal',
  'created_at',
  'origin',
  'event_id',
  'delivery_id',
  'rule',
  'rule_source',
  'action',
  'position',
  'chain',
  'after_run',
  'forge',
  'repo',
  'subject',
  'number',
  'destination',
  'credential',
  'state',
  'reason',
  'code',
  'next_at',
  'attempt',
  'started_at',
  'finished_at',
] as const;

export type SummaryRow = Pick<Selectable<RunsTable>, (typeof SUMMARY_COLUMNS)[number]>;

/** Runs, newest first. */
export async function listRuns(
  db: Kysely<Database>,
  filter: RunFilter,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<RunPage> {
  const { source, rest } = await chooseSource(db, filter);
  if (source === null) return { runs: [], next: null };
  const globs = [rest.repos, rest.scopes].filter((patterns) => patterns.length > 0);
  const matchers = globs.map(createRepoMatcher);
  const page = await scanPage<SummaryRow>(db, {
    table: 'runs',
    columns: sql.join(SUMMARY_COLUMNS.map((name) => sql.ref(name))),
    source,
    conditions: toConditions(rest),
    matches: matchers.length === 0 ? null : ({ repo }) => matchers.every((matches) => matches(repo)),
    before,
    limit,
  });
  return { runs: page.rows.map(toRunSummary), next: page.next };
}

export function toRunSummary(row: SummaryRow): RunSummary {
  return {
    id: row.id,
    ordinal: row.ordinal,
    createdAt: row.created_at,
    origin: row.origin,
    eventId: row.event_id,
    deliveryId: row.delivery_id,
    rule: row.rule,
    ruleSource: row.rule_source,
    action: row.action,
    position: row.position,
    chain: row.chain,
    afterRun: row.after_run,
    forge: row.forge,
    repo: row.repo,
    subject: row.subject,
    number: row.number,
    destination: row.destination,
    credential: row.credential,
    state: row.state,
    reason: row.reason,
    code: row.code,
    nextAt: row.next_at,
    attempt: row.attempt,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** States that most runs of a healthy hub are in: an index over them narrows nothing down. */
const COMMON_STATES: readonly RunState[] = ['succeeded', 'unchanged', 'skipped'];

/**
 * The most selective index for a filter, and what of the filter it leaves to be checked. A null source: nothing can match.
 */
async function chooseSource(
  db: Kysely<Database>,
  filter: RunFilter,
): Promise<{ source: ScanSource | null; rest: RunFilter }> {
  const { events, deliveries, states, repos, scopes } = filter;
  if (events.length > 0) {
    return { source: { kind: 'few', condition: isOneId('event_id', events) }, rest: { ...filter, events: [] } };
  }
  if (deliveries.length > 0) {
    const condition = isOneId('delivery_id', deliveries);
    return { source: { kind: 'few', condition }, rest: { ...filter, deliveries: [] } };
  }
  const byState: ScanSource = { kind: 'values', column: sql<string>`state`, values: states };
  const hasStates = states.length > 0;
  if (hasStates && !states.some((state) => COMMON_STATES.includes(state))) {
    return { source: byState, rest: { ...filter, states: [] } };
  }
  const globs = repos.length > 0 ? repos : scopes;
  const keys = globs.length === 0 ? null : await findRepoKeys(db, globs);
  if (keys !== null) {
    const values = keys.filter(createRepoMatcher(scopes));
    const source: ScanSource = { kind: 'values', column: REPO_KEY, values };
    return { source: values.length === 0 ? null : source, rest: { ...filter, repos: [], scopes: [] } };
  }
  if (hasStates) return { source: byState, rest: { ...filter, states: [] } };
  return { source: { kind: 'all' }, rest: filter };
}

/** More repositories than these are not read one by one. */
const MOST_KEYS = 150;

/** The repositories with runs that globs take, in the form of the index; null when they are many. Hops from name to name. */
async function findRepoKeys(db: Kysely<Database>, globs: readonly string[]): Promise<string[] | null> {
  const beginning = toRepoPrefixes(globs);
  if (beginning?.exact === true) return beginning.prefixes;
  const matches = createRepoMatcher(globs);
  const keys = new Set<string>();
  for (const prefix of beginning?.prefixes ?? ['']) {
    const within = prefix === '' ? sql<boolean>`${REPO_KEY} > ''` : isInPrefix(REPO_KEY, prefix);
    const result = await sql<{ key: string }>`
      with recursive names (key) as (
        (select ${REPO_KEY} from runs where ${within} order by ${REPO_KEY} limit 1)
        union all
        select (select ${REPO_KEY} from runs where ${REPO_KEY} > names.key and ${within} order by ${REPO_KEY} limit 1)
        from names where names.key is not null
      ) select key from names where key is not null limit ${MOST_KEYS + 1}`.execute(db);
    if (result.rows.length > MOST_KEYS) return null;
    for (const { key } of result.rows) if (matches(key)) keys.add(key);
  }
  return keys.size > MOST_KEYS ? null : [...keys];
}

function toConditions(filter: RunFilter): Condition[] {
  const { states, actions, rules, forges, destinations, deliveries, chains, repos, scopes } = filter;
  const texts = [
    ['state', states],
    ['action', actions],
    ['rule', rules],
    ['forge', forges],
    ['destination', destinations],
  ] as const;
  return [
    ...texts.filter(([, values]) => values.length > 0).map(([column, values]) => isOneOf(sql.ref(column), values)),
    ...(deliveries.length > 0 ? [isOneId('delivery_id', deliveries)] : []),
    ...(chains.length > 0 ? [isOneId('chain', chains)] : []),
    // Only the fixed beginning of each glob; the matchers look at the whole name.
    ...toSqlConditions({ ...EVERY_EVENT, repos, scopes }),
  ];
}

function isOneOf(column: RawBuilder<unknown>, values: readonly string[]): Condition {
  return sql<boolean>`${column} = any(${[...values]}::text[])`;
}

function isOneId(column: string, ids: readonly string[]): Condition {
  return sql<boolean>`${sql.ref(column)} = any(${[...ids]}::uuid[])`;
}
