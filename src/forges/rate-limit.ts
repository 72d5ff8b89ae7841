import { FettleError } from '../core/errors.ts';
import type { OutgoingResponse } from '../network/contract.ts';
import { toRetryAfterSeconds } from '../network/upstream-error.ts';

/**
 * The failure for a refusal that means "too many requests"; undefined for any other. GitHub answers it with 403 as well as 429, and tells
 * by headers when to come back: `retry-after`, else `x-ratelimit-reset` in seconds since 1970 once `x-ratelimit-remaining` is 0; of
 * its secondary limits only the words tell, and it asks for a minute then. GitLab says `ratelimit-reset`.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 * https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 * @param said what the forge says about it.
 */
export function toRateLimit(
  host: string,
  answer: Pick<OutgoingResponse, 'status' | 'headers'>,
  said: string,
  nowMs: number,
): FettleError | undefined {
  const { status, headers } = answer;
  if (status !== 403 && status !== 429) return undefined;
  const isUsedUp = (headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']) === '0';
  const isSaid = /\b(rate limit|abuse detection)/i.test(said);
  const retryAfter = toRetryAfterSeconds(headers['retry-after'], nowMs);
  if (status === 403 && !isUsedUp && !isSaid && retryAfter === undefined) return undefined;
  const seconds = retryAfter ?? (isUsedUp ? toSecondsUntilReset(headers, nowMs) : undefined) ?? SECONDS_WHEN_NOT_TOLD;
  const words = said === '' ? '' : ` It says: ${said.slice(0, 300)}`;
  return new FettleError(
    'upstream_busy',
    `${host} answered ${status}: the limit on requests of this token is reached, and it asks to wait ${seconds} s.${words}`,
    { retryAfterSeconds: seconds },
  );
}

const SECONDS_WHEN_NOT_TOLD = 60;
const MAX_SECONDS = 86_400;

function toSecondsUntilReset(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const reset = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'];
  if (reset === undefined || !/^\d{9,11}$/.test(reset)) return undefined;
  return Math.min(Math.max(Math.ceil(Number(reset) - nowMs / 1000), 1), MAX_SECONDS);
}
