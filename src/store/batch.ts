import { sql, type Kysely, type Transaction } from 'kysely';
import { PREPARED } from './prepared.ts';
import type { Database, DeliveriesTable } from './schema.ts';

/**
 * The statements of the drain, one per table whatever the size of the batch. Each takes its rows as one JSON parameter. Rows
 * are written in key order, and tables always in the same order, so that hubs that share a database do not deadlock.
 */

/** How far an inbox was drained; undefined when this database never saw it. */
export async function findDrainedThrough(db: Kysely<Database>, inboxId: string): Promise<number | undefined> {
  const row = await db.selectFrom('inboxes').select('drained_through').where('id', '=', inboxId).executeTakeFirst();
  return row?.drained_through;
}

export interface KeyRow {
  readonly forge: string;
  readonly key: string;
  readonly deliveryId: string;
  readonly receivedAt: string;
}

/** Remembers delivery ids; returns the delivery that came first for each row whose id was seen before, by row. */
export async function claimDeliveryKeys(
  trx: Transaction<Database>,
  rows: readonly KeyRow[],
): Promise<Map<KeyRow, string>> {
  const seen = new Map<KeyRow, string>();
  const firsts = new Map<string, KeyRow>();
  for (const row of rows) {
    const first = firsts.get(toKeyText(row));
    if (first === undefined) firsts.set(toKeyText(row), row);
    else seen.set(row, first.deliveryId);
  }
  const { rows: claimed } = await sql<{ forge: string; key: string }>`${PREPARED}
    insert into delivery_keys (forge, key, delivery_id, received_at)
    select forge, key, "deliveryId", "receivedAt"
    from jsonb_to_recordset(${JSON.stringify([...firsts.values()])}::jsonb)
      as input (forge text, key text, "deliveryId" uuid, "receivedAt" timestamptz)
    order by forge, key
    on conflict do nothing
    returning forge, key`.execute(trx);
  const fresh = new Set(claimed.map(toKeyText));
  const known = [...firsts.values()].filter((row) => !fresh.has(toKeyText(row)));
  if (known.length > 0) {
    // A statement of its own: only a new snapshot sees what another process committed while the insert waited for it.
    const { rows: owners } = await sql<{ forge: string; key: string; delivery_id: string }>`${PREPARED}
      select forge, key, delivery_id from delivery_keys
      where (forge, key) in (
        select forge, key from jsonb_to_recordset(${JSON.stringify(known)}::jsonb) as input (forge text, key text)
      )`.execute(trx);
    const ownerOf = new Map(owners.map((owner) => [toKeyText(owner), owner.delivery_id]));
    for (const row of rows) {
      const owner = ownerOf.get(toKeyText(row));
      if (owner !== undefined) seen.set(row, owner);
    }
  }
  return seen;
}

export interface MeaningRow {
  /** Hex. */
  readonly hash: string;
  readonly deliveryId: string;
  readonly receivedAt: string;
}

/**
 * Remembers meanings; returns the delivery that came first for each row whose meaning was seen within the window. The window
 * begins with that first delivery; one that comes after its end begins the next.
 */
export async function claimMeanings(
  trx: Transaction<Database>,
  rows: readonly MeaningRow[],
  windowMs: number,
): Promise<Map<MeaningRow, string>> {
  const firsts = new Map<string, MeaningRow>();
  for (const row of rows) if (!firsts.has(row.hash)) firsts.set(row.hash, row);
  const { rows: claimed } = await sql<{ hash: string }>`${PREPARED}
    insert into meanings (hash, delivery_id, received_at)
    select decode(hash, 'hex'), "deliveryId", "receivedAt"
    from jsonb_to_recordset(${JSON.stringify([...firsts.values()])}::jsonb)
      as input (hash text, "deliveryId" uuid, "receivedAt" timestamptz)
    order by hash
    on conflict do nothing
    returning encode(hash, 'hex') as hash`.execute(trx);
  const begun = new Map(claimed.map(({ hash }) => [hash, firsts.get(hash) as MeaningRow]));
  const known = [...firsts.keys()].filter((hash) => !begun.has(hash));
  for (const row of known.length === 0 ? [] : await lockMeanings(trx, known)) begun.set(row.hash, row);

  const seen = new Map<MeaningRow, string>();
  const renewed = new Map<string, MeaningRow>();
  for (const row of rows) {
    const first = begun.get(row.hash);
    if (first === row) continue;
    const isWithin =
      first !== undefined && Math.abs(Date.parse(row.receivedAt) - Date.parse(first.receivedAt)) <= windowMs;
    if (isWithin) {
      seen.set(row, first.deliveryId);
    } else {
      begun.set(row.hash, row);
      renewed.set(row.hash, row);
    }
  }
  if (renewed.size > 0) await renewMeanings(trx, [...renewed.values()]);
  return seen;
}

async function lockMeanings(trx: Transaction<Database>, hashes: readonly string[]): Promise<MeaningRow[]> {
  const { rows } = await sql<{ hash: string; delivery_id: string; received_at: Date }>`${PREPARED}
    select encode(hash, 'hex') as hash, delivery_id, received_at from meanings
    where hash in (select decode(value, 'hex') from jsonb_array_elements_text(${JSON.stringify(hashes)}::jsonb))
    order by hash
    for update`.execute(trx);
  return rows.map((row) => ({
    hash: row.hash,
    deliveryId: row.delivery_id,
    receivedAt: row.received_at.toISOString(),
  }));
}

async function renewMeanings(trx: Transaction<Database>, rows: readonly MeaningRow[]): Promise<void> {
  await sql`${PREPARED}
    update meanings set delivery_id = input."deliveryId", received_at = input."receivedAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as input (hash text, "deliveryId" uuid, "receivedAt" timestamptz)
    where meanings.hash = decode(input.hash, 'hex')`.execute(trx);
}

export interface SubjectKey {
  readonly forge: string;
  readonly key: string;
}

/** The snapshots of subjects, their rows locked in key order; those never seen before are made. */
export async function lockSubjects(
  trx: Transaction<Database>,
  keys: readonly SubjectKey[],
  nowAt: string,
): Promise<Map<string, readonly unknown[]>> {
  const input = JSON.stringify(keys);
  await sql`${PREPARED}
    insert into subjects (forge, key, snapshots, updated_at)
    select distinct forge, key, '[]'::jsonb, ${nowAt}::timestamptz
    from jsonb_to_recordset(${input}::jsonb) as input (forge text, key text)
    order by forge, key
    on conflict do nothing`.execute(trx);
  const { rows } = await sql<SubjectKey & { snapshots: readonly unknown[] }>`${PREPARED}
    select forge, key, snapshots from subjects
    where (forge, key) in (select forge, key from jsonb_to_recordset(${input}::jsonb) as input (forge text, key text))
    order by forge, key
    for update`.execute(trx);
  return new Map(rows.map((row) => [toKeyText(row), row.snapshots]));
}

/** The subjects among these that were seen before. */
export async function findKnownSubjects(db: Kysely<Database>, keys: readonly SubjectKey[]): Promise<Set<string>> {
  const { rows } = await sql<SubjectKey>`${PREPARED}
    select forge, key from subjects
    where (forge, key) in (
      select forge, key from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as input (forge text, key text)
    )`.execute(db);
  return new Set(rows.map(toKeyText));
}

export async function saveSubjects(
  trx: Transaction<Database>,
  rows: readonly (SubjectKey & { readonly snapshots: readonly unknown[] })[],
  nowAt: string,
): Promise<void> {
  await sql`${PREPARED}
    update subjects set snapshots = input.snapshots, updated_at = ${nowAt}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as input (forge text, key text, snapshots jsonb)
    where subjects.forge = input.forge and subjects.key = input.key`.execute(trx);
}

export interface NewDelivery {
  readonly id: string;
  readonly receivedAt: string;
  readonly inboxId: string;
  readonly number: number;
  readonly forge: string;
  readonly kind: string;
  readonly forgeDeliveryId: string | null;
  readonly event: string;
  readonly state: DeliveriesTable['state'];
  readonly duplicateOf: string | null;
  readonly duplicateBy: DeliveriesTable['duplicate_by'];
  readonly outcome: DeliveriesTable['outcome'];
  readonly remoteAddress: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64 of the zstd-compressed body. */
  readonly body: string;
  readonly bodyBytes: number;
  /** Hex. */
  readonly bodySha256: string;
  readonly error: string | null;
}

export async function insertDeliveries(trx: Transaction<Database>, rows: readonly NewDelivery[]): Promise<void> {
  await sql`${PREPARED}
    insert into deliveries (id, received_at, inbox_id, number, forge, kind, forge_delivery_id, event, state, duplicate_of,
      duplicate_by, outcome, remote_address, headers, body, body_bytes, body_sha256, error)
    select id, "receivedAt", "inboxId", number, forge, kind, "forgeDeliveryId", event, state, "duplicateOf",
      "duplicateBy", outcome, "remoteAddress", headers, decode(body, 'base64'), "bodyBytes", decode("bodySha256", 'hex'), error
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as input (id uuid, "receivedAt" timestamptz, "inboxId" uuid, number bigint, forge text, kind text, "forgeDeliveryId" text,
        event text, state text, "duplicateOf" uuid, "duplicateBy" text, outcome text, "remoteAddress" text, headers jsonb,
        body text, "bodyBytes" integer, "bodySha256" text, error text)`.execute(trx);
}

export interface RepositorySighting {
  readonly forge: string;
  readonly fullName: string;
  readonly lastEventAt: string;
  readonly lastEventType: string;
  readonly events: number;
}

/** Notes the last sign of life of each repository; one row per repository. */
export async function touchRepositories(
  trx: Transaction<Database>,
  rows: readonly RepositorySighting[],
): Promise<void> {
  await sql`${PREPARED}
    insert into repositories as known (forge, full_name, last_event_at, last_event_type, events)
    select forge, "fullName", "lastEventAt", "lastEventType", events
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as input (forge text, "fullName" text, "lastEventAt" timestamptz, "lastEventType" text, events bigint)
    order by forge, "fullName"
    on conflict (forge, full_name) do update set
      events = known.events + excluded.events,
      last_event_type = case when excluded.last_event_at >= known.last_event_at then excluded.last_event_type else known.last_event_type end,
      last_event_at = greatest(known.last_event_at, excluded.last_event_at)`.execute(trx);
}

/** What a batch adds to the books of a forge. */
export interface Tally {
  readonly forge: string;
  readonly duplicate: number;
  readonly effected: number;
  readonly filtered: number;
  readonly dead: number;
  /** Deliveries with a run that is not terminal. */
  readonly pending: number;
}

/**
 * Moves an inbox on from `from` to `through` and adds to its books and to those of the forges, in this order: the lock of the
 * inbox's row stands for its rows of `forge_books`. False when the inbox is no longer at `from`: a commit whose
 * answer was lost had gone through, and the caller starts over from what the database knows.
 */
export async function advanceInbox(
  trx: Transaction<Database>,
  inbox: { readonly id: string; readonly host: string; readonly answeredThrough: number },
  progress: { readonly from: number; readonly through: number },
  tallies: readonly Tally[],
  nowAt: string,
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`${PREPARED}
    with input as (
      select forge, duplicate + effected + filtered + dead + pending as received, duplicate, effected, filtered, dead, pending as open
      from jsonb_to_recordset(${JSON.stringify(tallies)}::jsonb) as input (forge text, duplicate bigint, effected bigint,
        filtered bigint, dead bigint, pending bigint)
    ), moved as (
      insert into inboxes as known (id, host, starts_after, drained_through, answered_through, seen_at, duplicate, effected, filtered,
        dead, open, counted)
      select ${inbox.id}::uuid, ${inbox.host}, ${progress.from}::bigint, ${progress.through}::bigint, ${inbox.answeredThrough}::bigint,
        ${nowAt}::timestamptz, coalesce(sum(duplicate), 0), coalesce(sum(effected), 0), coalesce(sum(filtered), 0),
        coalesce(sum(dead), 0), coalesce(sum(open), 0), coalesce(sum(received), 0)
      from input
      on conflict (id) do update set
        host = excluded.host,
        drained_through = excluded.drained_through,
        answered_through = greatest(known.answered_through, excluded.answered_through),
        seen_at = excluded.seen_at,
        duplicate = known.duplicate + excluded.duplicate,
        effected = known.effected + excluded.effected,
        filtered = known.filtered + excluded.filtered,
        dead = known.dead + excluded.dead,
        open = known.open + excluded.open,
        counted = known.counted + excluded.counted
        where known.drained_through = ${progress.from}
      returning id
    ), by_forge as (
      insert into forge_books as known (inbox_id, forge, received, duplicate, effected, filtered, dead, open)
      select moved.id, forge, received, duplicate, effected, filtered, dead, open from moved cross join input
      on conflict (inbox_id, forge) do update set
        received = known.received + excluded.received,
        duplicate = known.duplicate + excluded.duplicate,
        effected = known.effected + excluded.effected,
        filtered = known.filtered + excluded.filtered,
        dead = known.dead + excluded.dead,
        open = known.open + excluded.open
    )
    select id from moved`.execute(trx);
  return rows.length === 1;
}

export interface NewEvent {
  readonly id: string;
  readonly receivedAt: string;
  readonly deliveryId: string | null;
  readonly forge: string;
  readonly type: string;
  readonly repo: string | null;
  readonly actor: string | null;
  readonly subject: string | null;
  readonly number: number | null;
  readonly label: string | null;
  readonly trigger: string | null;
  /** The forge's own action, ASCII letters in lower case. */
  readonly action: string | null;
  /** JSON text of the event without `seq`. */
  readonly event: string;
  /** JSON text of the matches. */
  readonly matched: string | null;
}

/**
 * Gives the events their `seq` and inserts them, in order. The last statement before commit: the sequencer row stays locked
 * until then, so whoever commits later has the higher numbers, and a reader that has seen `seq` n has seen all below.
 * @returns the highest `seq`.
 */
export async function insertEvents(trx: Transaction<Database>, rows: readonly NewEvent[]): Promise<number> {
  const { rows: result } = await sql<{ value: number }>`${PREPARED}
    with taken as (
      update sequencer set value = value + ${rows.length}::bigint returning value
    ), inserted as (
      insert into events (seq, id, received_at, delivery_id, forge, type, repo, actor, subject, number, label, trigger, action, event, matched)
      select taken.value - ${rows.length}::bigint + input.position, id, "receivedAt", "deliveryId", forge, type, repo, actor, subject,
        number, label, trigger, action, event::json, matched::json
      from taken, rows from (json_to_recordset(${JSON.stringify(rows)}::json)
        as (id uuid, "receivedAt" timestamptz, "deliveryId" uuid, forge text, type text, repo text, actor text, subject text,
          number bigint, label text, trigger text, action text, event text, matched text))
        with ordinality as input (id, "receivedAt", "deliveryId", forge, type, repo, actor, subject, number, label, trigger, action,
          event, matched, position)
    )
    select value, pg_notify('fettle_events', value::text) from taken`.execute(trx);
  return result[0]?.value ?? 0;
}

/** A key as one text, for maps; the sets and maps of this file are keyed by it. */
export function toKeyText({ forge, key }: SubjectKey): string {
  return `${forge}\u0000${key}`;
}
