import { setTimeout as delay } from 'node:timers/promises';
import type { Principal } from '../core/access.ts';
import { getStreamBounds, listEvents } from '../store/events.ts';
import type { GetDatabase } from './get-database.ts';
import type { SharedFilter } from './shared-filters.ts';
import type { Sink } from './sink.ts';
import { Batch, StreamEvent } from './stream-event.ts';
import type { Tail } from './tail.ts';

/**
 * One client of the stream.
 *
 *   replaying ──the tail's ring holds all after the cursor──▶ live ──the ring moved past the cursor──▶ replaying
 *       └──────────────closed, cut or gone──────────────▶ closed ◀──closed, cut, gone, too slow──────────┘
 *
 * The one invariant, in every state: each event up to `cursor` was written to the client, did not pass its filter, or was told of as a gap,
 * and no event above `cursor` was written. So the cursor is always safe to send in a heartbeat, and the change between replaying and live
 * needs no handshake: it is one synchronous look at the ring.
 *
 * replaying   pages come from the database, each after the peer took the one before; a page's gap is told before it. Database errors are
 *             waited out: the client stays, and its heartbeats repeat the same cursor.
 * live        `deliver` is called after each advance of the tail and writes what the ring holds after the cursor. A peer that leaves more
 *             than `clientBufferBytes` unread is cut; it comes back with its cursor.
 */
export type SubscriptionState = 'replaying' | 'live' | 'closed';

/** What all subscriptions share. */
export interface SubscriptionContext {
  readonly db: GetDatabase;
  readonly tail: Tail;
  readonly publicUrl: () => string | null;
  /** Bytes that may wait for a slow client before it is cut. */
  readonly clientBufferBytes: () => number;
  /** The batch for a filter and a cursor; the same object for all clients that ask for the same. */
  readonly batchFor: (filter: SharedFilter, cursor: number) => Batch;
  readonly onError: (error: unknown) => void;
  /** Called once, when the subscription is closed for whatever reason. */
  readonly onClosed: (subscription: Subscription) => void;
}

const PAGE = 200;
const RETRY_MS = 1_000;

/** A client's state machine. Small, because there may be tens of thousands. */
export class Subscription {
  readonly principal: Principal | null;
  readonly filter: SharedFilter;
  readonly #context: SubscriptionContext;
  readonly #sink: Sink;
  #state: SubscriptionState = 'replaying';
  /** Null until the tail knows where "from now on" is. */
  #cursor: number | null;

  constructor(
    context: SubscriptionContext,
    sink: Sink,
    filter: SharedFilter,
    cursor: number | null,
    principal: Principal | null,
  ) {
    this.#context = context;
    this.#sink = sink;
    this.filter = filter;
    this.#cursor = cursor;
    this.principal = principal;
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  /** Begins to replay, or goes live at once. */
  open(): void {
    if (this.#cursor === null) {
      const head = this.#context.tail.head();
      if (head !== null) this.#moveTo(head);
    }
    // A cursor above the head may be one that was never given out, which only the database can tell.
    const head = this.#context.tail.head();
    if (head !== null && this.#cursor !== null && this.#cursor <= head && this.#goLive()) return;
    this.#startReplay();
  }

  /** Writes what the ring holds after the cursor; does nothing unless live. */
  deliver(): void {
    if (this.#state !== 'live' || this.#cursor === null) return;
    const head = this.#context.tail.head() ?? 0;
    if (this.#cursor >= head) return;
    if (!this.#context.tail.covers(this.#cursor)) {
      this.#state = 'replaying';
      this.#startReplay();
      return;
    }
    const batch = this.#context.batchFor(this.filter, this.#cursor);
    if (batch.events.length > 0) {
      const waiting = this.#sink.bufferedBytes();
      if (waiting > 0 && waiting + batch.bytes > this.#context.clientBufferBytes()) {
        this.cut();
        return;
      }
      this.#sink.writeEvents(batch);
    }
    this.#cursor = head;
  }

  /** Repeats the cursor to the client; cuts a client that has long stopped reading. */
  beat(): void {
    if (this.#state === 'closed' || this.#cursor === null) return;
    if (this.#sink.bufferedBytes() > this.#context.clientBufferBytes()) this.cut();
    else this.#sink.writePosition(this.#cursor);
  }

  /** The hub stops: the client is told to come back. */
  end(): void {
    if (this.#state === 'closed') return;
    this.#sink.end();
    this.close();
  }

  /** Closes the connection at once; the client may come back with its cursor. */
  cut(): void {
    if (this.#state === 'closed') return;
    this.#sink.cut();
    this.close();
  }

  /** The connection is gone. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#context.onClosed(this);
  }

  #goLive(): boolean {
    if (this.#cursor === null || !this.#context.tail.covers(this.#cursor)) return false;
    this.#state = 'live';
    this.deliver();
    return true;
  }

  #moveTo(cursor: number): void {
    this.#cursor = cursor;
    this.#sink.writePosition(cursor);
  }

  #startReplay(): void {
    this.#replay().catch((error: unknown) => {
      this.#context.onError(error);
      this.cut();
    });
  }

  async #replay(): Promise<void> {
    this.#cursor ?? this.#moveTo(await this.#context.tail.ready());
    for (let checked = false; this.#state === 'replaying';) {
      if (checked && this.#goLive()) return;
      try {
        await this.#replayPage();
        checked = true;
      } catch (error) {
        this.#context.onError(error);
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  async #replayPage(): Promise<void> {
    const { db, publicUrl } = this.#context;
    const requested = this.#cursor ?? 0;
    const bounds = await getStreamBounds(db());
    if (this.#state !== 'replaying') return;
    if (requested < bounds.prunedThrough || requested > bounds.latest) {
      const cursor = requested > bounds.latest ? bounds.latest : bounds.prunedThrough;
      this.#cursor = cursor;
      this.#sink.writeGap({ requested, oldest: bounds.prunedThrough + 1, latest: bounds.latest }, cursor);
    }
    const after = this.#cursor ?? 0;
    if (after >= bounds.latest) return;
    const page = await listEvents(db(), { filter: this.filter.filter, after, order: 'asc', limit: PAGE });
    // Retention may have passed the cursor between the two reads; the next round tells the gap.
    if (this.#state !== 'replaying' || page.bounds.prunedThrough > after) return;
    const cursor = page.next ?? page.bounds.latest;
    if (page.events.length > 0)
      this.#sink.writeEvents(new Batch(page.events.map((event) => new StreamEvent(event, publicUrl()))));
    if (cursor > (page.events.at(-1)?.seq ?? after)) this.#moveTo(cursor);
    else this.#cursor = cursor;
    await this.#sink.drained();
  }
}
