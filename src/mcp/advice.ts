import { type ErrorCode, ERRORS, FettleError } from '../core/errors.ts';
import { isConflict, isDatabaseAbsent } from '../store/database-errors.ts';

/** What a model should do after an error, said to it. Without a line here the error's kind decides. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  lease_stale:
    'You do not hold this task any more. Stop working on it and push nothing more for it. Call claim_task for other work.',
  task_cancelled: 'Stop: the task was called off. Do not complete, fail or release it. Call claim_task for other work.',
  task_not_movable:
    'Call get_task to see the state of the task and do what fits it; repeating this call does not help.',
  agent_unknown: 'Call whoami; its `agents` are the names that claim_task takes for `agent`.',
  idempotency_key_reused:
    'This key already stands for another call. Use a new key for a new call, and the old one only to repeat the very same call.',
  body_too_large:
    'Nothing was changed. Commit what is large to the branch or write it into the pull request, and call again with a short result that names it.',
  not_found: 'Check the id. If it is right, it is outside the repositories you may see, or too old to be kept.',
  invalid_request: 'Correct the arguments and call again.',
  forbidden:
    'Your token does not allow this. Go on with the tools that tools/list shows you, and ask a person for a token with the role agent if you are meant to work on tasks.',
  unauthenticated:
    'The hub does not accept the token. Stop, and ask the person who set this up for a valid one (`fettle token create --role agent`).',
  too_many_clients: 'All places for listeners are taken. Wait a minute, or call with wait 0.',
  hub_unreachable: 'The hub does not answer. Wait a minute and repeat the call with the same idempotency_key.',
};

const TRY_AGAIN = 'Wait a moment and repeat the call with the same idempotency_key.';
const DO_NOT_REPEAT = 'Repeating this call does not help; tell the person you work for.';

/** What to do next, in a sentence or two for a model. */
export function toAdvice(error: FettleError): string {
  const advice = ADVICE[error.code] ?? (ERRORS[error.code].retryable ? TRY_AGAIN : DO_NOT_REPEAT);
  return error.retryAfterSeconds === undefined ? advice : `${advice} (After ${error.retryAfterSeconds} seconds.)`;
}

/** What went wrong as an error with a code; undefined for what nobody foresaw. */
export function toExpectedError(error: unknown): FettleError | undefined {
  if (error instanceof FettleError) return error;
  if (!isDatabaseAbsent(error) && !isConflict(error)) return undefined;
  const detail =
    'The database does not answer now. Nothing was changed, or it was and the same idempotency_key tells so.';
  return new FettleError('store_unavailable', detail, { cause: error, retryAfterSeconds: 5 });
}
