import type { Kysely } from 'kysely';
import type { FastifyBaseLogger } from 'fastify';
import type { Principal } from '../../core/access.ts';
import type { Clock } from '../../core/clock.ts';
import type { Database } from '../../store/schema.ts';
import { findSessionByHash } from '../../store/sessions.ts';
import { findTokenByHash, markTokenUsed, type Token } from '../../store/tokens.ts';
import { isSameSecret, toSecretHash } from './secret-text.ts';

/** What a request presents to say who asks. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'in-url' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'bearer'; readonly text: string }
  | { readonly kind: 'session'; readonly text: string };

/** Why nobody was recognised. Logged and counted; callers learn no more than `AUTHENTICATION_FAILURES` says. */
export type AuthenticationFailure = keyof typeof AUTHENTICATION_FAILURES;

export const AUTHENTICATION_FAILURES = {
  none: 'This needs a token or a signed-in session. Send the header Authorization: Bearer <token>, or open a sign-in link from `fettle token sign-in`.',
  'in-url':
    'A token does not belong in a URL, where proxies and browsers keep it. Send it in the header Authorization: Bearer <token>, and revoke the one in this URL.',
  malformed: 'The Authorization header is not of the form Bearer <token>.',
  unknown: 'This token is not known here. Make one with `fettle token create`.',
  expired: 'This token has expired. Make another with `fettle token create`.',
  revoked: 'This token was revoked. Make another with `fettle token create`.',
  'session-over': 'This session is over. Sign in again with a link from `fettle token sign-in`.',
} as const;

export type Authentication =
  | { readonly principal: Principal; readonly failure?: undefined }
  | { readonly principal?: undefined; readonly failure: AuthenticationFailure };

export interface Authenticator {
  /** Says who presents these credentials. Throws `store_unavailable` when only the database could tell. */
  authenticate(credentials: Credentials): Promise<Authentication>;
}

/** `last_used_at` is for people who tidy up; a minute is close enough and spares a write per request. */
const USE_NOTED_EVERY_MS = 60_000;

/**
 * Recognises the admin token without the database, and tokens and sessions by their hash in it. `getDb` throws
 * `store_unavailable` while there is no database. `adminToken` may be null until one is known; then nobody has it.
 */
export function createAuthenticator(options: {
  readonly getDb: () => Kysely<Database>;
  readonly adminToken: () => string | null;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
}): Authenticator {
  const { getDb, adminToken, clock, log } = options;
  const usesNotedAt = new Map<string, number>();

  function noteUse(db: Kysely<Database>, token: Token): void {
    const now = clock();
    const notedAt = usesNotedAt.get(token.id) ?? token.lastUsedAt?.getTime() ?? 0;
    if (now - notedAt < USE_NOTED_EVERY_MS) return;
    usesNotedAt.set(token.id, now);
    markTokenUsed(db, token.id, new Date(now)).catch((error: unknown) => {
      usesNotedAt.delete(token.id);
      log.warn({ err: error, tokenId: token.id }, 'The use of a token could not be noted');
    });
  }

  async function authenticateBearer(text: string): Promise<Authentication> {
    const admin = adminToken();
    if (admin !== null && isSameSecret(text, admin)) return { principal: ADMIN };

    const db = getDb();
    const token = await findTokenByHash(db, toSecretHash(text));
    if (token === undefined) return { failure: 'unknown' };
    if (token.revokedAt !== null) return { failure: 'revoked' };
    if (token.expiresAt !== null && token.expiresAt.getTime() <= clock()) return { failure: 'expired' };
    noteUse(db, token);
    const { id: tokenId, name, role, scopes } = token;
    return { principal: { name, role, scopes, via: 'token', tokenId } };
  }

  async function authenticateSession(text: string): Promise<Authentication> {
    const session = await findSessionByHash(getDb(), toSecretHash(text), new Date(clock()));
    if (session === undefined) return { failure: 'session-over' };
    return { principal: { name: session.name, role: session.role, scopes: session.scopes, via: 'session' } };
  }

  return {
    async authenticate(credentials) {
      switch (credentials.kind) {
        case 'bearer':
          return authenticateBearer(credentials.text);
        case 'session':
          return authenticateSession(credentials.text);
        default:
          return { failure: credentials.kind };
      }
    },
  };
}

const ADMIN: Principal = { name: 'admin', role: 'admin', scopes: { repos: [] }, via: 'admin-token' };
