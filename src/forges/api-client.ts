import { FettleError } from '../core/errors.ts';
import type { OutgoingHttp } from '../network/contract.ts';

/** What the API clients of the forges need of the outgoing client. */
export type ApiTransport = Pick<OutgoingHttp, 'request'>;

/** Where a kind of forge lives and how one proves who asks. */
export interface ApiAccess {
  /** Base URL of the forge without a slash at its end; null for the public instance of the kind. */
  readonly url: string | null;
  readonly token: string | null;
  readonly http: ApiTransport;
}

/** Reads JSON from one forge's REST API. */
export interface ApiClient {
  /**
   * Asks for one thing. The parts of the path are encoded here, so names from deliveries cannot leave their place.
   * Answers 403 and 404 are given back, since they often mean "may not tell"; other failures are errors.
   * @throws FettleError `upstream_failed`, `address_forbidden`.
   */
  get(path: readonly string[], query?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  readonly status: number;
  /** Whether the answer is a success. */
  readonly ok: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; the text where it is none. */
  readonly body: unknown;
}

/** Answers are small; a forge that sends more is broken or not what it seems. */
const MAX_BYTES = 2 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * A client for the API under `baseUrl`.
 * @param headers sent with each request; the only place for the token.
 */
export function createApiClient(
  transport: ApiTransport,
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
): ApiClient {
  return {
    async get(path, query = {}) {
      // The URL parser resolves dots even when they are encoded; no forge has a thing of that name.
      if (path.some((part) => part === '' || part === '.' || part === '..')) {
        return { status: 404, ok: false, headers: {}, body: undefined };
      }
      const url = new URL(`${baseUrl}/${path.map(encodeURIComponent).join('/')}`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const answer = await transport.request({
        url,
        headers: { accept: 'application/json', 'user-agent': 'fettle', ...headers },
        maxBytes: MAX_BYTES,
        timeoutMs: TIMEOUT_MS,
      });
      const { status } = answer;
      const ok = status >= 200 && status < 300;
      if (!ok && status !== 403 && status !== 404) throw toFailure(url.host, status, answer.headers['retry-after']);
      return { status, ok, headers: answer.headers, body: toBody(answer.body) };
    },
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
export function toUnanswered(question: string, { status }: ApiAnswer): FettleError {
  const reason = status === 403 ? 'The token is valid but may not ask this.' : 'Check the address of this forge.';
  return new FettleError('upstream_failed', `The forge answered ${status} when asked for ${question}. ${reason}`);
}

function toFailure(host: string, status: number, retryAfter: string | undefined): FettleError {
  const hint =
    status === 401
      ? 'It does not accept the token of this forge: check `token`, and whether it has expired.'
      : 'Try again later.';
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? { retryAfterSeconds: Number(retryAfter) } : {};
  return new FettleError('upstream_failed', `${host} answered ${status}. ${hint}`, seconds);
}

function toBody(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
