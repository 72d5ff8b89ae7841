import { setTimeout as delay } from 'node:timers/promises';
import type { Principal } from '../core/access.ts';
import { getStreamBounds, listEvents } from '../store/events.ts';
import type { GetDatabase } from '../store/store.ts';
import type { SharedFilter } from './shared-filters.ts';
import type { Sink } from './sink.ts';
import { Batch, StreamEvent } from './stream-event.ts';
import type { Tail } from './tail.ts';

/**
 * One client of the stream.
 *
 *   replaying ──the ring holds all after the cursor, and it fits──▶ live ──the ring moved past the cursor, or a burst──▶ replaying
 *       └──────────────closed, cut or gone──────────────▶ closed ◀──closed, cut, gone, too slow──────────┘
 *
 * The one invariant, in every state: each event up to `cursor` was written to the client, did not pass its filter, or was told of as a gap,
 * and no event above `cursor` was written. So the cursor is always safe to send in a heartbeat, and the change between replaying and live
 * needs no handshake: it is one synchronous look at the ring.
 *
 * replaying   pages come from the ring or the database and are written in pieces, each after the peer took the one before; a gap is told
 *             before its page. Database errors are waited out: the client stays, and its heartbeats repeat the same cursor.
 * live        `deliver` is called after each advance of the tail and writes what the ring holds after the cursor. A peer that leaves more
 *             than `clientBufferBytes` unread is cut; it comes back with its cursor. What is by itself too much for the buffer is
 *             no fault of the peer, and is replayed.
 *
 * In both, a peer that takes nothing from one heartbeat to the next is cut.
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
  /** Whether the cursor is known to be one that the hub gave out and retention has not passed. */
  #checked = false;
  #waitingAtLastBeat = 0;

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
    const { tail } = this.#context;
    const head = tail.head();
    if (this.#cursor === null && head !== null) this.#moveTo(head);
    // A cursor above the head may be one that was never given out, which only the database can tell.
    this.#checked = head !== null && this.#cursor !== null && this.#cursor <= head && tail.covers(this.#cursor);
    if (!this.#checked || !this.#goLive()) this.#startReplay();
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
    const limitBytes = this.#context.clientBufferBytes();
    if (batch.bytes > limitBytes) {
      this.#state = 'replaying';
      this.#startReplay();
    } else if (batch.events.length > 0 && this.#sink.bufferedBytes() + batch.bytes > limitBytes) {
      this.cut();
    } else {
      if (batch.events.length > 0) this.#sink.writeEvents(batch);
      this.#cursor = head;
    }
  }

  /** Repeats the cursor to the client, once that is safe; cuts a client that has long stopped reading. */
  beat(): void {
    if (this.#state === 'closed') return;
    const waiting = this.#sink.bufferedBytes();
    if (this.#waitingAtLastBeat > 0 && waiting >= this.#waitingAtLastBeat) {
      this.cut();
      return;
    }
    this.#waitingAtLastBeat = waiting;
    this.#sink.writeHeartbeat(this.#checked ? this.#cursor : null);
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
    const { tail, batchFor, clientBufferBytes } = this.#context;
    if (this.#cursor === null || !tail.covers(this.#cursor)) return false;
    const batch = batchFor(this.filter, this.#cursor);
    if (batch.events.length > 0 && this.#sink.bufferedBytes() + batch.bytes > clientBufferBytes()) return false;
    this.#state = 'live';
    this.deliver();
    return true;
  }

  #moveTo(cursor: number): void {
    this.#cursor = cursor;
    this.#checked = true;
    this.#sink.writeHeartbeat(cursor);
  }

  #startReplay(): void {
    this.#replay().catch((error: unknown) => {
      this.#context.onError(error);
      this.cut();
    });
  }

  async #replay(): Promise<void> {
    if (this.#cursor === null) this.#moveTo(await this.#context.tail.ready());
    while (this.#state === 'replaying') {
      if (this.#checked && this.#goLive()) return;
      try {
        await this.#replayPage();
      } catch (error) {
        this.#context.onError(error);
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  async #replayPage(): Promise<void> {
    const { db, tail, publicUrl, batchFor } = this.#context;
    if (this.#checked && this.#cursor !== null && tail.covers(this.#cursor)) {
      const head = tail.head() ?? this.#cursor;
      await this.#writePieces(batchFor(this.filter, this.#cursor).events, Math.max(head, this.#cursor));
      return;
    }
    const requested = this.#cursor ?? 0;
    const bounds = await getStreamBounds(db());
    if (this.#state !== 'replaying') return;
    if (requested < bounds.prunedThrough || requested > bounds.latest) {
      const cursor = requested > bounds.latest ? bounds.latest : bounds.prunedThrough;
      this.#cursor = cursor;
      this.#sink.writeGap({ requested, oldest: bounds.prunedThrough + 1, latest: bounds.latest }, cursor);
    }
    this.#checked = true;
    const after = this.#cursor ?? 0;
    if (after >= bounds.latest) {
      // The tail is about to read up to here.
      if (!tail.covers(after)) await tail.ready();
      return;
    }
    const page = await listEvents(db(), { filter: this.filter.filter, after, order: 'asc', limit: PAGE });
    // Retention may have passed the cursor between the two reads; the next round tells the gap.
    if (page.bounds.prunedThrough > after) return;
    await this.#writePieces(
      page.events.map((event) => new StreamEvent(event, publicUrl())),
      page.next ?? page.bounds.latest,
    );
  }

  /** Writes events that lead up to a cursor, no more at a time than half of what may wait, as fast as the peer takes them. */
  async #writePieces(events: readonly StreamEvent[], cursor: number): Promise<void> {
    const pieceBytes = this.#context.clientBufferBytes() / 2;
    await this.#sink.drained();
    for (let from = 0; from < events.length;) {
      if (this.#state !== 'replaying') return;
      let to = from + 1;
      for (let bytes = events[from]?.bytes ?? 0; to < events.length; to += 1) {
        bytes += events[to]?.bytes ?? 0;
        if (bytes > pieceBytes) break;
      }
      const piece = events.slice(from, to);
      this.#sink.writeEvents(new Batch(piece));
      this.#cursor = piece.at(-1)?.seq ?? this.#cursor;
      from = to;
      await this.#sink.drained();
    }
    if (this.#state !== 'replaying') return;
    if (cursor > (events.at(-1)?.seq ?? 0)) this.#moveTo(cursor);
    else this.#cursor = cursor;
  }
}
