import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { toIsoTime } from '../core/clock.ts';
import { ERRORS, type FettleError } from '../core/errors.ts';
import { closeBreaker, listBreakers, listRefusedCredentials, openBreaker, parkHeldRuns } from '../store/breakers.ts';
import type { ClaimedRun } from '../store/run-claims.ts';
import type { GetDatabase } from '../store/store.ts';

/**
 * Decides when a destination or a credential is left alone, see `store/breakers.ts`.
 *
 *   five failures in a row ──▶ the destination rests 30 s, then one run probes; each failed probe doubles the rest, up to ten minutes
 *   Retry-After            ──▶ the destination rests as long as it asks
 *   401                    ──▶ the credential rests until it changes
 *   403                    ──▶ the credential rests for that target
 */
export interface BreakerControl {
  /** An attempt ended; `error` is undefined when the other side answered well. */
  attemptEnded(run: ClaimedRun, error: FettleError | undefined): Promise<void>;
  /** Looks whether refused credentials changed, and lets runs behind open breakers out of the way. */
  maintain(): Promise<void>;
}

export interface BreakerPorts {
  readonly db: GetDatabase;
  readonly clock: Clock;
  /** The value of a credential now; undefined when there is none. */
  readonly findCredential: (name: string) => Promise<string | undefined>;
  readonly onOpen: (breaker: { readonly scope: string; readonly code: string; readonly reason: string }) => void;
  readonly onClose: (scope: string) => void;
}

const FAILURES_TO_OPEN = 5;
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 600_000;

export function createBreakerControl(ports: BreakerPorts): BreakerControl {
  const { db, clock } = ports;
  /** Failures in a row, by destination; only what this process saw. */
  const failures = new Map<string, number>();
  /** Destinations whose breaker is open, the failures it opened with, and since when. */
  let open = new Map<string, { readonly failures: number; readonly sinceMs: number }>();

  const fingerprint = async (name: string): Promise<Buffer | null> => {
    const value = await ports.findCredential(name).catch(() => undefined);
    return value === undefined ? null : createHash('sha256').update(value).digest();
  };

  const openFor = async (
    kind: 'destination' | 'credential',
    scope: string,
    rest: { readonly untilMs: number | null; readonly failures: number; readonly fingerprint: Buffer | null },
    { code, message }: FettleError,
  ) => {
    const nowAt = toIsoTime(clock());
    const untilAt = rest.untilMs === null ? null : toIsoTime(rest.untilMs);
    const until = rest.untilMs === null ? null : new Date(rest.untilMs);
    await openBreaker(db(), { scope, kind, openedAt: nowAt, until, untilAt, code, reason: message, ...rest });
    await parkHeldRuns(db(), nowAt);
    ports.onOpen({ scope, code, reason: message });
  };

  const close = async (scope: string) => {
    if (await closeBreaker(db(), scope, toIsoTime(clock()))) ports.onClose(scope);
  };

  const destinationFailed = async ({ destination, startedAt }: ClaimedRun, error: FettleError) => {
    const known = open.get(destination);
    // An attempt that was under way when the breaker opened says nothing new.
    if (known !== undefined && startedAt.getTime() <= known.sinceMs) return;
    const inRow = (failures.get(destination) ?? known?.failures ?? 0) + 1;
    const asked = error.retryAfterSeconds;
    if (asked === undefined) failures.set(destination, inRow);
    if (asked === undefined && inRow < FAILURES_TO_OPEN) return;
    const restMs =
      asked === undefined ? Math.min(FIRST_REST_MS * 2 ** (inRow - FAILURES_TO_OPEN), LONGEST_REST_MS) : asked * 1000;
    open.set(destination, { failures: inRow, sinceMs: clock() });
    const rest = { untilMs: clock() + restMs, failures: inRow, fingerprint: null };
    await openFor('destination', `destination:${destination}`, rest, error);
  };

  return {
    async attemptEnded(run, error) {
      // A refusal is an answer too: the other side is there.
      if (error === undefined || error.code === 'upstream_refused') {
        failures.delete(run.destination);
        if (open.delete(run.destination)) await close(`destination:${run.destination}`);
      } else if (error.code === 'credential_refused' || error.code === 'access_refused') {
        if (run.credential === null) return;
        const target = error.code === 'access_refused' ? `@${run.orderKey ?? run.destination}` : '';
        const rest = { untilMs: null, failures: 1, fingerprint: await fingerprint(run.credential) };
        await openFor('credential', `credential:${run.credential}${target}`, rest, error);
      } else if (ERRORS[error.code].retryable && error.code !== 'internal') {
        await destinationFailed(run, error);
      }
    },
    async maintain() {
      const rows = await listBreakers(db());
      const destinations = rows.filter(({ kind }) => kind === 'destination');
      open = new Map(
        destinations.map(({ scope, failures: count, openedAt }) => {
          const destination = scope.slice('destination:'.length);
          return [destination, open.get(destination) ?? { failures: count, sinceMs: openedAt.getTime() }];
        }),
      );
      if (rows.length === 0) return;
      for (const { scope, fingerprint: refused } of await listRefusedCredentials(db())) {
        const name = scope.slice('credential:'.length).split('@', 1)[0] ?? '';
        const present = await fingerprint(name);
        if (present !== null && refused !== null ? !present.equals(refused) : present !== refused) await close(scope);
      }
      await parkHeldRuns(db(), toIsoTime(clock()));
    },
  };
}
