import { FettleError } from '../core/errors.ts';
import { createEventMatcher, type EventFilter } from '../core/event-filter.ts';
import { getStreamBounds, listEvents } from '../store/events.ts';
import type { GetDatabase } from '../store/store.ts';
import type { Gap } from './sink.ts';
import { StreamEvent } from './stream-event.ts';
import type { Tail } from './tail.ts';

export interface LongPollRequest {
  readonly filter: EventFilter;
  /** Null means from now on. */
  readonly after: number | null;
  /** Time to wait for an event; 0 answers at once. */
  readonly waitMs: number;
  readonly limit: number;
  /** The client is gone. */
  readonly signal: AbortSignal;
}

export interface LongPollAnswer {
  readonly events: readonly StreamEvent[];
  /** The cursor for the next request. */
  readonly next: number;
  readonly gap: Gap | null;
}

interface LongPollContext {
  readonly db: GetDatabase;
  readonly tail: Tail;
  readonly publicUrl: () => string | null;
}

/** A page of events after a cursor; when there are none, whatever comes first: an event, the end of the wait, or the client's going away. */
export async function longPoll(context: LongPollContext, request: LongPollRequest): Promise<LongPollAnswer> {
  const { tail } = context;
  const matches = createEventMatcher(request.filter);
  const deadlineMs = performance.now() + request.waitMs;
  const head = tail.head();
  if (head === null)
    throw new FettleError('store_unavailable', 'The database was not reached yet; try again in a moment.', {
      retryAfterSeconds: 5,
    });

  let cursor = request.after ?? head;
  let gap: Gap | null = null;
  if (cursor > head || !tail.covers(cursor)) {
    const bounds = await getStreamBounds(context.db());
    if (cursor < bounds.prunedThrough || cursor > bounds.latest) {
      gap = { requested: cursor, oldest: bounds.prunedThrough + 1, latest: bounds.latest };
      cursor = cursor > bounds.latest ? bounds.latest : bounds.prunedThrough;
    }
  }

  for (;;) {
    const page = tail.covers(cursor) ? readRing() : await readStore();
    const waitMs = deadlineMs - performance.now();
    if (page.events.length > 0 || gap !== null || request.signal.aborted || waitMs <= 0)
      return { events: page.events, next: page.next, gap };
    cursor = page.next;
    if (page.atEnd) await nextAdvance(tail, cursor, waitMs, request.signal);
  }

  function readRing(): { events: readonly StreamEvent[]; next: number; atEnd: boolean } {
    const all = tail.since(cursor);
    const events = all.filter((event) => matches(event.stored)).slice(0, request.limit);
    const last = events.at(-1);
    const full = events.length === request.limit && last !== undefined;
    return { events, next: full ? last.seq : (all.at(-1)?.seq ?? cursor), atEnd: !full };
  }

  async function readStore(): Promise<{ events: readonly StreamEvent[]; next: number; atEnd: boolean }> {
    const { filter, limit } = request;
    const page = await listEvents(context.db(), { filter, after: cursor, order: 'asc', limit });
    const events = page.events.map((event) => new StreamEvent(event, context.publicUrl()));
    return { events, next: page.next ?? Math.max(cursor, page.bounds.latest), atEnd: page.next === null };
  }
}

/** Resolves once the tail is past a cursor, after a reset, after a while, or when the client is gone. */
async function nextAdvance(tail: Tail, cursor: number, waitMs: number, signal: AbortSignal): Promise<void> {
  if ((tail.head() ?? 0) > cursor) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      unlisten();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, waitMs);
    const unlisten = tail.listen((change) => {
      if (change === 'reset' || (tail.head() ?? 0) > cursor) finish();
    });
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}
