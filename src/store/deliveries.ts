import { type Kysely, type Selectable, sql } from 'kysely';
import type { DeliveriesTable, DeliveryOutcome, Database } from './schema.ts';

/** A delivery without its body. */
export interface Delivery {
  readonly id: string;
  readonly receivedAt: Date;
  readonly forge: string;
  readonly kind: string;
  /** The forge's own id, as received. */
  readonly forgeDeliveryId: string | null;
  readonly event: string;
  readonly state: 'accepted' | 'duplicate';
  /** Our id of the delivery that came first. */
  readonly duplicateOf: string | null;
  readonly duplicateBy: 'id' | 'meaning' | null;
  readonly outcome: DeliveryOutcome;
  readonly remoteAddress: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  /** Hex. */
  readonly bodySha256: string;
  readonly error: string | null;
}

const COLUMNS = [
  'id',
  'received_at',
  'forge',
  'kind',
  'forge_delivery_id',
  'event',
  'state',
  'duplicate_of',
  'duplicate_by',
  'outcome',
  'remote_address',
  'headers',
  'body_bytes',
  'body_sha256',
  'error',
] as const;

type DeliverySelection = Pick<Selectable<DeliveriesTable>, (typeof COLUMNS)[number]>;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** All arrivals of a delivery, oldest first, by the forge's own id or ours; at most 100. */
export async function findDeliveries(db: Kysely<Database>, forge: string, key: string): Promise<Delivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select(COLUMNS)
    .where('forge', '=', forge)
    .where((where) =>
      UUID.test(key)
        ? where.or([where('forge_delivery_id', '=', key), where('id', '=', key)])
        : where('forge_delivery_id', '=', key),
    )
    .orderBy('received_at')
    .orderBy('id')
    .limit(100)
    .execute();
  return rows.map(toDelivery);
}

/** One delivery by our id. */
export async function findDeliveryById(db: Kysely<Database>, id: string): Promise<Delivery | undefined> {
  const row = await db.selectFrom('deliveries').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toDelivery(row);
}

/** The zstd-compressed body of a delivery as received. */
export async function findDeliveryBody(db: Kysely<Database>, delivery: Delivery): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('deliveries')
    .select('body')
    .where('received_at', '=', delivery.receivedAt)
    .where('id', '=', delivery.id)
    .executeTakeFirst();
  return row?.body;
}

export interface DeliveryQuery {
  readonly forge?: string | undefined;
  readonly event?: string | undefined;
  readonly state?: Delivery['state'] | undefined;
  readonly outcome?: Delivery['outcome'] | undefined;
  /** Only deliveries older than this position. */
  readonly before?: DeliveryPosition | undefined;
  readonly limit: number;
}

/** Where a delivery stands in the list. */
export interface DeliveryPosition {
  readonly receivedAt: Date;
  readonly id: string;
}

/** Deliveries, newest first. */
export async function listDeliveries(db: Kysely<Database>, query: DeliveryQuery): Promise<Delivery[]> {
  const { forge, event, state, outcome, before, limit } = query;
  let select = db
    .selectFrom('deliveries')
    .select(COLUMNS)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (forge !== undefined) select = select.where('forge', '=', forge);
  if (event !== undefined) select = select.where('event', '=', event);
  if (state !== undefined) select = select.where('state', '=', state);
  if (outcome !== undefined) select = select.where('outcome', '=', outcome);
  if (before !== undefined) {
    // The first condition alone lets the database leave out whole partitions.
    select = select
      .where('received_at', '<=', before.receivedAt)
      .where(sql<boolean>`(received_at, id) < (${before.receivedAt}::timestamptz, ${before.id}::uuid)`);
  }
  return (await select.execute()).map(toDelivery);
}

/** An event of a delivery: its place in the stream and its JSON without `seq`. */
export interface DeliveryEvent {
  readonly deliveryId: string;
  readonly seq: number;
  readonly repo: string | null;
  readonly json: string;
}

/** The events that came of these deliveries, in order. */
export async function listDeliveryEvents(
  db: Kysely<Database>,
  deliveryIds: readonly string[],
): Promise<DeliveryEvent[]> {
  if (deliveryIds.length === 0) return [];
  const { rows } = await sql<{ delivery_id: string; seq: number; repo: string | null; json: string }>`
    select delivery_id, seq, repo, event::text as json from events
    where delivery_id = any(${[...deliveryIds]}::uuid[]) order by seq`.execute(db);
  return rows.map((row) => ({ deliveryId: row.delivery_id, seq: row.seq, repo: row.repo, json: row.json }));
}

/** The repositories that each of these deliveries is about; null stands for an event without one. */
export async function findDeliveryRepositories(
  db: Kysely<Database>,
  deliveryIds: readonly string[],
): Promise<Map<string, (string | null)[]>> {
  const repositories = new Map<string, (string | null)[]>();
  if (deliveryIds.length === 0) return repositories;
  const { rows } = await sql<{ delivery_id: string; repo: string | null }>`
    select distinct delivery_id, repo from events where delivery_id = any(${[...deliveryIds]}::uuid[])`.execute(db);
  for (const { delivery_id: id, repo } of rows) repositories.set(id, [...(repositories.get(id) ?? []), repo]);
  return repositories;
}

function toDelivery(row: DeliverySelection): Delivery {
  return {
    id: row.id,
    receivedAt: row.received_at,
    forge: row.forge,
    kind: row.kind,
    forgeDeliveryId: row.forge_delivery_id,
    event: row.event,
    state: row.state,
    duplicateOf: row.duplicate_of,
    duplicateBy: row.duplicate_by,
    outcome: row.outcome,
    remoteAddress: row.remote_address,
    headers: row.headers,
    bodyBytes: row.body_bytes,
    bodySha256: row.body_sha256.toString('hex'),
    error: row.error,
  };
}
