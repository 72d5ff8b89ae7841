import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from './credentials.ts';

/** How long a browser stays signed in. */
export const SESSION_MS = 30 * 86_400_000;

/** Hands the session id to the browser: unreadable for scripts, sent only from our own pages, over HTTPS where there is HTTPS. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  publicUrl: string | null,
): void {
  reply.setCookie(SESSION_COOKIE, text, { ...toAttributes(request, publicUrl), maxAge: SESSION_MS / 1000 });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply, publicUrl: string | null): void {
  reply.clearCookie(SESSION_COOKIE, toAttributes(request, publicUrl));
}

function toAttributes(request: FastifyRequest, publicUrl: string | null) {
  // A proxy that ends TLS and is not in http.trustedProxies leaves only the public address to tell.
  const isPublicHttps = publicUrl?.startsWith('https:') === true && new URL(publicUrl).hostname === request.hostname;
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'strict' as const,
    secure: request.protocol === 'https' || isPublicHttps,
  };
}
