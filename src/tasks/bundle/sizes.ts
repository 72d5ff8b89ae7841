import { cutText } from '../../core/clean-text.ts';

/**
 * How much of a bundle each part may be, in bytes as JSON, so that all of them together stay below 256 kB. What is cut says so where it
 * is cut: an agent must not take a part for the whole.
 */
export const BUNDLE_BYTES = {
  body: 88_000,
  comments: 88_000,
  hidden: 12_000,
  answers: 16_000,
  understood: 16_000,
  handover: 10_000,
  pulls: 8_000,
  dependencies: 12_000,
} as const;

/** Size of a value as JSON, in bytes. */
export function toJsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Room for the words that say that something was cut. */
const MARK_BYTES = 80;

/** A text of at most so many bytes as JSON, with a mark at its end where it was cut. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 6 <= maxBytes || toJsonBytes(text) <= maxBytes) return text;
  // Each character takes at least one byte, so this much is read at most.
  let kept = cutText(text, maxBytes);
  for (let bytes = toJsonBytes(kept); bytes > maxBytes - MARK_BYTES; bytes = toJsonBytes(kept)) {
    const share = (maxBytes - MARK_BYTES) / bytes;
    kept = cutText(kept, Math.min(Math.floor(kept.length * share), kept.length - 1));
  }
  return `${kept}\n[Cut here by Fettle: ${text.length - kept.length} characters more.]`;
}

/** As many entries as fit, from the end of the list where `from` says so. */
export function takeFitting<T>(entries: readonly T[], maxBytes: number, from: 'start' | 'end'): readonly T[] {
  const ordered = from === 'start' ? entries : entries.toReversed();
  let left = maxBytes;
  const taken: T[] = [];
  for (const entry of ordered) {
    left -= toJsonBytes(entry) + 1;
    if (left < 0) break;
    taken.push(entry);
  }
  return from === 'start' ? taken : taken.toReversed();
}
