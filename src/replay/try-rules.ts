import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { Match, PlannedRun } from '../rules/match.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { toShownText } from '../rules/shown-value.ts';
import type { RunState } from '../store/run-tables.ts';
import type { Database } from '../store/schema.ts';
import { mapInTurns, type PastEvent, type PastProgress, type PastRange, scanPastEvents } from './past-events.ts';
import { type EventName, toEventName } from './replay.ts';

/** What changed rules would have done with stored events, against the rules in force. Nothing is done. */
export interface TrialPorts {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  /** The rules in force. */
  readonly present: RuleSet;
  readonly changed: RuleSet;
}

export interface TrialReport {
  /** Those that match something, or did, in the order of their first match. */
  readonly rules: readonly RuleCounts[];
  readonly items: readonly TrialItem[];
  /** Items that are counted but not listed, because there are too many. */
  readonly left: number;
}

/** What becomes of a rule. */
export interface RuleCounts {
  readonly rule: string;
  /** Events that match by the rules in force. */
  readonly before: number;
  /** Events that match by the changed ones. */
  readonly after: number;
  /** Runs and triggers. */
  readonly added: number;
  readonly dropped: number;
  /** Runs with another input. */
  readonly changed: number;
}

/** A run or a trigger that the change adds, drops or gives another input. */
export interface TrialItem {
  readonly event: EventName;
  readonly change: 'added' | 'dropped' | 'changed';
  readonly rule: string;
  /** Null for a run. */
  readonly trigger: string | null;
  /** Null for a trigger. */
  readonly run: {
    readonly id: string;
    readonly action: string;
    readonly destination: string;
    /** Why it could do nothing. */
    readonly problem: string | null;
    /** Of the run with this id, if it was made; what happened may differ from what the rules in force would do. */
    readonly state: RunState | null;
    /** The fields of the input that differ, as JSON, cut. */
    readonly fields: readonly { readonly field: string; readonly before: string; readonly after: string }[];
  } | null;
}

const MOST_ITEMS = 1_000;

/** Compares both sets of rules over the events of a range, as many as one call takes. Rules of repositories are left out of both. */
export async function tryRules(ports: TrialPorts, range: PastRange): Promise<TrialReport & PastProgress> {
  const rules = new Map<string, { -readonly [name in keyof RuleCounts]: RuleCounts[name] }>();
  const items: TrialItem[] = [];
  let left = 0;
  const getCounts = (rule: string) => {
    const counts = rules.get(rule) ?? { rule, before: 0, after: 0, added: 0, dropped: 0, changed: 0 };
    rules.set(rule, counts);
    return counts;
  };
  const progress = await scanPastEvents(ports, range, async (page) => {
    const compared = await mapInTurns(page, (past) => {
      const before = ports.present.match(past.event).filter(isOfHub);
      const after = ports.changed.match(past.event).filter(isOfHub);
      for (const { rule } of before) getCounts(rule).before += 1;
      for (const { rule } of after) getCounts(rule).after += 1;
      return [...compareTriggers(past, before, after), ...compareRuns(past, before, after)];
    });
    for (const item of compared.flat()) {
      getCounts(item.rule)[item.change] += 1;
      if (items.length < MOST_ITEMS) items.push(item);
      else left += 1;
    }
  });
  return { rules: [...rules.values()], items, left, ...progress };
}

function isOfHub({ source }: Match): boolean {
  return source === null;
}

function compareRuns(past: PastEvent, before: readonly Match[], after: readonly Match[]): TrialItem[] {
  const states = new Map(past.runs.map(({ id, state }) => [id, state]));
  const present = new Map(before.flatMap(({ runs }) => runs).map((run) => [run.id, run]));
  const changed = new Map(after.flatMap(({ runs }) => runs).map((run) => [run.id, run]));
  const toItem = (run: PlannedRun, change: TrialItem['change'], fields: RunFields): TrialItem => {
    const { id, rule, action, destination, problem } = run;
    const shown = { id, action, destination, problem: problem?.detail ?? null, state: states.get(id) ?? null, fields };
    return { event: toEventName(past), change, rule, trigger: null, run: shown };
  };
  return [
    ...[...present.values()].filter(({ id }) => !changed.has(id)).map((run) => toItem(run, 'dropped', [])),
    ...[...changed.values()].flatMap((run) => {
      const known = present.get(run.id);
      if (known === undefined) return [toItem(run, 'added', [])];
      const fields = compareInputs(known.input, run.input);
      return fields.length === 0 ? [] : [toItem(run, 'changed', fields)];
    }),
  ];
}

type RunFields = NonNullable<TrialItem['run']>['fields'];

function compareInputs(before: PlannedRun['input'], after: PlannedRun['input']): RunFields {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names]
    .filter((field) => !isDeepStrictEqual(before?.[field], after?.[field]))
    .map((field) => ({ field, before: toShownText(before?.[field]), after: toShownText(after?.[field]) }));
}

function compareTriggers(past: PastEvent, before: readonly Match[], after: readonly Match[]): TrialItem[] {
  const event = toEventName(past);
  const present = toTriggers(before);
  const changed = toTriggers(after);
  const toItems = (change: TrialItem['change'], these: ReturnType<typeof toTriggers>, others: typeof these) =>
    [...these].filter(([key]) => !others.has(key)).map(([, one]): TrialItem => ({ event, change, run: null, ...one }));
  return [...toItems('dropped', present, changed), ...toItems('added', changed, present)];
}

function toTriggers(matches: readonly Match[]): Map<string, { rule: string; trigger: string }> {
  const raised = matches.flatMap(({ rule, triggers }) => triggers.map((trigger) => ({ rule, trigger })));
  return new Map(raised.map((one) => [JSON.stringify([one.rule, one.trigger]), one]));
}
