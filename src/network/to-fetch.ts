import { FettleError } from '../core/errors.ts';
import type { OutgoingRequest, OutgoingResponse } from './contract.ts';
import { toOutgoingUrl } from './outgoing-url.ts';

const MAX_REDIRECTS = 5;
/** Statuses for which `Response` accepts no body. */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

/**
 * The `fetch` of a client. It differs from the standard in three ways: bodies are read whole, within the limits of the client; redirects
 * are followed only when `redirect: 'follow'` is given; and failures are FettleErrors.
 */
export function toFetch(request: (outgoing: OutgoingRequest) => Promise<OutgoingResponse>): typeof globalThis.fetch {
  return async (input, init) => {
    // `Request` repeats an address that it refuses in its error, credentials and all.
    toOutgoingUrl(input instanceof Request ? input.url : input);
    const asked = new Request(input, init);
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer());
    const answer = await request({
      url: asked.url,
      method: asked.method,
      headers: Object.fromEntries(asked.headers),
      body,
      signal: asked.signal,
      maxRedirects: init?.redirect === 'follow' ? MAX_REDIRECTS : 0,
    });
    if (init?.redirect === 'error' && answer.status >= 300 && answer.status < 400 && answer.status !== 304) {
      throw new FettleError(
        'upstream_failed',
        `${new URL(answer.url).host} answered ${answer.status}, a redirect, where none was expected.`,
      );
    }
    const response = new Response(WITHOUT_BODY.has(answer.status) ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: toHeaders(answer.headers),
    });
    Object.defineProperty(response, 'url', { value: answer.url });
    return response;
  };
}

function toHeaders(plain: Readonly<Record<string, string>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(plain)) {
    for (const part of name === 'set-cookie' ? value.split('\n') : [value]) headers.append(name, part);
  }
  return headers;
}
