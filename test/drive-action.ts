import type { TestContext } from 'node:test';
import type { Action } from '../src/jobs/contract.ts';
import type { StepRecord } from '../src/store/run-tables.ts';
import { type ActionTrial, type ActionTrialEnd, runAction } from './run-action.ts';

/** One run through several attempts, as the engine makes them, with a clock that is held. */
export interface DrivenRun {
  /** The next attempt, at the time for which the last one asked. */
  attempt(): Promise<ActionTrialEnd>;
  /**
   * An attempt that dies: what it stored on its way counts, its end does not. Gives that last stored report; its intent, if it has one, is
   * what makes the engine wait for a person.
   */
  crash(): Promise<ActionTrialEnd['saved'][number] | undefined>;
  /** Attempts until one neither waits for a time nor is to be tried again. */
  untilEnd(): Promise<ActionTrialEnd>;
  /** Moves the clock. */
  pass(ms: number): void;
  readonly nowMs: () => number;
  readonly steps: () => readonly StepRecord[];
}

const MOST_ATTEMPTS = 1_000;

export function driveAction(
  t: TestContext,
  action: Action,
  input: unknown,
  trial: Omit<ActionTrial, 'clock' | 'steps' | 'attempt'> = {},
): DrivenRun {
  let nowMs = Date.parse('2026-03-14T09:30:00Z');
  let steps: readonly StepRecord[] = [];
  let attempt = 0;
  const id = trial.id ?? '00000000-0000-8000-8000-00000000abcd';
  const once = () => {
    attempt += 1;
    return runAction(t, action, input, { ...trial, id, attempt, steps, clock: () => nowMs });
  };
  const drive: DrivenRun = {
    async attempt() {
      const end = await once();
      ({ steps } = end.report);
      const { nextAt } = end.report;
      if (nextAt !== null) nowMs = Math.max(nowMs, Date.parse(nextAt));
      return end;
    },
    async crash() {
      const { saved } = await once();
      // A step that is saved `later` may be lost with the process; an intent is stored before the effect begins.
      const stored = saved.findLast(({ intent }) => intent !== null);
      if (stored !== undefined) ({ steps } = stored);
      return stored;
    },
    async untilEnd() {
      for (let count = 0; count < MOST_ATTEMPTS; count += 1) {
        const end = await drive.attempt();
        if (end.report.nextAt === null) return end;
      }
      throw new Error(`The run did not end within ${MOST_ATTEMPTS} attempts.`);
    },
    pass(ms) {
      nowMs += ms;
    },
    nowMs: () => nowMs,
    steps: () => steps,
  };
  return drive;
}
