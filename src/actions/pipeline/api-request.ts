import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { toUpstreamError } from '../../network/upstream-error.ts';
import { VERSION } from '../../version.ts';
import { toAnswerWords } from '../send-request.ts';

/** Requests to the APIs of CI servers and DAG engines. */

export interface ApiRequest {
  readonly url: string;
  /** Default GET. */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | undefined;
  /** Statuses besides 2xx that are answers and not failures. */
  readonly accept?: readonly number[] | undefined;
  /** What an error must not repeat, besides what the authorisation says. */
  readonly secrets: readonly string[];
}

export interface ApiReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined where it is none. */
  readonly body: unknown;
}

const FAILURES = Array.from({ length: 300 }, (_, index) => 300 + index);
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Asks, and reads the answer as JSON.
 * @throws FettleError as `toUpstreamError`, with what the other side said.
 */
export async function requestApi(context: RunContext, request: ApiRequest): Promise<ApiReply> {
  const { url, method = 'GET', json, accept = [], secrets } = request;
  const body = json === undefined ? request.body : JSON.stringify(json);
  const answer = await context.request({
    url,
    method,
    maxBytes: MAX_ANSWER_BYTES,
    accept: FAILURES,
    headers: {
      accept: 'application/json',
      'user-agent': `Fettle/${VERSION}`,
      'fettle-hops': String(context.run.hops + 1),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const { status, headers } = answer;
  if ((status < 200 || status > 299) && !accept.includes(status)) {
    const sent = request.headers?.['authorization']?.split(' ').at(-1) ?? '';
    throw toUpstreamError(new URL(answer.url).host, answer, toAnswerWords(answer.body, [...secrets, sent]));
  }
  return { status, headers, body: readJson(answer.body) };
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * An address below another, each part encoded.
 * @throws FettleError `input_invalid` for a part that no address has, and for a base that is no address.
 */
export function toAddress(base: string, parts: readonly string[]): string {
  const url = URL.parse(base);
  if (url === null) throw new FettleError('input_invalid', 'The `url` of a pipeline is not an address.');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new FettleError('input_invalid', `${JSON.stringify(parts.join('/'))} cannot be a part of an address.`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/${parts.map(encodeURIComponent).join('/')}`;
}

/** Host and port of an address; empty when it is none. */
export function toHost(address: string): string {
  return URL.parse(address)?.host ?? '';
}

/** `Bearer`, or `Basic` with a user; nothing without a token. */
export function toAuthorization(user: string | undefined, token: string | undefined): Record<string, string> {
  if (token === undefined) return {};
  if (user === undefined) return { authorization: `Bearer ${token}` };
  return { authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` };
}

/** What an answer should have had. */
export function toUnreadable(address: string, what: string): FettleError {
  const detail = `${toHost(address)} answered, but not with ${what}. Check that the address is that of its API, with no sign-in page before it.`;
  return new FettleError('upstream_failed', detail, { outcomeUnknown: true });
}
