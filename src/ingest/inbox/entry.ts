import type { ForgeKind } from '../../core/vocabulary.ts';

/**
 * One accepted delivery in the inbox, byte for byte:
 *
 *   byte 0      format version, 1
 *   bytes 1–4   length of the head, unsigned big endian
 *   head        JSON: everything but the body
 *   body        the request body as received
 *
 * An older format stays readable, because an upgrade finds entries that the version before wrote.
 */
const FORMAT_VERSION = 1;
const PREFIX_BYTES = 5;

/** What is known of a delivery when it is answered. */
export interface EntryHead {
  /** Id of the delivery in Fettle. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  readonly forge: string;
  readonly kind: ForgeKind;
  /** Captured headers only; never a secret, never a signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string | null;
}

export interface Entry {
  readonly head: EntryHead;
  readonly body: Buffer;
}

/** An entry with the number under which the inbox answered it. */
export interface NumberedEntry extends Entry {
  readonly number: number;
}

export function encodeEntry({ head, body }: Entry): Buffer {
  const headBytes = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix.writeUInt8(FORMAT_VERSION, 0);
  prefix.writeUInt32BE(headBytes.length, 1);
  return Buffer.concat([prefix, headBytes, body]);
}

/** @throws Error when the bytes are of a format this version does not know. */
export function decodeEntry(bytes: Buffer): Entry {
  const version = bytes.readUInt8(0);
  if (version !== FORMAT_VERSION) {
    throw new Error(
      `The inbox holds an entry of format ${version}; this version of Fettle reads format ${FORMAT_VERSION}. Start the newer version to drain it.`,
    );
  }
  const bodyStart = PREFIX_BYTES + bytes.readUInt32BE(1);
  const head = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, bodyStart)) as EntryHead;
  return { head, body: bytes.subarray(bodyStart) };
}
