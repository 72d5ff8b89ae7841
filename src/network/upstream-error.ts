import { FettleError } from '../core/errors.ts';

/**
 * What an answer that is not a success means. The code decides what becomes of a run:
 *
 *   401                       `credential_refused`   the credential's runs wait until it changes
 *   403                       `access_refused`       as 401, for this target only
 *   408, 425, 429, 5xx        `upstream_busy`        tried again, after `Retry-After` where it is given
 *   anything else             `upstream_refused`     the same request would be refused again, or redirected
 *
 * 500 and other 5xx without `Retry-After` are `upstream_failed`, tried again on the ladder.
 * @param said what the other side said about it, at most a sentence; no secrets.
 */
export function toUpstreamError(
  host: string,
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  said = '',
): FettleError {
  const { status, headers } = answer;
  const words = said === '' ? '' : ` It says: ${said.slice(0, 300)}`;
  const retryAfterSeconds = toRetryAfterSeconds(headers['retry-after'], Date.now());
  const after = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (status === 401) {
    const hint = 'It does not accept the token or password: check the setting and whether it has expired.';
    return new FettleError('credential_refused', `${host} answered 401. ${hint}${words}`);
  }
  if (status === 403) {
    const hint = 'The account is known there but may not do this: give it the right, or use another token.';
    return new FettleError('access_refused', `${host} answered 403. ${hint}${words}`);
  }
  if (status === 408 || status === 425 || status === 429 || (status >= 500 && retryAfterSeconds !== undefined)) {
    return new FettleError('upstream_busy', `${host} answered ${status} and wants to be asked later.${words}`, after);
  }
  if (status >= 500) return new FettleError('upstream_failed', `${host} answered ${status}.${words}`);
  const hint = (status < 400 ? REDIRECTED : HINTS[status]) ?? UNCHANGED;
  return new FettleError('upstream_refused', `${host} answered ${status}. ${hint}${words}`);
}

const UNCHANGED = 'Sending the same again would not help: correct what the rule sends.';
const REDIRECTED = 'Redirects are not followed: write the address it leads to into the rule or setting.';

const HINTS: Readonly<Record<number, string>> = {
  404: 'What the rule names does not exist there, or the account may not see it.',
  410: 'It is gone for good: take it out of the rule.',
  413: 'The message is too large for it: shorten the template.',
};

/**
 * `Retry-After` as seconds: a number, or a date (RFC 9110 §10.2.3). Undefined when it is neither; at most a day, so that a wrong header
 * cannot park a run for a year.
 */
export function toRetryAfterSeconds(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d{1,9}(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), MAX_RETRY_AFTER_SECONDS) : undefined;
}

const MAX_RETRY_AFTER_SECONDS = 86_400;
