import { type Kysely, sql, type Transaction } from 'kysely';
import { PREPARED } from './prepared.ts';
import { type BookChange, settleBooks } from './run-books.ts';
import type { AttemptRecord, RunOptions, RunState, RunsTable, StepRecord } from './run-tables.ts';
import type { Database } from './schema.ts';
import { transact } from './transact.ts';

/** The states in which a run is over; only a person gets a dead or cancelled one going again. */
export const TERMINAL_STATES = ['succeeded', 'unchanged', 'skipped', 'dead', 'cancelled'] as const;

/** Whether a run in this state is over. */
export function isTerminal(state: RunState): boolean {
  return (TERMINAL_STATES as readonly RunState[]).includes(state);
}

/** A run to be inserted. */
export interface NewRun {
  readonly id: string;
  readonly createdAt: string;
  readonly eventId: string | null;
  readonly eventReceivedAt: string | null;
  readonly deliveryId: string | null;
  readonly origin: RunsTable['origin'];
  readonly rule: string;
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
  readonly orderKey: string | null;
  readonly credential: string | null;
  /** JSON text. */
  readonly input: string;
  readonly options: RunOptions;
  readonly priority: number;
  readonly hops: number;
  readonly state: 'queued' | 'waiting' | 'skipped' | 'dead';
  readonly reason: string | null;
  readonly code: string | null;
  readonly nextAt: string | null;
  readonly finishedAt: string | null;
}

/** Inserts runs in order; those that exist stay as they are. @returns the ids that are new. */
export async function insertRuns(db: Kysely<Database>, runs: readonly NewRun[]): Promise<Set<string>> {
  if (runs.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`${PREPARED}
    insert into runs (id, created_at, event_id, event_received_at, delivery_id, origin, rule, rule_source, action, position, chain,
      after_run, forge, repo, subject, number, destination, order_key, credential, input, options, priority, hops, state, reason, code,
      next_at, attempt, burned, finished_at, steps, attempts, calls)
    select id, "createdAt", "eventId", "eventReceivedAt", "deliveryId", origin, rule, "ruleSource", action, position, chain,
      "afterRun", forge, repo, subject, number, destination, "orderKey", credential, input::json, options, priority, hops, state,
      reason, code, "nextAt", 0, 0, "finishedAt", '[]', '[]', '{}'
    from rows from (json_to_recordset(${JSON.stringify(runs)}::json)
      as (id uuid, "createdAt" timestamptz, "eventId" uuid, "eventReceivedAt" timestamptz, "deliveryId" uuid, origin text, rule text,
        "ruleSource" text, action text, position integer, chain uuid, "afterRun" uuid, forge text, repo text, subject text,
        number bigint, destination text, "orderKey" text, credential text, input text, options json, priority integer, hops integer,
        state text, reason text, code text, "nextAt" timestamptz, "finishedAt" timestamptz)) with ordinality as input
    order by ordinality
    on conflict (id) do nothing
    returning id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** What a worker reports about a run it holds. */
export interface RunReport {
  readonly id: string;
  /** The attempt it holds; a report about an attempt that was taken away changes nothing. */
  readonly attempt: number;
  /** `running` only saves steps and intent. */
  readonly state: RunState;
  readonly reason: string | null;
  readonly code: string | null;
  readonly nextAt: string | null;
  readonly burned: number;
  readonly finishedAt: string | null;
  readonly intent: string | null;
  readonly steps: readonly StepRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly calls: Readonly<Record<string, number>>;
  readonly result: unknown;
  readonly deliveryId: string | null;
  /** Another run waits for this one. */
  readonly isFollowed: boolean;
}

/** Takes reports in, moves the books and lets followers begin, all or nothing. @returns the ids that were still held. */
export async function saveReports(
  trx: Transaction<Database>,
  holder: string,
  reports: readonly RunReport[],
  nowAt: string,
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`${PREPARED}
    update runs set state = input.state, reason = input.reason, code = input.code, next_at = input."nextAt", burned = input.burned,
      finished_at = input."finishedAt", intent = input.intent, steps = input.steps, attempts = input.attempts, calls = input.calls,
      result = input.result,
      holder = case when input.state = 'running' then runs.holder end,
      lease_until = case when input.state = 'running' then runs.lease_until end
    from json_to_recordset(${JSON.stringify(reports)}::json)
      as input (id uuid, attempt integer, state text, reason text, code text, "nextAt" timestamptz, burned integer,
        "finishedAt" timestamptz, intent text, steps json, attempts json, calls json, result json)
    where runs.id = input.id and runs.attempt = input.attempt and runs.state = 'running' and runs.holder = ${holder}
    returning runs.id`.execute(trx);
  const held = new Set(rows.map(({ id }) => id));
  const finished = reports.filter((report) => held.has(report.id) && isTerminal(report.state));
  const changes = finished.flatMap(toBookChange);
  const followed = finished.filter((report) => report.isFollowed);
  if (followed.length > 0) {
    changes.push(
      ...(await moveFollowers(
        trx,
        followed.map(({ id }) => id),
        nowAt,
      )),
    );
  }
  await settleBooks(trx, changes);
  return held;
}

/** Lets the followers of runs that ended well begin, and cancels those of the others. */
export async function moveFollowers(
  trx: Transaction<Database>,
  ids: readonly string[],
  nowAt: string,
): Promise<BookChange[]> {
  await sql`
    update runs set state = 'queued', next_at = ${nowAt}::timestamptz, reason = null, code = null
    from runs ended
    where runs.after_run = ended.id and runs.state = 'waiting' and ended.id = any(${[...ids]}::uuid[])
      and ended.state in ('succeeded', 'unchanged', 'skipped')`.execute(trx);
  const { rows } = await sql<{ deliveryId: string | null }>`
    update runs set state = 'cancelled', finished_at = ${nowAt}::timestamptz, next_at = null, code = 'run_not_movable',
      reason = 'The run before it in the same rule is ' || ended.state || '.'
    from runs ended
    where runs.chain = ended.chain and runs.position > ended.position and runs.after_run is not null and runs.state = 'waiting'
      and ended.id = any(${[...ids]}::uuid[]) and ended.state in ('dead', 'cancelled')
    returning runs.delivery_id as "deliveryId"`.execute(trx);
  return rows.flatMap(({ deliveryId }) =>
    deliveryId === null ? [] : [{ deliveryId, open: -1, dead: 0, effected: 0 }],
  );
}

function toBookChange({ deliveryId, state }: RunReport): BookChange[] {
  if (deliveryId === null) return [];
  const effected = state === 'succeeded' || state === 'unchanged' ? 1 : 0;
  return [{ deliveryId, open: -1, dead: state === 'dead' ? 1 : 0, effected }];
}

/** Followers that one pass looks at. */
const MOST_STRANDED = 500;

/**
 * Moves followers whose run before them ended without their knowing: it was dead from the start, or it ended while they were inserted by a
 * replay. @returns how many runs were looked at.
 */
export async function moveStrandedFollowers(db: Kysely<Database>, nowAt: string): Promise<number> {
  return await transact(db, async (trx) => {
    const { rows } = await sql<{ id: string }>`
      select distinct ended.id from runs follower join runs ended on ended.id = follower.after_run
      where follower.after_run is not null and follower.state = 'waiting'
        and ended.state in ('succeeded', 'unchanged', 'skipped', 'dead', 'cancelled')
      limit ${MOST_STRANDED}`.execute(trx);
    if (rows.length === 0) return 0;
    await settleBooks(
      trx,
      await moveFollowers(
        trx,
        rows.map(({ id }) => id),
        nowAt,
      ),
    );
    return rows.length;
  });
}
