import { FettleError } from '../core/errors.ts';
import type { OutgoingResponse } from './contract.ts';

/** One request of a chain of redirects. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that say nothing about who asks. Everything else may be a credential, under whatever name. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'content-type', 'user-agent']);

/**
 * The request that follows a redirect; undefined when the answer is none. Its address is vetted like any other when it is
 * connected to. At another origin neither credentials nor a body arrive, and no way leads from https to http.
 * @throws FettleError `upstream_failed` for a redirect that is not followed.
 */
export function toRedirect(hop: Hop, response: OutgoingResponse): Hop | undefined {
  const location = response.headers.location;
  if (!REDIRECTS.has(response.status) || location === undefined) return undefined;
  const refuse = (reason: string) =>
    new FettleError('upstream_failed', `${hop.url.host} answered ${response.status} and redirects ${reason}.`);
  const url = URL.parse(location, hop.url.href);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refuse('to no web address');
  if (url.username !== '' || url.password !== '') throw refuse('to an address with credentials');
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') throw refuse('from https to http');

  const becomesGet = response.status === 303 || (response.status < 303 && hop.method === 'POST');
  const method = becomesGet && hop.method !== 'HEAD' ? 'GET' : hop.method;
  const body = becomesGet ? undefined : hop.body;
  if (url.origin === hop.url.origin) return { ...hop, url, method, body };
  if (body !== undefined) throw refuse('a request with a body to another host');
  const headers = Object.fromEntries(
    Object.entries(hop.headers ?? {}).filter(([name]) => HARMLESS_HEADERS.has(name.toLowerCase())),
  );
  return { url, method, headers };
}
