import { type Kysely, sql } from 'kysely';
import {
  createEventMatcher,
  type EventFields,
  type EventFilter,
  EVERY_EVENT,
  isUnfiltered,
} from '../core/event-filter.ts';
import { all, type Condition, toSqlConditions } from './event-conditions.ts';
import { findRareEvents } from './rare-events.ts';
import type { Database } from './schema.ts';

/** An event as read: what filters look at, and its JSON text without `seq`. */
export interface StoredEvent extends EventFields {
  readonly seq: number;
  readonly id: string;
  /** Number of the issue or pull request. */
  readonly number: number | null;
  /** The event without `seq`, as JSON text. */
  readonly json: string;
}

/** The range of the stream that a database can still tell. */
export interface StreamBounds {
  /** The last `seq` given out; 0 when there was no event yet. */
  readonly latest: number;
  /** Everything up to here was dropped by retention. */
  readonly prunedThrough: number;
}

export interface EventQuery {
  readonly filter?: EventFilter;
  /** Only events with a greater `seq`. */
  readonly after?: number | undefined;
  /** Only events with a smaller `seq`. */
  readonly before?: number | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /**
   * Where to go on, as `after` (ascending) or `before` (descending): everything on this side of it is in the page or does not
   * match. Null when the end is reached. A page may hold fewer events than its limit, even none, and still not be the last.
   */
  readonly next: number | null;
  readonly bounds: StreamBounds;
}

/** How far a page is searched for. `seq` grows by one per event, so a window of the stream is a number of rows. */
export interface ScanLimits {
  readonly firstWindow: number;
  readonly largestWindow: number;
  /** Rows looked at before a partial page is returned: no page may hold the one embedded connection long. */
  readonly maxScanned: number;
}

const SCAN: ScanLimits = { firstWindow: 4_000, largestWindow: 16_000, maxScanned: 32_000 };

/** The last `seq`, and up to where retention has dropped events. */
export async function getStreamBounds(db: Kysely<Database>): Promise<StreamBounds> {
  const row = await db.selectFrom('sequencer').select(['value', 'pruned_through']).executeTakeFirstOrThrow();
  return { latest: row.value, prunedThrough: row.pruned_through };
}

/**
 * One page of events by keyset. The way: look at the nearest few thousand rows; when they do not fill the page the filter is rare, and
 * the indexes are asked; when no index serves the filter, further windows follow, up to a number of rows per page.
 */
export async function listEvents(db: Kysely<Database>, query: EventQuery, scan: ScanLimits = SCAN): Promise<EventPage> {
  const filter = query.filter ?? EVERY_EVENT;
  const bounds = await getStreamBounds(db);
  const low = Math.max(query.after ?? 0, bounds.prunedThrough);
  const high = Math.min(query.before ?? Number.POSITIVE_INFINITY, bounds.latest + 1);
  if (low + 1 >= high || query.limit === 0) return { events: [], next: null, bounds };

  const range: EventRange = { low, high, order: query.order };
  if (isUnfiltered(filter)) {
    const events = await readEvents(db, range, [], query.limit);
    return { events, next: events.length < query.limit ? null : toNext(events, range), bounds };
  }
  return { ...(await scanEvents(db, filter, range, query.limit, scan)), bounds };
}

/** A stretch of the stream: `low` and `high` themselves are outside. */
export interface EventRange {
  readonly low: number;
  readonly high: number;
  readonly order: 'asc' | 'desc';
}

async function scanEvents(
  db: Kysely<Database>,
  filter: EventFilter,
  whole: EventRange,
  limit: number,
  scan: ScanLimits,
): Promise<Omit<EventPage, 'bounds'>> {
  const conditions = toSqlConditions(filter);
  const matches = createEventMatcher(filter);
  const found: StoredEvent[] = [];
  let rest = whole;
  let scanned = 0;
  for (let size = scan.firstWindow; ; size = Math.min(size * 2, scan.largestWindow)) {
    const window = toWindow(rest, size);
    // What the globs refuse must not use up the limit, so a page that comes back full is read on from its last row.
    for (let part: EventRange | null = window; part !== null;) {
      const events = await readEvents(db, part, conditions, limit);
      found.push(...events.filter(matches));
      if (found.length >= limit) return cutAt(found, limit, whole);
      part = events.length < limit ? null : toRest(part, toNext(events, part));
    }
    scanned += size;
    const left = toRest(rest, whole.order === 'asc' ? window.high - 1 : window.low + 1);
    if (left === null) return { events: found, next: null };
    rest = left;
    if (scanned === scan.firstWindow) {
      const rare = await findRareEvents(db, filter, rest, limit - found.length);
      if (rare !== null) {
        found.push(...(await readEventsAt(db, rare.seqs, whole.order)));
        return rare.complete ? { events: found, next: null } : cutAt(found, limit, whole);
      }
    }
    if (scanned >= scan.maxScanned) return { events: found, next: whole.order === 'asc' ? rest.low : rest.high };
  }
}

function cutAt(found: StoredEvent[], limit: number, range: EventRange): Omit<EventPage, 'bounds'> {
  const events = found.slice(0, limit);
  return { events, next: toNext(events, range) };
}

function toNext(events: readonly StoredEvent[], range: EventRange): number {
  return events.at(-1)?.seq ?? (range.order === 'asc' ? range.low : range.high);
}

function toWindow(range: EventRange, size: number): EventRange {
  return range.order === 'asc'
    ? { ...range, high: Math.min(range.high, range.low + size + 1) }
    : { ...range, low: Math.max(range.low, range.high - size - 1) };
}

function toRest(range: EventRange, cursor: number): EventRange | null {
  const rest = range.order === 'asc' ? { ...range, low: cursor } : { ...range, high: cursor };
  return rest.low + 1 >= rest.high ? null : rest;
}

async function readEvents(
  db: Kysely<Database>,
  range: EventRange,
  conditions: readonly Condition[],
  limit: number,
): Promise<StoredEvent[]> {
  const result = await sql<StoredEvent>`
    select ${COLUMNS} from events
    where seq > ${range.low} and seq < ${range.high} and ${all(conditions)}
    order by seq ${range.order === 'asc' ? sql`asc` : sql`desc`} limit ${limit}`.execute(db);
  return result.rows;
}

async function readEventsAt(
  db: Kysely<Database>,
  seqs: readonly number[],
  order: 'asc' | 'desc',
): Promise<StoredEvent[]> {
  if (seqs.length === 0) return [];
  const result = await sql<StoredEvent>`
    select ${COLUMNS} from events where seq = any(${[...seqs]}::bigint[])
    order by seq ${order === 'asc' ? sql`asc` : sql`desc`}`.execute(db);
  return result.rows;
}

/** As text, because parsing and writing JSON again would be most of the cost of a page. */
const COLUMNS = sql`seq, id, forge, type, repo, actor, label, trigger, action, number, event::text as json`;

/** The JSON text of an event with its `seq`, which is stored beside it. */
export function toEventJson(event: Pick<StoredEvent, 'seq' | 'json'>): string {
  const rest = event.json.slice(event.json.indexOf('{') + 1);
  return rest.trimStart().startsWith('}') ? `{"seq":${event.seq}}` : `{"seq":${event.seq},${rest}`;
}

/** A rule that matched: it raised a trigger, or made a run of an action. */
export interface MatchedRule {
  readonly rule: string;
  readonly trigger?: string;
  readonly action?: string;
  /** Id of the run. */
  readonly run?: string;
}

/** One event with what is kept beside it. */
export interface EventDetails extends StoredEvent {
  /** Id of the delivery it came from; null for an event that came from none. */
  readonly deliveryId: string | null;
  readonly receivedAt: Date;
  /** What the rules that matched did. */
  readonly matched: readonly MatchedRule[];
}

/** One event by its id or its `seq`. */
export async function findEvent(db: Kysely<Database>, key: string | number): Promise<EventDetails | undefined> {
  const condition = typeof key === 'number' ? sql<boolean>`seq = ${key}` : sql<boolean>`id = ${key}::uuid`;
  const result = await sql<
    StoredEvent & { delivery_id: string | null; received_at: Date; matched_text: string | null }
  >`select ${COLUMNS}, delivery_id, received_at, matched::text as matched_text from events where ${condition} limit 1`.execute(
    db,
  );
  const row = result.rows[0];
  if (row === undefined) return undefined;
  const { delivery_id: deliveryId, received_at: receivedAt, matched_text: matchedText, ...event } = row;
  const matched = matchedText === null ? [] : (JSON.parse(matchedText) as EventDetails['matched']);
  return { ...event, deliveryId, receivedAt, matched };
}
