import { listEvents } from '../store/events.ts';
import type { GetDatabase } from '../store/store.ts';
import { StreamEvent } from './stream-event.ts';

/**
 * The tail reads the end of the stream, once per process, for all clients.
 *
 *   starting ──the database tells its last seq──▶ following ──wake, or the slow poll──▶ reads pages until there is no more
 *
 * What holds while following: every event up to `head` was read or existed before the start; the ring holds every event above `floor`, up to
 * `head`, in order. When the database is absent the tail keeps what it has and tries again. When the database comes back *behind* `head`
 * (a fail-over that lost its last transactions, a restored backup), the ring is dropped and listeners hear `reset`.
 */
export interface Tail {
  start(): void;
  /** Something was committed; returns at once. */
  wake(): void;
  /** The last `seq` read; null until the database was reached once. */
  head(): number | null;
  /** Resolves with the head as soon as there is one; never when the tail is stopped before. */
  ready(): Promise<number>;
  /** Whether the ring holds every event after a cursor, so that no query is needed. */
  covers(cursor: number): boolean;
  /** The events after a cursor that the ring covers. */
  since(cursor: number): readonly StreamEvent[];
  /** Calls back after each advance of the head, or after a reset. Returns how to stop it. */
  listen(listener: TailListener): () => void;
  stop(): Promise<void>;
}

export type TailListener = (change: 'advance' | 'reset') => void;

export interface TailOptions {
  readonly db: GetDatabase;
  readonly publicUrl: () => string | null;
  /** Told once per failed read. */
  readonly onError: (error: unknown) => void;
  /** Time between reads when nobody wakes the tail. */
  readonly pollMs?: number;
  /** Events kept for clients that resume near the head. */
  readonly ringEvents?: number;
  readonly ringBytes?: number;
}

const PAGE = 500;
const POLL_MS = 5_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
const RING_EVENTS = 2_048;
const RING_BYTES = 16 * 2 ** 20;

/** A tail; nothing is read before `start`. */
export function createTail(options: TailOptions): Tail {
  const { db, publicUrl, onError, pollMs = POLL_MS, ringEvents = RING_EVENTS, ringBytes = RING_BYTES } = options;
  const listeners = new Set<TailListener>();
  const readiness = Promise.withResolvers<number>();
  let head: number | null = null;
  let floor = 0;
  let ring: StreamEvent[] = [];
  let ringSize = 0;
  let stopped = false;
  let woken = false;
  let rouse: () => void = () => {};
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    for (let failures = 0; !stopped;) {
      woken = false;
      try {
        await readOn();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!stopped) onError(error);
      }
      // After a failure a wake-up does not shorten the wait, or a busy hub would hammer an absent database.
      if (failures > 0) await pause(Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS), false);
      else await pause(pollMs, true);
    }
  }

  async function readOn(): Promise<void> {
    if (head === null) {
      // After a restart all clients come back at once, a little behind: the ring begins with what they missed.
      const page = await listEvents(db(), { order: 'desc', limit: Math.min(PAGE, ringEvents) });
      head = page.bounds.latest;
      floor = page.next === null ? page.bounds.prunedThrough : page.next - 1;
      append(page.events.toReversed().map((event) => new StreamEvent(event, publicUrl())));
      readiness.resolve(head);
    }
    for (let more = true; more && !stopped;) {
      const page = await listEvents(db(), { after: head, order: 'asc', limit: PAGE });
      if (page.bounds.latest < head) reset(page.bounds.latest);
      if (page.events.length > 0) append(page.events.map((event) => new StreamEvent(event, publicUrl())));
      head = Math.max(head, page.bounds.prunedThrough);
      more = page.next !== null;
    }
  }

  function append(events: readonly StreamEvent[]): void {
    ring.push(...events);
    for (const event of events) ringSize += event.stored.json.length;
    let surplus = 0;
    while (ring.length - surplus > ringEvents || (ringSize > ringBytes && ring.length - surplus > 1)) {
      ringSize -= ring[surplus]?.stored.json.length ?? 0;
      surplus += 1;
    }
    if (surplus > 0) {
      floor = ring[surplus - 1]?.seq ?? floor;
      ring = ring.slice(surplus);
    }
    head = events.at(-1)?.seq ?? head;
    tell('advance');
  }

  function reset(latest: number): void {
    head = latest;
    floor = latest;
    ring = [];
    ringSize = 0;
    tell('reset');
  }

  function tell(change: 'advance' | 'reset'): void {
    for (const listener of listeners) listener(change);
  }

  async function pause(ms: number, wakes: boolean): Promise<void> {
    if (stopped || (wakes && woken)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      rouse = () => {
        if (!wakes && !stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The place of the first event after a cursor; the ring is ordered. */
  function indexAfter(cursor: number): number {
    let low = 0;
    for (let high = ring.length; low < high;) {
      const middle = (low + high) >>> 1;
      if ((ring[middle]?.seq ?? 0) > cursor) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    start: () => {
      running ??= run();
    },
    wake: () => {
      woken = true;
      rouse();
    },
    head: () => head,
    ready: () => readiness.promise,
    covers: (cursor) => head !== null && cursor >= floor,
    since: (cursor) => ring.slice(indexAfter(cursor)),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      stopped = true;
      rouse();
      await running;
    },
  };
}
