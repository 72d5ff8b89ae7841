import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * The only place where secrets and signatures are compared. Lengths are checked before bytes, so that a short or empty
 * signature can never match a prefix (CVE-2024-21491), and comparison takes constant time (CVE-2022-24912).
 */

/** A header's value; undefined when absent. Node joins repeated headers with a comma, which no signature survives. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** HMAC-SHA256, the secret as UTF-8 bytes unless it is a buffer. */
export function hmacSha256(secret: string | Buffer, ...parts: (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

export function sha256Hex(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The 32 bytes of 64 lower-case hex digits; undefined for anything else, upper case included. */
export function fromHexDigest(text: string): Buffer | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** Whether two signatures are the same bytes. */
export function equalsBytes(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Whether `given` is the HMAC-SHA256 of the parts under any of the secrets. */
export function matchesAnyHmac(
  given: Buffer,
  secrets: readonly (string | Buffer)[],
  ...parts: (string | Buffer)[]
): boolean {
  let matched = false;
  for (const secret of secrets) {
    const expected = hmacSha256(secret, ...parts);
    if (equalsBytes(given, expected)) matched = true;
  }
  return matched;
}

/** Whether two texts are equal; compares their digests, so neither length nor content leaks through time. */
export function equalsAnySecret(given: string, secrets: readonly string[]): boolean {
  const digest = createHash('sha256').update(given).digest();
  let matched = false;
  for (const secret of secrets) {
    if (timingSafeEqual(digest, createHash('sha256').update(secret).digest())) matched = true;
  }
  return matched;
}
