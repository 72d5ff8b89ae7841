import { type StoredEvent, toEventJson } from '../store/events.ts';
import { toEnvelope } from './envelope.ts';

/** Bytes that an envelope adds to an event, about. */
const ENVELOPE_BYTES = 400;

/** An event on its way to clients; each form is made when first asked for, once for all clients. */
export class StreamEvent {
  readonly stored: StoredEvent;
  readonly #publicUrl: string | null;
  #sseFrame: Buffer | undefined;
  #socketMessage: Buffer | undefined;

  constructor(stored: StoredEvent, publicUrl: string | null) {
    this.stored = stored;
    this.#publicUrl = publicUrl;
  }

  get seq(): number {
    return this.stored.seq;
  }

  /** About as much as it takes to send it, in whatever form. */
  get bytes(): number {
    return this.stored.json.length + ENVELOPE_BYTES;
  }

  /** The event with its `seq`, as JSON text. */
  get json(): string {
    return toEventJson(this.stored);
  }

  /** One server-sent event. JSON text holds no bare line break, so one `data` line carries it. */
  get sseFrame(): Buffer {
    this.#sseFrame ??= Buffer.from(
      `id: ${this.seq}\nevent: ${this.stored.type}\ndata: ${toDataLine(this.#envelope())}\n\n`,
    );
    return this.#sseFrame;
  }

  /** One WebSocket message. */
  get socketMessage(): Buffer {
    this.#socketMessage ??= Buffer.from(`{"type":"event","seq":${this.seq},"event":${this.#envelope()}}`);
    return this.#socketMessage;
  }

  #envelope(): string {
    return toEnvelope(this.stored, this.#publicUrl);
  }
}

/** Events in order, and the forms a whole run of them is sent in. */
export class Batch {
  readonly events: readonly StreamEvent[];
  #sseFrames: Buffer | undefined;

  constructor(events: readonly StreamEvent[]) {
    this.events = events;
  }

  /** About as much as it takes to send them all. */
  get bytes(): number {
    return this.events.reduce((sum, event) => sum + event.bytes, 0);
  }

  get sseFrames(): Buffer {
    const [only] = this.events;
    if (only !== undefined && this.events.length === 1) return only.sseFrame;
    this.#sseFrames ??= Buffer.concat(this.events.map((event) => event.sseFrame));
    return this.#sseFrames;
  }
}

/** The database keeps JSON text as it was given, and text with line breaks between its parts would end the frame early. */
function toDataLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replaceAll(/[\r\n]+/g, ' ') : json;
}
