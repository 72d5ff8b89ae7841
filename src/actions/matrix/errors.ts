import { FettleError } from '../../core/errors.ts';
import { toRetryAfterSeconds, toUpstreamError } from '../../network/upstream-error.ts';
import { cleanText } from '../../core/clean-text.ts';

/** What a homeserver answered with, when it is no success. */
export interface MatrixRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `M_…`; empty when the answer is not one of a homeserver. */
  readonly errcode: string;
  readonly words: string;
  readonly retryAfterMs: number | undefined;
}

const MAX_WORDS_CHARS = 200;
const MAX_WAIT_MS = 86_400_000;

/** Reads the standard error of the protocol: https://spec.matrix.org/latest/client-server-api/#standard-error-response */
export function toMatrixRefusal(
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer },
  token: string,
): MatrixRefusal {
  const { status, headers } = answer;
  const told = readObject(answer.body);
  const words = typeof told.error === 'string' && !told.error.includes(token) ? told.error : '';
  const waitMs = told.retry_after_ms;
  return {
    status,
    headers,
    errcode: typeof told.errcode === 'string' && /^[A-Z_.\d]{1,60}$/i.test(told.errcode) ? told.errcode : '',
    words: cleanText(words, MAX_WORDS_CHARS),
    retryAfterMs: typeof waitMs === 'number' && waitMs >= 0 ? Math.min(waitMs, MAX_WAIT_MS) : undefined,
  };
}

/**
 * What a refusal means for the run. The code of the protocol counts more than the status, which homeservers differ in.
 * @param hints what to do about a code, for what was asked.
 */
export function toMatrixError(
  host: string,
  refusal: MatrixRefusal,
  hints: Readonly<Record<string, string>> = {},
): FettleError {
  const { status, headers, errcode, words } = refusal;
  const said = [errcode, words].filter((part) => part !== '').join(': ');
  const detail = (hint: string) => `${host} answered ${status}. ${hint}${said === '' ? '' : ` It says: ${said}`}`;
  const hint = hints[errcode];
  if (status === 429 || errcode === 'M_LIMIT_EXCEEDED') {
    // The field of the body is deprecated in favour of the header, and still common.
    const seconds = toRetryAfterSeconds(headers['retry-after'], Date.now()) ?? toSeconds(refusal.retryAfterMs);
    const after = seconds === undefined ? {} : { retryAfterSeconds: seconds };
    return new FettleError('upstream_busy', detail('The account sends faster than the homeserver allows.'), after);
  }
  if (CREDENTIAL_CODES.has(errcode) || status === 401)
    return new FettleError('credential_refused', detail('Put a valid access token into `matrix.token`.'));
  if (errcode === 'M_RESOURCE_LIMIT_EXCEEDED')
    return new FettleError('upstream_failed', detail('The homeserver has reached a limit of its own.'));
  if (errcode === 'M_FORBIDDEN' || status === 403)
    return new FettleError('access_refused', detail(hint ?? 'The account may not do this there.'));
  if (errcode === 'M_UNRECOGNIZED' || (errcode === '' && isElsewhere(status)))
    return new FettleError('upstream_refused', detail(NO_HOMESERVER));
  if (hint !== undefined) return new FettleError('upstream_refused', detail(hint));
  return toUpstreamError(host, { status, headers }, said);
}

/** The error of an answer that is a success by its status and says nothing of the kind. */
export function toNonsenseError(host: string, missing: string): FettleError {
  return new FettleError('upstream_failed', `${host} answered 200 without \`${missing}\`. ${NO_HOMESERVER}`, {
    outcomeUnknown: true,
  });
}

const NO_HOMESERVER =
  'This is no answer of a Matrix homeserver: check that `matrix.homeserver` is the address of its client API.';

const CREDENTIAL_CODES = new Set(['M_UNKNOWN_TOKEN', 'M_MISSING_TOKEN', 'M_USER_DEACTIVATED', 'M_USER_LOCKED']);

/** Whether a status without a code of the protocol says that the request came to the wrong place. */
function isElsewhere(status: number): boolean {
  return status < 400 || status === 404 || status === 405;
}

function toSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.ceil(ms / 1000);
}

/** The JSON object of an answer; an empty one when it holds none. */
export function readObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
