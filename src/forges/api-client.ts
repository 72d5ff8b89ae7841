import { FettleError } from '../core/errors.ts';
import type { OutgoingHttp, OutgoingRequest } from '../network/contract.ts';
import { toUpstreamError } from '../network/upstream-error.ts';
import { toRateLimit } from './rate-limit.ts';
import { textAt, valueAt } from './read.ts';

/** What the API clients of the forges need of the outgoing client. */
export type ApiTransport = Pick<OutgoingHttp, 'request'>;

/** Where a kind of forge lives and how one proves who asks. */
export interface ApiAccess {
  /** Base URL of the forge without a slash at its end; null for the public instance of the kind. */
  readonly url: string | null;
  readonly token: string | null;
  readonly http: ApiTransport;
}

/**
 * Talks JSON with one forge's REST API. The parts of a path are encoded here, so names from deliveries cannot leave their place.
 * What the forge refuses is thrown as `toUpstreamError` says, with what the forge said about it; a limit on requests is always
 * `upstream_busy`, whatever status it has.
 */
export interface ApiClient {
  /** Asks for one thing. Answers 403 and 404 are given back, since they often mean "may not tell". */
  get(path: readonly string[], query?: Query): Promise<ApiAnswer>;
  /** Sends one thing, or asks for one that must be there. Only an answer of 2xx, or one of `accept`, is given back. */
  send(method: Method, path: readonly string[], body?: unknown, options?: SendOptions): Promise<ApiAnswer>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string>>;

export interface SendOptions {
  readonly query?: Query | undefined;
  /** Statuses besides 2xx that are answers and not failures. */
  readonly accept?: readonly number[] | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  /** Whether the answer is a success. */
  readonly ok: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; the text where it is none. */
  readonly body: unknown;
  /** The body as it came. */
  readonly bytes: Buffer;
}

/** What is looked up while deliveries wait is small and quick; a list of a hundred long comments is neither. */
const LOOKUP = { maxBytes: 2 * 1024 * 1024, timeoutMs: 10_000 };
const EXCHANGE = { maxBytes: 10 * 1024 * 1024, timeoutMs: 30_000 };
const MAX_REDIRECTS = 3;

/**
 * A client for the API under `baseUrl`.
 * @param headers sent with each request; the only place for the token.
 */
export function createApiClient(
  transport: ApiTransport,
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
): ApiClient {
  const exchange = async (
    path: readonly string[],
    query: Query,
    accept: readonly number[],
    request: Omit<OutgoingRequest, 'url'>,
  ): Promise<ApiAnswer> => {
    // The URL parser resolves dots even when they are encoded; no forge has a thing of that name.
    const isPossible = !path.some((part) => part === '' || part === '.' || part === '..');
    const url = new URL(`${baseUrl}/${path.map(encodeURIComponent).join('/')}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answer = isPossible
      ? await transport.request({
          url,
          ...request,
          headers: { accept: 'application/json', 'user-agent': 'fettle', ...headers, ...request.headers },
        })
      : { status: 404, headers: {}, body: Buffer.alloc(0), url: url.href };
    const { status } = answer;
    const ok = status >= 200 && status < 300;
    const body = toBody(answer.body);
    if (!ok) {
      const said = toSaid(body, headers);
      const busy = toRateLimit(url.host, answer, said, Date.now());
      if (busy !== undefined) throw busy;
      if (!accept.includes(status)) throw toUpstreamError(url.host, answer, said);
    }
    return { status, ok, headers: answer.headers, body, bytes: answer.body };
  };
  return {
    get: (path, query = {}) => exchange(path, query, [403, 404], LOOKUP),
    send: (method, path, body, { query = {}, accept = [] } = {}) =>
      exchange(path, query, accept, {
        ...EXCHANGE,
        method,
        // What is redirected from one address to another is read there; but a POST would become a GET, and seem done.
        maxRedirects: method === 'GET' ? MAX_REDIRECTS : 0,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
  };
}

/** The `Authorization` header of a scheme; no header without a token. */
export function toAuthorization(scheme: string, token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `${scheme} ${token}` };
}

/**
 * The failure of a question that must have an answer.
 * @param question what was asked, in words.
 */
export function toUnanswered(question: string, { status }: Pick<ApiAnswer, 'status'>): FettleError {
  const reason = status === 403 ? 'The token is valid but may not ask this.' : 'Check the address of this forge.';
  const code = status === 403 ? 'access_refused' : 'upstream_failed';
  return new FettleError(code, `The forge answered ${status} when asked for ${question}. ${reason}`);
}

/** The failure for an answer of success that is not what was asked for, such as the page of a proxy that wants a sign-in. */
export function toUnreadable(what: string): FettleError {
  return new FettleError(
    'upstream_failed',
    `The forge answered, but not with ${what}. Check that the address of this forge is that of its API, with no sign-in page before it.`,
  );
}

/** What the forge says about a refusal, on one line; empty when it says nothing that can be shown. */
function toSaid(body: unknown, headers: Readonly<Record<string, string>>): string {
  const text = SAID_AT.map((path) => textAt(body, ...path) ?? toLine(valueAt(body, ...path))).find(
    (found) => found !== undefined && found !== '',
  );
  const details = toLine(valueAt(body, 'errors'));
  const said = [text, details === text ? undefined : details].filter((part) => part !== undefined).join(' ');
  const token = headers['authorization']?.split(' ').at(-1);
  if (token !== undefined && said.includes(token)) return '';
  return said.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Where the kinds put their words: Gitea, GitHub and GitLab; GitLab again; Bitbucket Cloud. */
const SAID_AT = [['message'], ['error_description'], ['error', 'message'], ['error']] as const;
const MAX_LINE_LENGTH = 300;

/** GitLab and GitHub answer with objects by field, Bitbucket Data Center with a list: their texts, one after the other. */
function toLine(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const parts = Object.entries(value).flatMap(([name, part]) => {
    const line = toLine(part);
    if (line === undefined) return [];
    return [Array.isArray(value) || name === 'message' ? line : `${name}: ${line}`];
  });
  return parts.length === 0 ? undefined : parts.join(', ').slice(0, MAX_LINE_LENGTH);
}

function toBody(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
