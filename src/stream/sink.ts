import type { Batch } from './stream-event.ts';

/** What a client missed: it asked for a cursor that retention has passed, or that the hub never gave out. */
export interface Gap {
  readonly requested: number;
  /** The oldest `seq` that can still be read. */
  readonly oldest: number;
  readonly latest: number;
}

/** Where a subscription writes: one connection of one kind. No method throws; a connection that is gone takes writes and forgets them. */
export interface Sink {
  writeEvents(batch: Batch): void;
  /** Tells of a gap; the client's cursor moves to `cursor`. */
  writeGap(gap: Gap, cursor: number): void;
  /** A sign of life; with a cursor it moves the client's, without an event. */
  writeHeartbeat(cursor: number | null): void;
  /** Bytes that the peer has not taken yet. */
  bufferedBytes(): number;
  /** Resolves once the peer has taken what was written, or is gone. */
  drained(): Promise<void>;
  /** Says goodbye and closes: the hub stops, and the client should come back after a while. */
  end(): void;
  /** Closes at once. */
  cut(): void;
}
