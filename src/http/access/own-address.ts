import type { FastifyRequest } from 'fastify';

/**
 * Which host names and origins are ours. A page of a foreign site can make a browser send requests to any address, and by
 * changing what its own name resolves to ("DNS rebinding") even read the answers; but it cannot choose the Host header, which
 * then names that site, nor the Origin header. So names are checked, except where forges post.
 */

/** Whether a request is for a path whose Host header is not checked: forges and health probes use any name. */
export function isOpenToAnyHost(path: string): boolean {
  return /^\/(webhook|webhooks|webhook_server|health)(\/|$)/.test(path);
}

/**
 * Whether the request was sent to a name of ours: the public address, a loopback name or address, the address we were told
 * to listen on, or the very address the connection came in by (an address, unlike a name, cannot be re-bound).
 */
export function isOwnHost(request: FastifyRequest, publicUrl: string | null, listenHost: string): boolean {
  const host = toBareHost(request.hostname);
  if (host === '') return false;
  if (isLoopback(host) || host === toBareHost(listenHost)) return true;
  if (publicUrl !== null && host === toBareHost(new URL(publicUrl).hostname)) return true;
  return host === toBareHost(request.socket.localAddress ?? '');
}

/** Whether an Origin header names the page we serve ourselves. */
export function isOwnOrigin(origin: string, request: FastifyRequest, publicUrl: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const given = new URL(origin);
  // Read with the scheme of the page, so that its default port may be written out or not; a proxy may have ended TLS.
  const used = `${given.protocol}//${request.host}`;
  if (URL.canParse(used) && given.origin !== 'null' && new URL(used).origin === given.origin) return true;
  return publicUrl !== null && given.origin === new URL(publicUrl).origin;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Lower case, without brackets, a dot at the end, or the prefix of an IPv4 address in IPv6 clothes. */
function toBareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
}
