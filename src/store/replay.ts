import { type Kysely, sql, type Transaction } from 'kysely';
import type { MatchedRule } from './events.ts';
import type { BookChange } from './run-books.ts';
import type { RunOptions, RunState } from './run-tables.ts';
import type { Database } from './schema.ts';

/** What a replay reads of the past, in pages, and the few changes that only a replay makes. */

/** A run that an event set off, as far as a replay looks at it. */
export interface PastRun {
  readonly id: string;
  readonly eventId: string;
  readonly rule: string;
  /** Full name of the repository whose own file holds the rule; null for the hub's. */
  readonly source: string | null;
  readonly action: string;
  readonly position: number;
  readonly destination: string;
  readonly state: RunState;
  readonly code: string | null;
  /** Whether its input could be rendered; without one there is nothing to send. */
  readonly isRendered: boolean;
}

/** What is kept beside an event. */
export interface EventRecord {
  /** Our id of the delivery it came from. */
  readonly deliveryId: string | null;
  /** What the rules did that matched. */
  readonly matched: readonly MatchedRule[];
}

/** The stretch of the stream that holds all events received within a time, others too; undefined when it is empty. */
export async function findSeqRange(
  db: Kysely<Database>,
  { sinceAt, untilAt }: { readonly sinceAt: string | null; readonly untilAt: string | null },
): Promise<{ readonly first: number; readonly last: number } | undefined> {
  const from = sinceAt === null ? sql`true` : sql`received_at >= ${sinceAt}::timestamptz`;
  const to = untilAt === null ? sql`true` : sql`received_at <= ${untilAt}::timestamptz`;
  const { rows } = await sql<{ first: number | null; last: number | null }>`
    select (select seq from events where ${from} order by seq limit 1) as first,
      (select seq from events where ${to} order by seq desc limit 1) as last`.execute(db);
  const { first = null, last = null } = rows[0] ?? {};
  return first === null || last === null || first > last ? undefined : { first, last };
}

/** What is kept beside events, by their id. */
export async function listEventRecords(
  db: Kysely<Database>,
  seqs: readonly number[],
): Promise<Map<string, EventRecord>> {
  const { rows } = await sql<{ id: string; deliveryId: string | null; matched: string | null }>`
    select id, delivery_id as "deliveryId", matched::text as matched from events
    where seq = any(${[...seqs]}::bigint[])`.execute(db);
  return new Map(rows.map(({ id, deliveryId, matched }) => [id, { deliveryId, matched: parseMatched(matched) }]));
}

/** Events by their ids, in order; ids that are not known are left out. */
export async function listEventsById(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<{ readonly seq: number; readonly id: string; readonly json: string }[]> {
  const { rows } = await sql<{ seq: number; id: string; json: string }>`
    select seq, id, event::text as json from events where id = any(${[...ids]}::uuid[]) order by seq`.execute(db);
  return rows;
}

/** The runs that events set off, in the order in which they were made. */
export async function listPastRuns(db: Kysely<Database>, eventIds: readonly string[]): Promise<PastRun[]> {
  if (eventIds.length === 0) return [];
  const { rows } = await sql<PastRun>`
    select id, event_id as "eventId", rule, rule_source as source, action, position, destination, state, code,
      input::text <> 'null' as "isRendered"
    from runs where event_id = any(${[...eventIds]}::uuid[]) order by ordinal`.execute(db);
  return rows;
}

/** A dead run that could never be rendered, and the one that takes its place. */
export interface Replacement {
  readonly id: string;
  readonly by: string;
}

/**
 * Puts dead runs without input to rest and lets what waited for them, or was cancelled because of them, wait for the runs in their
 * place. @returns what changes in the books.
 */
export async function replaceRuns(
  trx: Transaction<Database>,
  replacements: readonly Replacement[],
  nowAt: string,
): Promise<BookChange[]> {
  if (replacements.length === 0) return [];
  const input = sql`jsonb_to_recordset(${JSON.stringify(replacements)}::jsonb) as input (id uuid, by uuid)`;
  const { rows: replaced } = await sql<{ deliveryId: string | null }>`
    update runs set state = 'cancelled', code = null, next_at = null, finished_at = ${nowAt}::timestamptz,
      reason = 'Run ' || input.by || ' of a replay took its place, rendered anew.'
    from ${input}
    where runs.id = input.id and runs.state = 'dead' and runs.input::text = 'null'
    returning runs.delivery_id as "deliveryId"`.execute(trx);
  const { rows: revived } = await sql<{ deliveryId: string | null }>`
    update runs set state = 'waiting', reason = 'Waits for the run before it in the same rule.', code = null, finished_at = null
    from ${input} join runs ended on ended.id = input.id
    where runs.chain = ended.chain and runs.event_id = ended.event_id and runs.position > ended.position
      and runs.after_run is not null and runs.state = 'cancelled' and runs.code = 'run_not_movable'
    returning runs.delivery_id as "deliveryId"`.execute(trx);
  await sql`update runs set after_run = input.by from ${input} where runs.after_run = input.id`.execute(trx);
  return [...toChanges(replaced, { open: 0, dead: -1 }), ...toChanges(revived, { open: 1, dead: 0 })];
}

/** What a dead run is given anew, since the rule that it came from was corrected. */
export interface Renewal {
  readonly id: string;
  /** JSON text. */
  readonly input: string;
  readonly credential: string | null;
  readonly options: RunOptions;
}

/** Gives dead runs another input, which they are then redriven with. */
export async function renewInputs(trx: Transaction<Database>, renewals: readonly Renewal[]): Promise<void> {
  if (renewals.length === 0) return;
  await sql`
    update runs set input = input.input::json, credential = input.credential, options = input.options
    from json_to_recordset(${JSON.stringify(renewals)}::json) as input (id uuid, input text, credential text, options json)
    where runs.id = input.id and runs.state = 'dead'`.execute(trx);
}

/**
 * Gets skipped runs going, such as those that a paused rule was not to make. One with a run before it waits for that, unless that has
 * ended well. @returns what changes in the books, and how many go on.
 */
export async function reviveSkippedRuns(
  trx: Transaction<Database>,
  ids: readonly string[],
  nowAt: string,
): Promise<{ readonly changes: readonly BookChange[]; readonly revived: number }> {
  if (ids.length === 0) return { changes: [], revived: 0 };
  const wanted = sql`any(${[...ids]}::uuid[])`;
  const { rows } = await sql<{ deliveryId: string | null }>`
    with chosen as (
      select skipped.id, coalesce(before.state not in ('succeeded', 'unchanged', 'skipped') or before.id = ${wanted}, false) as waits
      from runs skipped left join runs before on before.id = skipped.after_run
      where skipped.id = ${wanted} and skipped.state = 'skipped'
    )
    update runs set state = case when chosen.waits then 'waiting' else 'queued' end, code = null, burned = 0, finished_at = null,
      first_attempt_at = null, next_at = case when chosen.waits then null else ${nowAt}::timestamptz end,
      reason = case when chosen.waits then 'Waits for the run before it in the same rule.' end
    from chosen where runs.id = chosen.id and runs.state = 'skipped'
    returning runs.delivery_id as "deliveryId"`.execute(trx);
  return { changes: toChanges(rows, { open: 1, dead: 0 }), revived: rows.length };
}

/** What is kept beside events, their rows locked until the end of the transaction, by their id. */
export async function lockMatched(
  trx: Transaction<Database>,
  seqs: readonly number[],
): Promise<Map<string, readonly MatchedRule[]>> {
  const { rows } = await sql<{ id: string; matched: string | null }>`
    select id, matched::text as matched from events where seq = any(${[...seqs]}::bigint[]) order by seq for update`.execute(
    trx,
  );
  return new Map(rows.map(({ id, matched }) => [id, parseMatched(matched)]));
}

/** Keeps what rules did for events, in place of what was kept. */
export async function saveMatched(
  trx: Transaction<Database>,
  rows: readonly { readonly seq: number; readonly matched: readonly MatchedRule[] }[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    update events set matched = input.matched
    from json_to_recordset(${JSON.stringify(rows)}::json) as input (seq bigint, matched json)
    where events.seq = input.seq`.execute(trx);
}

function parseMatched(text: string | null): readonly MatchedRule[] {
  return text === null ? [] : (JSON.parse(text) as MatchedRule[]);
}

function toChanges(
  rows: readonly { readonly deliveryId: string | null }[],
  change: Pick<BookChange, 'open' | 'dead'>,
): BookChange[] {
  return rows.flatMap(({ deliveryId }) => (deliveryId === null ? [] : [{ deliveryId, effected: 0, ...change }]));
}
