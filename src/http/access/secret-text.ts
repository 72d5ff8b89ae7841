import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a token begins with, so that secret scanners and our own log can know one. */
export const TOKEN_PREFIX = 'fettle_';

/** A new bearer token: the prefix and 32 random bytes. Shown once; only its hash is kept. */
export function createTokenText(): string {
  return TOKEN_PREFIX + randomBytes(32).toString('base64url');
}

/** A new session id or sign-in code: 32 random bytes. */
export function createSecretText(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a secret text. A slow hash would protect weak passwords; 256 random bits need none. */
export function toSecretHash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares two texts without telling by time where they differ or how long the expected one is. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(toSecretHash(given), toSecretHash(expected));
}
