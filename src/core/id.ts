import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Asking the system for randomness costs more than all the rest of an id, so it is asked for many at once. */
const RANDOM_BYTES = 16;
const random = new Uint8Array(256 * RANDOM_BYTES);
let used = random.length;

/** Ids of the same millisecond, or made after the clock was set back, are told apart by a number that grows. */
let lastMs = 0;
let sequence = 0;

/** A new id: UUID version 7, so ids made later sort later. */
export function createId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const own = random.subarray(used, (used += RANDOM_BYTES));
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // The highest bit stays free, so that the number has room to grow within the millisecond.
    sequence = new DataView(own.buffer, own.byteOffset).getUint32(0) >>> 1;
  } else {
    sequence += 1;
  }
  return v7({ random: own, msecs: lastMs, seq: sequence });
}
