import { type ErrorCode, ERRORS, FettleError } from '../core/errors.ts';

/**
 * What becomes of a run after an attempt that failed.
 *
 *   error                                   then
 *   upstream_busy with Retry-After          tried again at that time; costs no attempt, and the destination rests until then
 *   one that may pass (see `retryable`)     tried again, on the ladder, until `retryFor` or the number of attempts is used up, then dead
 *   credential_refused, access_refused      waits until the credential changes
 *   outcome_unknown                         waits for a person; sent again where the rule says `onUnknown: resend`
 *   anything else                           dead at once: the same again would end the same
 */
export type Verdict =
  | { readonly next: 'retry'; readonly atMs: number; readonly burns: boolean }
  | { readonly next: 'wait-for-credential'; readonly target: boolean }
  | { readonly next: 'wait-for-person' }
  | { readonly next: 'dead'; readonly because?: string };

export interface AttemptFacts {
  readonly nowMs: number;
  readonly firstAttemptAtMs: number;
  /** Failed attempts before this one. */
  readonly burned: number;
  readonly retryForMs: number;
  readonly maxAttempts: number | null;
}

/** Upper bounds of the waits. With full jitter the mean is half of each, so eight days hold about forty attempts. */
const LADDER_MS = [5_000, 15_000, 45_000, 150_000, 450_000, 1_350_000, 3_600_000, 10_800_000, 28_800_000, 43_200_000];
const SHORTEST_WAIT_MS = 500;
/** Spreads those that were asked to come back at the same time. */
const RETRY_AFTER_SPREAD = 0.1;

/** Decides about a failure. `random` gives numbers from 0 to 1, 1 excluded. */
export function toVerdict(error: FettleError, facts: AttemptFacts, random: () => number = Math.random): Verdict {
  if (error.code === 'credential_refused') return { next: 'wait-for-credential', target: false };
  if (error.code === 'access_refused') return { next: 'wait-for-credential', target: true };
  if (error.code === 'outcome_unknown') return { next: 'wait-for-person' };
  if (!ERRORS[error.code].retryable) return { next: 'dead' };
  const asked = error.retryAfterSeconds;
  const burns = asked === undefined;
  const waitMs = asked === undefined ? toWaitMs(facts.burned, random) : toAskedMs(asked, random);
  const atMs = facts.nowMs + waitMs;
  const attempts = facts.burned + 1;
  if (burns && facts.maxAttempts !== null && attempts >= facts.maxAttempts)
    return { next: 'dead', because: `Given up after ${attempts} attempts, as the rule says.` };
  if (atMs - facts.firstAttemptAtMs > facts.retryForMs)
    return { next: 'dead', because: `Given up: it was tried for as long as allowed, ${attempts} times.` };
  return { next: 'retry', atMs, burns };
}

/** The wait before the next attempt: anything up to the rung (full jitter), so that many runs do not come back at once. */
export function toWaitMs(burned: number, random: () => number): number {
  const rung = LADDER_MS[Math.min(burned, LADDER_MS.length - 1)] as number;
  return Math.max(SHORTEST_WAIT_MS, Math.round(random() * rung));
}

function toAskedMs(seconds: number, random: () => number): number {
  return Math.max(SHORTEST_WAIT_MS, Math.round(seconds * 1000 * (1 + random() * RETRY_AFTER_SPREAD)));
}

/** Any error as one with a code; what is no FettleError is a fault of ours, and tried again. */
export function toFettleError(error: unknown): FettleError {
  if (error instanceof FettleError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return new FettleError('internal' satisfies ErrorCode, `The action failed in a way it should not: ${words}`, {
    cause: error,
  });
}
