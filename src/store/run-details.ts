import { type Kysely, sql } from 'kysely';
import { type RunSummary, SUMMARY_COLUMNS, toRunSummary } from './run-list.ts';
import type { AttemptRecord, RunOptions, RunState, StepRecord } from './run-tables.ts';
import type { Database } from './schema.ts';

/** A run with everything that is known about it. */
export interface RunDetails extends RunSummary {
  readonly orderKey: string | null;
  /** As rendered when the rule matched; secrets as references. Null when it could not be rendered. */
  readonly input: unknown;
  readonly options: RunOptions;
  readonly priority: number;
  readonly hops: number;
  /** Step whose effect was begun and cannot be recognised afterwards. */
  readonly intent: string | null;
  readonly firstAttemptAt: Date | null;
  readonly steps: readonly StepRecord[];
  readonly attempts: readonly AttemptRecord[];
  /** API calls spent, by credential. */
  readonly calls: Readonly<Record<string, number>>;
  readonly result: unknown;
  /** The event behind it, while it is kept. */
  readonly event: { readonly id: string; readonly seq: number; readonly type: string } | null;
  /** The delivery behind it, while it is kept: by the forge's own id, or ours where the forge gave none. */
  readonly delivery: { readonly forge: string; readonly deliveryId: string } | null;
  /** The runs that the same event and rule made, this one too, in their order. */
  readonly chainRuns: readonly ChainRun[];
}

/** One run of a chain. */
export interface ChainRun {
  readonly id: string;
  readonly action: string;
  readonly position: number;
  readonly state: RunState;
}

const DETAIL_COLUMNS = ['order_key', 'priority', 'hops', 'intent', 'first_attempt_at', 'event_received_at'] as const;
/** Come as text, which keeps their keys in order. */
const JSON_COLUMNS = ['input', 'options', 'steps', 'attempts', 'calls', 'result'] as const;

/** One run; undefined for an unknown id. */
export async function findRun(db: Kysely<Database>, id: string): Promise<RunDetails | undefined> {
  const row = await db
    .selectFrom('runs')
    .select([...SUMMARY_COLUMNS, ...DETAIL_COLUMNS])
    .select(JSON_COLUMNS.map((name) => sql<string | null>`${sql.ref(name)}::text`.as(name)))
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const summary = toRunSummary(row);
  return {
    ...summary,
    orderKey: row.order_key,
    input: parse(row.input),
    options: parse(row.options) as RunOptions,
    priority: row.priority,
    hops: row.hops,
    intent: row.intent,
    firstAttemptAt: row.first_attempt_at,
    steps: parse(row.steps) as StepRecord[],
    attempts: parse(row.attempts) as AttemptRecord[],
    calls: parse(row.calls) as RunDetails['calls'],
    result: parse(row.result),
    event: await findEventOf(db, summary.eventId, row.event_received_at),
    delivery: await findDeliveryOf(db, summary.deliveryId),
    chainRuns: (await listChains(db, [summary])).get(summary.chain) ?? [],
  };
}

function parse(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

async function findEventOf(db: Kysely<Database>, id: string | null, receivedAt: Date | null) {
  if (id === null || receivedAt === null) return null;
  const event = await db
    .selectFrom('events')
    .select(['id', 'seq', 'type'])
    .where('received_at', '=', receivedAt)
    .where('id', '=', id)
    .executeTakeFirst();
  return event ?? null;
}

async function findDeliveryOf(db: Kysely<Database>, id: string | null) {
  if (id === null) return null;
  const delivery = await db
    .selectFrom('deliveries')
    .select(['forge', 'forge_delivery_id'])
    .where('id', '=', id)
    .executeTakeFirst();
  return delivery === undefined ? null : { forge: delivery.forge, deliveryId: delivery.forge_delivery_id ?? id };
}

/** What a chain is found by: the event of its runs, or where there is none the id of one of them. */
export interface ChainKey {
  readonly chain: string;
  readonly eventId: string | null;
  /** Id of one of its runs. */
  readonly id: string;
}

/** Runs of one chain are inserted by one statement, so without an event they are looked for this near to each other. */
const CHAIN_REACH = 1_000;

/** The runs of chains, each in order. Chains have no index of their own: those of an event are found through it. */
export async function listChains(db: Kysely<Database>, keys: readonly ChainKey[]): Promise<Map<string, ChainRun[]>> {
  const chains = new Map<string, ChainRun[]>();
  if (keys.length === 0) return chains;
  const wanted = [...new Set(keys.map(({ chain }) => chain))];
  const events = [...new Set(keys.flatMap(({ eventId }) => eventId ?? []))];
  const loose = keys.filter(({ eventId }) => eventId === null).map(({ id }) => id);
  const { rows } = await sql<ChainRun & { chain: string }>`
    select id, chain, action, position, state from (
      select id, chain, action, position, state, ordinal from runs where event_id = any(${events}::uuid[])
      union
      select near.id, near.chain, near.action, near.position, near.state, near.ordinal
      from runs own join runs near on near.ordinal between own.ordinal - ${CHAIN_REACH} and own.ordinal + ${CHAIN_REACH}
      where own.id = any(${loose}::uuid[])
    ) as found where chain = any(${wanted}::uuid[]) order by position, ordinal`.execute(db);
  for (const { chain, ...run } of rows) chains.set(chain, [...(chains.get(chain) ?? []), run]);
  return chains;
}
