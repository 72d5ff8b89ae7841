import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Principal } from '../core/access.ts';
import { FettleError } from '../core/errors.ts';
import type { EventFilter } from '../core/event-filter.ts';
import type { GetDatabase } from '../store/store.ts';
import { longPoll, type LongPollAnswer, type LongPollRequest } from './long-poll.ts';
import { createSharedFilters, type SharedFilter } from './shared-filters.ts';
import type { Sink } from './sink.ts';
import { Batch } from './stream-event.ts';
import { Subscription, type SubscriptionContext } from './subscription.ts';
import { createTail, type Tail } from './tail.ts';

/** Settings of the stream, read at each use, so that a reloaded configuration takes effect. */
export interface StreamSettings {
  readonly reconnectMs: number;
  readonly heartbeatMs: number;
  readonly maxClients: number;
  readonly clientBufferBytes: number;
}

export interface EventStreamOptions {
  readonly db: GetDatabase;
  readonly settings: () => StreamSettings;
  readonly publicUrl: () => string | null;
  /** Told of every failed read of the database; the stream goes on by itself. */
  readonly onError: (error: unknown) => void;
  /** Time between reads when nobody wakes the stream. */
  readonly pollMs?: number;
  /** Events kept in memory for clients that resume near the head. */
  readonly ringEvents?: number;
}

/** One client's place among `maxClients`. */
export interface Place {
  readonly principal: Principal | null;
  release(): void;
}

/** The live stream of one process: the tail, and everybody who listens to it. */
export interface EventStream {
  readonly tail: Tail;
  readonly settings: () => StreamSettings;
  start(): void;
  /** Events were committed; returns at once. */
  wake(): void;
  /** @throws FettleError `too_many_clients` when all places are taken or the stream is closed. */
  takePlace(principal: Principal | null): Place;
  /** Opens a subscription at a place; the place is released when it closes. A null cursor means from now on. */
  subscribe(place: Place, sink: Sink, filter: EventFilter, cursor: number | null): Subscription;
  /** Waits for events; whoever asks takes a place meanwhile. */
  poll(place: Place, request: LongPollRequest): Promise<LongPollAnswer>;
  /** Clients connected now, of every kind. */
  clientCount(): number;
  /** Cuts the clients of principals that lost their right, for example by a revoked token. */
  cutWhere(lost: (principal: Principal | null) => boolean): void;
  /** Ends all clients, telling them to come back, takes no new ones, and stops reading. */
  closeAll(): Promise<void>;
}

/** Clients served before other work gets a turn. */
const SLICE = 256;

/** A stream; nothing is read before `start`. */
export function createEventStream(options: EventStreamOptions): EventStream {
  const { db, settings, publicUrl, onError } = options;
  const tail = createTail(options);
  const filters = createSharedFilters();
  const subscriptions = new Map<Subscription, Place>();
  const closing = new AbortController();
  const batches = new Map<string, Batch>();
  let batchesHead = -1;
  let places = 0;
  let sweeping = false;
  let sweepAgain = false;
  let heartbeat: NodeJS.Timeout | undefined;

  const context: SubscriptionContext = {
    db,
    tail,
    publicUrl,
    clientBufferBytes: () => settings().clientBufferBytes,
    batchFor,
    onError,
    onClosed: (subscription) => {
      subscriptions.get(subscription)?.release();
      subscriptions.delete(subscription);
      filters.release(subscription.filter);
    },
  };

  function batchFor(filter: SharedFilter, cursor: number): Batch {
    const head = tail.head() ?? 0;
    if (head !== batchesHead) batches.clear();
    batchesHead = head;
    const key = `${filter.id}:${cursor}`;
    const known = batches.get(key);
    if (known !== undefined) return known;
    const batch = new Batch(tail.since(cursor).filter((event) => filter.matches(event.stored)));
    batches.set(key, batch);
    return batch;
  }

  /**
   * Brings every live client up to the head, a slice at a time. Events that arrive meanwhile do not start a second round: each client
   * gets all that is there when its turn comes, in one write, so a hub that is behind works in larger pieces instead of falling further back.
   */
  async function sweep(): Promise<void> {
    if (sweeping) {
      sweepAgain = true;
      return;
    }
    sweeping = true;
    try {
      do {
        sweepAgain = false;
        await forEachClient((subscription) => subscription.deliver());
      } while (sweepAgain);
    } finally {
      sweeping = false;
      batches.clear();
    }
  }

  async function forEachClient(visit: (subscription: Subscription) => void): Promise<void> {
    let visited = 0;
    for (const subscription of subscriptions.keys()) {
      visit(subscription);
      visited += 1;
      if (visited % SLICE === 0) await nextTurn();
    }
  }

  function armHeartbeat(): void {
    heartbeat = setTimeout(() => {
      forEachClient((subscription) => subscription.beat()).catch(onError);
      armHeartbeat();
    }, settings().heartbeatMs);
    heartbeat.unref();
  }

  tail.listen((change) => {
    // The clients' cursors belong to a history that is gone; coming back, they are told of the gap.
    if (change === 'reset') for (const subscription of subscriptions.keys()) subscription.cut();
    else sweep().catch(onError);
  });

  return {
    tail,
    settings,
    start: () => {
      tail.start();
      armHeartbeat();
    },
    wake: () => tail.wake(),
    takePlace: (principal) => {
      const { maxClients, reconnectMs } = settings();
      const retryAfterSeconds = Math.max(1, Math.ceil(reconnectMs / 1_000));
      if (closing.signal.aborted)
        throw new FettleError('too_many_clients', 'The hub is stopping; connect again after a while.', {
          retryAfterSeconds,
        });
      if (places >= maxClients) {
        const detail = `All ${maxClients} places for stream clients are taken; try again later or raise stream.maxClients.`;
        throw new FettleError('too_many_clients', detail, { retryAfterSeconds });
      }
      places += 1;
      let taken = true;
      return {
        principal,
        release: () => {
          if (taken) places -= 1;
          taken = false;
        },
      };
    },
    subscribe: (place, sink, filter, cursor) => {
      const subscription = new Subscription(context, sink, filters.take(filter), cursor, place.principal);
      subscriptions.set(subscription, place);
      subscription.open();
      return subscription;
    },
    poll: async (place, request) => {
      const signal = AbortSignal.any([request.signal, closing.signal]);
      try {
        return await longPoll({ db, tail, publicUrl }, { ...request, signal });
      } finally {
        place.release();
      }
    },
    clientCount: () => places,
    cutWhere: (lost) => {
      for (const subscription of subscriptions.keys()) if (lost(subscription.principal)) subscription.cut();
    },
    closeAll: async () => {
      closing.abort();
      clearTimeout(heartbeat);
      for (const subscription of subscriptions.keys()) subscription.end();
      await tail.stop();
    },
  };
}
