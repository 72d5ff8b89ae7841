import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { toCredentialName } from '../credential-name.ts';
import { toContent } from '../webhook/body.ts';
import { toFreeHeaders } from '../webhook/headers.ts';
import { toSignatureHeaders } from '../webhook/signature.ts';
import { requestApi, toAuthorization, toHost, toUnreadable } from './api-request.ts';
import type { PipelineEngine, Seen, Started } from './engine.ts';
import type { HttpInput } from './input.ts';
import { findPointed, findPointedText } from './json-pointer.ts';

/**
 * Anything that one request starts. Every attempt carries the id of the run as `Idempotency-Key` and `webhook-id`, for a side that
 * recognises repeats; since it is not known whether it does, the request is an effect, and `onUnknown: resend` says that it does.
 */
export const httpEngine: PipelineEngine<HttpInput> = {
  target({ url, token, secret, follow }) {
    const host = toHost(url);
    const hosts = new Set([host, ...(follow === undefined ? [] : [toHost(follow.url)])]);
    return {
      destination: host === '' ? 'http' : host,
      orderKey: `pipeline.dispatch ${url}`,
      credential: toCredentialName([token, secret].filter((each) => each !== undefined)),
      reaches: [...hosts].map((each) => `host:${each}`),
    };
  },
  async open(context, input) {
    const token = input.token === undefined ? undefined : await context.secret(input.token);
    const { follow } = input;
    return {
      name: `the pipeline at ${toHost(input.url)}`,
      start: () => context.effect('start', () => start(context, input, token)),
      look: follow === undefined ? undefined : ({ id }) => look(context, follow, id, token),
    };
  },
};

type Follow = NonNullable<HttpInput['follow']>;

async function start(context: RunContext, input: HttpInput, token: string | undefined): Promise<Started> {
  const { run, clock } = context;
  const secret = input.secret === undefined ? undefined : await context.secret(input.secret);
  const content = toBody(context, input);
  const atMs = clock();
  const { status, body } = await requestApi(context, {
    url: input.url,
    method: input.method,
    headers: {
      ...(content === undefined ? {} : { 'content-type': content.contentType }),
      ...toFreeHeaders(input.headers),
      'idempotency-key': run.id,
      ...toAuthorization(undefined, token),
      ...toSignatureHeaders({ id: run.id, atMs, body: content?.body ?? '' }, secret === undefined ? [] : [secret]),
    },
    body: content?.body,
    accept: input.expect ?? [],
    secrets: [token, secret].filter((each) => each !== undefined),
  });
  if (input.expect !== undefined && !input.expect.includes(status)) {
    const detail = `${toHost(input.url)} answered ${status}, and the rule expects ${input.expect.join(', ')}.`;
    throw new FettleError('upstream_refused', detail);
  }
  if (input.follow === undefined) return { id: null, url: null, atMs };
  const { idFrom, page } = input.follow;
  return { id: findPointedText(body, idFrom) ?? null, url: findPage(body, page), atMs };
}

async function look(context: RunContext, follow: Follow, id: string | null, token: string | undefined): Promise<Seen> {
  if (id === null) throw new FettleError('upstream_refused', `The answer had no id at ${follow.idFrom}.`);
  const { body } = await requestApi(context, {
    url: toFollowAddress(follow.url, id),
    headers: toAuthorization(undefined, token),
    secrets: token === undefined ? [] : [token],
  });
  const state = findPointedText(body, follow.stateFrom);
  if (state === undefined) throw toUnreadable(follow.url, `a state at ${follow.stateFrom}`);
  const url = findPage(body, follow.page);
  if (follow.success.includes(state)) return { state: 'success', url };
  return { state: follow.failure.includes(state) ? 'failure' : 'running', url };
}

function toBody(context: RunContext, { method, body, contentType }: HttpInput) {
  if (body !== undefined) return { contentType: contentType ?? 'application/json', body };
  if (method === 'GET' || method === 'DELETE') return undefined;
  if (context.event !== null) return toContent({ format: 'cloudevents' }, context);
  const { id, rule, createdAt } = context.run;
  return { contentType: 'application/json', body: JSON.stringify({ id, rule, at: createdAt }) };
}

/**
 * The address with the id in it. An id is what another side said, so it must not choose the host.
 * @throws FettleError `input_invalid` when `{id}` stands in the host, and for an id that no part of an address can be.
 */
function toFollowAddress(pattern: string, id: string): string {
  // The braces are encoded when the pattern comes out of a template for addresses.
  const parts = pattern.split(/\{id\}|%7Bid%7D/i);
  const [before = ''] = parts;
  const first = URL.parse(parts.join('x'));
  const filled = URL.parse(parts.join(encodeURIComponent(id)));
  const isPlain = id !== '.' && id !== '..' && /^https?:\/\/[^/]+\//.test(before);
  if (first === null || filled === null || first.origin !== filled.origin || (parts.length > 1 && !isPlain)) {
    const detail =
      '`{id}` of `follow.url` must stand in the path or the query of an address, and the id must fit there.';
    throw new FettleError('input_invalid', detail);
  }
  return filled.href;
}

function findPage(body: unknown, pointer: string | undefined): string | null {
  if (pointer === undefined) return null;
  const found = findPointed(body, pointer);
  return typeof found === 'string' ? found : null;
}
