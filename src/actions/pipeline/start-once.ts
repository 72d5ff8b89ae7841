import { type ErrorCode, FettleError } from '../../core/errors.ts';
import type { JsonValue, RunContext } from '../../jobs/contract.ts';
import type { Later, Started } from './engine.ts';

/**
 * Starts something once at a side that takes no key, but shows what was started. What is needed to find it again is noted, and the note
 * is stored, before anything is started:
 *
 *   note ──stored, next attempt──▶ start ──▶ started
 *                                    ├── refused ──▶ failed; the next attempt begins with another note
 *                                    └── no answer, or a crash ──▶ look, once the list there is surely complete
 *                                           ├── found ──▶ that is it: started
 *                                           └── not found ──▶ nothing was started; begins with another note
 *
 * Where nothing can be found again, the start is an effect that nobody recognises.
 */
export interface Startable<N extends JsonValue> {
  /** What finds it again; null when nothing does. */
  note(): Promise<N | null>;
  start(note: N | null): Promise<Started>;
  /** What was started after the note was taken. */
  find(note: N): Promise<Started | undefined>;
}

export async function startOnce<N extends JsonValue>(
  context: RunContext,
  startable: Startable<N>,
): Promise<Started | Later> {
  const { clock, run } = context;
  for (let round = 1; ; round += 1) {
    let isFresh = false;
    const { note, attempt } = await context.step(`look before start ${round}`, async () => {
      isFresh = true;
      return { note: await startable.note(), attempt: run.attempt };
    });
    if (note === null) return await context.effect('start', () => startable.start(null));
    if (isFresh) return { state: 'later', atMs: clock(), summary: 'Is about to start the pipeline.' };
    let refusal: FettleError | undefined;
    let tooSoon: Later | undefined;
    const attemptOrLook = async (): Promise<{ started: Started | null }> => {
      if (run.attempt === attempt + 1) {
        try {
          return { started: await startable.start(note) };
        } catch (error) {
          if (!isRefusal(error)) throw error;
          refusal = error;
          return { started: null };
        }
      }
      const noticedMs = await context.step(`no answer to start ${round}`, () => Promise.resolve(clock()));
      const settledMs = noticedMs + SETTLED_MS;
      if (clock() < settledMs) {
        tooSoon = { state: 'later', atMs: settledMs, summary: LOOKS_LATER };
        throw new FettleError('outcome_unknown', LOOKS_LATER);
      }
      const found = await startable.find(note);
      context.log(found === undefined ? 'Nothing was started before.' : `It was started before: ${found.id}.`);
      return { started: found ?? null };
    };
    const { started } = await context.step(`start ${round}`, attemptOrLook).catch((error: unknown) => {
      if (tooSoon === undefined) throw error;
      return { started: null };
    });
    if (tooSoon !== undefined) return tooSoon;
    if (refusal !== undefined) throw refusal;
    if (started !== null) return started;
  }
}

/** After that long a list holds what was started before; GitHub’s lags by seconds, and a slow side may still be at it. */
const SETTLED_MS = 90_000;
const LOOKS_LATER = 'It is not known whether the pipeline was started; looks once the list there is complete.';

/** Whether an error says that nothing was started; a gateway's 502 or 504 does not. */
function isRefusal(error: unknown): error is FettleError {
  return error instanceof FettleError && !error.outcomeUnknown && REFUSALS.has(error.code);
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'upstream_refused',
  'upstream_busy',
  'access_refused',
  'credential_refused',
  'address_forbidden',
  'input_invalid',
]);
