import { hash } from 'node:crypto';

/**
 * An id that follows from its parts: the same parts always give the same id, so that a replay finds the run it made before. A UUID
 * of version 8 (https://www.rfc-editor.org/rfc/rfc9562#section-5.8) with bits of a SHA-256.
 */
export function toStableId(parts: readonly (string | number | null)[]): string {
  const bytes = hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
