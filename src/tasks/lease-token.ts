import { hash, randomBytes } from 'node:crypto';

/** What a claim gives to its agent, to prove with everything it says that it holds the task. Only the hash is kept. */

const PREFIX = 'fl_';

/** A new token: 256 random bits, to be recognised by its beginning where it should not be. */
export function createLeaseToken(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** Hex of the SHA-256 of a token, or of anything that is sent as one. */
export function toLeaseHash(token: string): string {
  return hash('sha256', token, 'hex');
}
