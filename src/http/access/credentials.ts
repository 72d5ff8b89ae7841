import type { FastifyRequest } from 'fastify';
import type { Credentials } from './authenticator.ts';
import { TOKEN_PREFIX } from './secret-text.ts';

/** Name of the session cookie. */
export const SESSION_COOKIE = 'fettle_session';

const TOKEN_PARAMETERS = new Set([
  'token',
  'access_token',
  'auth_token',
  'api_key',
  'apikey',
  'authorization',
  'bearer',
]);

/** What a request presents. A bearer token wins over a cookie: a caller that sends one means it. */
export function readCredentials(request: FastifyRequest): Credentials {
  if (holdsTokenInUrl(request.query)) return { kind: 'in-url' };

  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    const text = /^bearer +([\x21-\x7e]{1,4096}) *$/i.exec(authorization)?.[1];
    return text === undefined ? { kind: 'malformed' } : { kind: 'bearer', text };
  }
  const session = request.cookies[SESSION_COOKIE];
  return session === undefined || session === '' ? { kind: 'none' } : { kind: 'session', text: session };
}

function holdsTokenInUrl(query: unknown): boolean {
  if (typeof query !== 'object' || query === null) return false;
  return Object.entries(query).some(
    ([name, value]) => TOKEN_PARAMETERS.has(name.toLowerCase()) || [value].flat().some(isTokenText),
  );
}

function isTokenText(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(TOKEN_PREFIX);
}
