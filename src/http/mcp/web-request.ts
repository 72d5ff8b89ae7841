import type { FastifyReply, FastifyRequest } from 'fastify';

/** Not handed on: who asks is known by then, and a credential goes no further than it must. */
const KEPT_BACK = new Set(['authorization', 'cookie']);

/** A request as the web's own kind of request, for a library that answers those. Its body must have been read as bytes. */
export function toWebRequest(request: FastifyRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || KEPT_BACK.has(name)) continue;
    for (const text of [value].flat()) headers.append(name, text);
  }
  return new Request(new URL(request.url, 'http://localhost'), {
    method: request.method,
    headers,
    signal,
    ...(Buffer.isBuffer(request.body) ? { body: new Uint8Array(request.body) } : {}),
  });
}

/** Aborted when the connection of a request closes, answered or not. */
export function toGone(reply: FastifyReply): AbortController {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  return gone;
}
