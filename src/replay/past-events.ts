import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { EventFilter } from '../core/event-filter.ts';
import type { UnsequencedEvent } from '../rules/rule-set.ts';
import { listEvents, type MatchedRule, type StoredEvent } from '../store/events.ts';
import {
  type EventRecord,
  findSeqRange,
  listEventRecords,
  listEventsById,
  listPastRuns,
  type PastRun,
} from '../store/replay.ts';
import type { Database } from '../store/schema.ts';

/**
 * Reads stored events again, a page at a time. A page costs the same few statements however many events and runs it holds, and nothing of
 * it is kept when the next one comes.
 */

/** A stored event, what it set off, and where it came from. */
export interface PastEvent {
  readonly seq: number;
  /** As stored. */
  readonly event: UnsequencedEvent;
  /** Our id of its delivery. */
  readonly deliveryId: string | null;
  /** What the rules did that matched. */
  readonly matched: readonly MatchedRule[];
  /** In the order in which they were made. */
  readonly runs: readonly PastRun[];
}

/** Which events are meant, and how far one call goes. */
export interface PastRange {
  /** A filter that names triggers means the events that raised them. */
  readonly filter: EventFilter;
  /** ISO times of arrival, both included. */
  readonly sinceAt: string | null;
  readonly untilAt: string | null;
  /** Only events with a greater `seq`. */
  readonly after: number;
  /** Most events looked at. */
  readonly limit: number;
}

/** How far a call came. */
export interface PastProgress {
  /** Events looked at. */
  readonly events: number;
  /** `after` of the call that goes on; null at the end. */
  readonly next: number | null;
}

const PAGE = 200;
/** A call ends early when it has taken so long, since whoever asked waits for it. */
const CALL_MS = 10_000;
/** Longest work on events between two turns of the event loop. */
const SLICE_MS = 5;

/** Shows events to `visit`, page by page, oldest first, without those of raised triggers. */
export async function scanPastEvents(
  { db, clock }: { readonly db: Kysely<Database>; readonly clock: Clock },
  range: PastRange,
  visit: (events: readonly PastEvent[]) => Promise<void>,
): Promise<PastProgress> {
  const endMs = clock() + CALL_MS;
  const bounds = await findSeqRange(db, range);
  if (bounds === undefined) return { events: 0, next: null };
  const before = bounds.last + 1;
  let after = Math.max(range.after, bounds.first - 1);
  let events = 0;
  for (let left = range.limit; ;) {
    const page = await listEvents(db, {
      filter: range.filter,
      after,
      before,
      order: 'asc',
      limit: Math.min(PAGE, left),
    });
    const found = await toCauses(db, page.events, range.filter);
    const past = (await toPastEvents(db, found)).filter(({ event }) => isWithin(event, range));
    if (past.length > 0) await visit(past);
    events += past.length;
    left -= page.events.length;
    if (page.next === null) return { events, next: null };
    after = page.next;
    if (left <= 0 || clock() > endMs) return { events, next: after };
  }
}

type Found = Pick<StoredEvent, 'seq' | 'id' | 'json'>;

/** Reads what events set off and where they came from. */
export async function toPastEvents(db: Kysely<Database>, events: readonly Found[]): Promise<PastEvent[]> {
  if (events.length === 0) return [];
  const runs = Map.groupBy(
    await listPastRuns(
      db,
      events.map(({ id }) => id),
    ),
    ({ eventId }) => eventId,
  );
  const records = await listEventRecords(
    db,
    events.map(({ seq }) => seq),
  );
  const nothing: EventRecord = { deliveryId: null, matched: [] };
  return events.map(({ seq, id, json }) => ({
    seq,
    event: JSON.parse(json) as UnsequencedEvent,
    runs: runs.get(id) ?? [],
    ...(records.get(id) ?? nothing),
  }));
}

/** An event as rules see it when a person wants it replayed. */
export function toReplayed(event: UnsequencedEvent): UnsequencedEvent {
  return { ...event, origin: 'replay' };
}

/** Does something for each item in order, giving way to other work in between. */
export async function mapInTurns<T, R>(items: readonly T[], toResult: (item: T) => R): Promise<R[]> {
  const results: R[] = [];
  let startedAtMs = performance.now();
  for (const item of items) {
    if (performance.now() - startedAtMs > SLICE_MS) {
      await nextTurn();
      startedAtMs = performance.now();
    }
    results.push(toResult(item));
  }
  return results;
}

/** Rules do not react to triggers, so a trigger stands for what raised it, where triggers are asked for, and else for nothing. */
async function toCauses(
  db: Kysely<Database>,
  events: readonly StoredEvent[],
  { triggers }: EventFilter,
): Promise<readonly Found[]> {
  if (triggers.length === 0) return events.filter(({ type }) => type !== 'trigger.raised');
  const ids = new Set(events.flatMap(({ json }) => (JSON.parse(json) as UnsequencedEvent).cause?.id ?? []));
  return ids.size === 0 ? [] : await listEventsById(db, [...ids]);
}

/** Arrival is nearly, but not always, in the order of `seq`. */
function isWithin({ receivedAt }: UnsequencedEvent, { sinceAt, untilAt }: PastRange): boolean {
  const atMs = Date.parse(receivedAt);
  return (sinceAt === null || atMs >= Date.parse(sinceAt)) && (untilAt === null || atMs <= Date.parse(untilAt));
}
