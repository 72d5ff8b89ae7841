import type { Match, PlannedRun } from '../rules/match.ts';
import type { RunState } from '../store/run-tables.ts';
import type { PastRun } from '../store/replay.ts';
import type { PastEvent } from './past-events.ts';

/**
 * What today's rules would do with a past event, against what was done:
 *
 *   new         it would be made now
 *   done        it exists and ended well: nothing would happen
 *   open        it exists and is under way: nothing would happen
 *   dead, cancelled, skipped
 *               it exists and is not tried any more; it goes on only when that is asked for
 *   gone        it exists, but today's rules would not make it: it is left as it is
 */
export type Difference = 'new' | 'done' | 'open' | 'dead' | 'cancelled' | 'skipped' | 'gone';

/** All differences, in the order of documentation. */
export const DIFFERENCES = ['new', 'done', 'open', 'dead', 'cancelled', 'skipped', 'gone'] as const;

/** A run, then and now. */
export interface RunDifference {
  readonly difference: Difference;
  readonly id: string;
  readonly rule: string;
  readonly source: string | null;
  readonly action: string;
  readonly destination: string;
  /** Of the run that exists; null when there is none. */
  readonly state: RunState | null;
  /** Why the run that would be made now could do nothing. */
  readonly problem: string | null;
  /** The run that would be made, or got going again; null when there is nothing to make. */
  readonly planned: PlannedRun | null;
  /** The dead run without input that it takes the place of. */
  readonly replaces: string | null;
  readonly past: PastRun | null;
}

/** A trigger, then and now; one that was raised is never raised again unless that is asked for. */
export interface TriggerDifference {
  readonly difference: 'new' | 'done' | 'gone';
  readonly rule: string;
  readonly trigger: string;
}

/** An event with all that was or would be done for it. */
export interface EventDifference {
  readonly past: PastEvent;
  readonly runs: readonly RunDifference[];
  readonly triggers: readonly TriggerDifference[];
}

/** Compares what rules do now with what was done then. */
export function toEventDifference(past: PastEvent, matches: readonly Match[]): EventDifference {
  return { past, runs: compareRuns(past.runs, matches), triggers: compareTriggers(past, matches) };
}

function compareRuns(past: readonly PastRun[], matches: readonly Match[]): RunDifference[] {
  const known = new Map(past.map((run) => [run.id, run]));
  const planned = matches.flatMap(({ runs }) => runs);
  const plannedIds = new Set(planned.map(({ id }) => id));
  // The id of a run that could not be rendered says nothing of where it would have gone, so that one that can be has another.
  const unrendered = past.filter((run) => run.state === 'dead' && !run.isRendered && !plannedIds.has(run.id));
  const replaced = new Set<string>();

  const now = planned.map((plan): RunDifference => {
    const found = known.get(plan.id);
    const { id, rule, source, action, destination } = plan;
    const names = { id, rule, source, action, destination, problem: plan.problem?.detail ?? null, planned: plan };
    if (found !== undefined) {
      return { ...names, difference: toDifference(found.state), state: found.state, replaces: null, past: found };
    }
    const candidates = unrendered.filter((run) => !replaced.has(run.id) && isOfSameCall(run, plan));
    const before = candidates.find(({ position }) => position === plan.position) ?? candidates[0];
    if (before === undefined || plan.problem !== null) {
      return { ...names, difference: 'new', state: null, replaces: null, past: null };
    }
    replaced.add(before.id);
    return { ...names, difference: 'dead', state: 'dead', replaces: before.id, past: before };
  });

  const gone = past.filter(({ id }) => !plannedIds.has(id) && !replaced.has(id)).filter(isStillOfInterest);
  return [
    ...now,
    ...gone.map((run): RunDifference => {
      const { id, rule, source, action, destination, state } = run;
      const names = { id, rule, source, action, destination, state };
      return { ...names, difference: 'gone', problem: null, planned: null, replaces: null, past: run };
    }),
  ];
}

function toDifference(state: RunState): Difference {
  if (state === 'succeeded' || state === 'unchanged') return 'done';
  return state === 'dead' || state === 'cancelled' || state === 'skipped' ? state : 'open';
}

function isOfSameCall(run: PastRun, plan: PlannedRun): boolean {
  return run.rule === plan.rule && run.source === plan.source && run.action === plan.action;
}

/** One without input that was cancelled never did anything: another took its place. */
function isStillOfInterest({ state, isRendered }: PastRun): boolean {
  return isRendered || state !== 'cancelled';
}

function compareTriggers({ matched }: PastEvent, matches: readonly Match[]): TriggerDifference[] {
  const then = matched.flatMap(({ rule, trigger }) => (trigger === undefined ? [] : [{ rule, trigger }]));
  const now = matches.flatMap(({ rule, triggers }) => triggers.map((trigger) => ({ rule, trigger })));
  const toKey = (one: { rule: string; trigger: string }) => JSON.stringify([one.rule, one.trigger]);
  const thenKeys = new Set(then.map(toKey));
  const nowKeys = new Set(now.map(toKey));
  return [
    ...now.map((one) => ({ ...one, difference: thenKeys.has(toKey(one)) ? ('done' as const) : ('new' as const) })),
    ...then.filter((one) => !nowKeys.has(toKey(one))).map((one) => ({ ...one, difference: 'gone' as const })),
  ];
}
