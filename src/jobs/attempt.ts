import type { Clock } from '../core/clock.ts';
import { toIsoTime } from '../core/clock.ts';
import { FettleError } from '../core/errors.ts';
import type { ClaimedRun } from '../store/run-claims.ts';
import { isTerminal, type RunReport } from '../store/runs.ts';
import type { AttemptRecord, RunState } from '../store/run-tables.ts';
import type { Action, Outcome } from './contract.ts';
import { createRunContext, type RunPorts, type Saving } from './run-context.ts';
import { toFettleError, toVerdict } from './retry.ts';

/**
 * One attempt of a run:
 *
 *   queued, failed, waiting ──claim──▶ running ──▶ succeeded | unchanged | skipped
 *                                         ├──▶ waiting   later, credential refused, outcome unknown
 *                                         ├──▶ failed    to be tried again
 *                                         ├──▶ dead      not to be tried again
 *                                         └──▶ queued    handed back by a hub that stops, or left by one that died
 *   any but the last three ──person──▶ cancelled;   dead, cancelled, waiting, failed ──person──▶ queued
 */
export interface Ending {
  readonly report: RunReport;
  /** What failed; undefined when nothing did. */
  readonly error: FettleError | undefined;
}

export interface AttemptPorts extends RunPorts {
  readonly retryForMs: () => number;
  readonly random?: (() => number) | undefined;
}

/** Why an attempt is aborted when the hub stops: the run is handed back. */
export class HandedBackError extends FettleError {
  constructor() {
    super('internal', 'The hub stopped while the run was under way.', { outcomeUnknown: true });
  }
}

/** Steps that follow each other quickly are stored together, most of them with the end of the attempt. */
const PROGRESS_EVERY_MS = 100;
const MOST_ATTEMPT_RECORDS = 50;
const MOST_STEP_RECORDS = 200;

/**
 * Works on a run until the attempt is over. Never throws.
 * @param save stores a report; used for steps while the attempt goes on.
 */
export async function attemptRun(
  run: ClaimedRun,
  action: Action | undefined,
  ports: AttemptPorts,
  stopSignal: AbortSignal,
  save: (report: RunReport) => Promise<void>,
): Promise<Ending> {
  const timeoutMs = run.options.timeoutMs ?? action?.timeoutMs ?? 0;
  const over = new AbortController();
  const timer = setTimeout(() => {
    const detail = `The attempt took longer than ${timeoutMs / 1000} s.`;
    over.abort(new FettleError('run_timeout', detail, { outcomeUnknown: true }));
  }, timeoutMs).unref();
  // By hand: joining two signals into a third is a good part of what a quick attempt costs.
  const stop = () => over.abort(stopSignal.reason);
  if (stopSignal.aborted) stop();
  else stopSignal.addEventListener('abort', stop, { once: true });
  const { signal } = over;
  let isOver = false;
  const saveProgress = async () => {
    // Work that goes on after its attempt was given up has nothing to say any more.
    if (isOver) throw new FettleError('internal', 'The attempt is over.');
    await save(toReport(run, progress(), 'running', {}));
  };
  let saveLater: NodeJS.Timeout | undefined;
  const saving: Saving = {
    later() {
      saveLater ??= setTimeout(() => {
        saveLater = undefined;
        void saveProgress().catch(() => undefined);
      }, PROGRESS_EVERY_MS).unref();
    },
    now: saveProgress,
  };
  const { context, progress } = createRunContext(run, ports, signal, saving);
  try {
    if (action === undefined)
      throw new FettleError('rule_invalid', `There is no action \`${run.action}\` in this version of Fettle.`);
    const outcome = await orAborted(action.run(context, toInput(run, action)), signal);
    return { report: toReport(run, progress(), ...toOutcomeState(outcome, run, ports.clock)), error: undefined };
  } catch (caught) {
    const error = toEndError(toFettleError(caught), progress().intent, run);
    return { report: toReport(run, progress(), ...toFailureState(error, run, ports)), error };
  } finally {
    isOver = true;
    clearTimeout(timer);
    clearTimeout(saveLater);
    stopSignal.removeEventListener('abort', stop);
  }
}

/** The input as the action takes it now; it was valid when it was stored, perhaps by another version of Fettle. */
function toInput(run: ClaimedRun, action: Action): unknown {
  const parsed = action.input.safeParse(run.input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new FettleError('input_invalid', `The input of ${action.name} is not what this version takes: ${issues}`);
}

/** An attempt that was given up in the middle of an effect leaves open whether it was made. */
function toEndError(error: FettleError, intent: string | null, { options }: ClaimedRun): FettleError {
  if (intent === null || options.onUnknown === 'resend') return error;
  const detail = `Step ${intent}: it is not known whether the effect was made. ${error.message}`;
  return new FettleError('outcome_unknown', detail, { cause: error });
}

/** An action that does not listen to its signal must not hold a worker for ever. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(signal.reason as Error);
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', fail));
  });
}

type Change = Partial<Pick<RunReport, 'reason' | 'code' | 'nextAt' | 'burned' | 'result' | 'finishedAt'>>;

function toOutcomeState(outcome: Outcome, run: ClaimedRun, clock: Clock): [RunState, Change] {
  if (outcome.state === 'later')
    return ['waiting', { reason: outcome.summary, nextAt: toIsoTime(outcome.atMs), burned: run.burned }];
  const { state, summary, ...rest } = outcome;
  const finishedAt = toIsoTime(clock());
  return [state, { reason: state === 'skipped' ? summary : null, result: { summary, ...rest }, finishedAt }];
}

function toFailureState(error: FettleError, run: ClaimedRun, ports: AttemptPorts): [RunState, Change] {
  const nowMs = ports.clock();
  if (error instanceof HandedBackError) return ['queued', { nextAt: toIsoTime(nowMs) }];
  const { code, message } = error;
  const verdict = toVerdict(
    error,
    {
      nowMs,
      firstAttemptAtMs: run.firstAttemptAt.getTime(),
      burned: run.burned,
      retryForMs: run.options.retryForMs ?? ports.retryForMs(),
      maxAttempts: run.options.maxAttempts,
    },
    ports.random,
  );
  if (verdict.next === 'retry') {
    const burned = run.burned + (verdict.burns ? 1 : 0);
    return ['failed', { code, reason: message, nextAt: toIsoTime(verdict.atMs), burned }];
  }
  if (verdict.next !== 'dead') return ['waiting', { code, reason: message, burned: run.burned + 1 }];
  const reason = verdict.because === undefined ? message : `${message} ${verdict.because}`;
  return ['dead', { code, reason, burned: run.burned + 1, finishedAt: toIsoTime(nowMs) }];
}

function toReport(
  run: ClaimedRun,
  progress: { steps: RunReport['steps']; calls: RunReport['calls']; intent: string | null },
  state: RunState,
  change: Change,
): RunReport {
  return {
    id: run.id,
    attempt: run.attempt,
    state,
    reason: null,
    code: null,
    nextAt: null,
    burned: run.burned,
    finishedAt: null,
    result: null,
    steps: progress.steps.slice(-MOST_STEP_RECORDS),
    calls: progress.calls,
    intent: isTerminal(state) ? null : progress.intent,
    attempts: run.attempts,
    deliveryId: run.deliveryId,
    isFollowed: run.isFollowed,
    ...change,
  };
}

/** Adds the attempt that a report ends to those before it. */
export function withAttempt(report: RunReport, run: ClaimedRun, nowMs: number): RunReport {
  const record: AttemptRecord = {
    number: run.attempt,
    startedAt: run.startedAt.toISOString(),
    finishedAt: toIsoTime(nowMs),
    state: report.state,
    ...(report.code === null ? {} : { code: report.code }),
    ...(report.reason === null ? {} : { detail: report.reason }),
  };
  return { ...report, attempts: [...report.attempts, record].slice(-MOST_ATTEMPT_RECORDS) };
}
