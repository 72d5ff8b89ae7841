import type { CelInput } from '@bufbuild/cel';
import type { CompiledRule } from './compile-rule.ts';
import {
  allowsPermission,
  type ConditionName,
  findUnmet,
  toBranch,
  toToldPaths,
  type UnsequencedEvent,
} from './conditions.ts';
import type { Match } from './match.ts';
import { toShownText } from './shown-value.ts';

/** Why a rule did or did not match an event. */
export interface Explanation {
  readonly rule: string;
  /** Full name of the repository whose own file holds the rule; null for the hub's. */
  readonly source: string | null;
  readonly matched: boolean;
  /** The first condition that was not met; absent when the rule matched. */
  readonly failed?: FailedCondition;
  /** What is worth knowing besides: that something was assumed, that a run could not be made. */
  readonly notes: readonly string[];
  readonly triggers: readonly string[];
  readonly runs: readonly { readonly action: string; readonly id: string; readonly destination: string }[];
}

export interface FailedCondition {
  readonly condition: ConditionName;
  /** What the rule asks for. */
  readonly wanted: string;
  /** What the event says. */
  readonly actual: string;
}

/** Explains one rule. `plan` says what it would do; called only when it matches. */
export function explainRule(
  rule: CompiledRule,
  event: UnsequencedEvent,
  bindings: () => Record<string, CelInput>,
  plan: () => Match,
): Explanation {
  const names = { rule: rule.config.name, source: rule.source?.fullName ?? null };
  const isAllowed = allowsPermission(rule.config.permission, event.permission);
  const unmet = findUnmet(rule, event, bindings) ?? (isAllowed ? undefined : 'permission');
  if (unmet !== undefined) {
    const failed = { condition: unmet, ...describeFailure(unmet, rule, event, bindings) };
    return { ...names, matched: false, failed, notes: [], triggers: [], runs: [] };
  }
  const { triggers, runs } = plan();
  return {
    ...names,
    matched: true,
    notes: [
      ...listAssumptions(rule, event),
      ...runs.flatMap(({ problem }) => (problem === null ? [] : problem.detail)),
    ],
    triggers,
    runs: runs.map(({ action, id, destination }) => ({ action, id, destination })),
  };
}

type Failure = Omit<FailedCondition, 'condition'>;

function describeFailure(
  unmet: ConditionName,
  rule: CompiledRule,
  event: UnsequencedEvent,
  bindings: () => Record<string, CelInput>,
): Failure {
  const { config } = rule;
  const descriptions: Record<ConditionName, () => Failure> = {
    enabled: () => ({ wanted: 'true', actual: 'false: the rule is switched off' }),
    on: () => ({
      wanted: config.on.length === 0 ? 'no event, only its schedule' : config.on.join(', '),
      actual: event.type,
    }),
    own: () => ({
      wanted: 'something that others did',
      actual: `${toShownText(event.actor?.login)} is one of the hub's own accounts`,
    }),
    stale: () => ({
      wanted: 'an event younger than the memory for delivery ids',
      actual: `it happened at ${event.occurredAt ?? 'an unknown time'}`,
    }),
    trigger: () => ({ wanted: 'an event from a forge', actual: `the trigger ${toShownText(event.trigger)}` }),
    forges: () => ({ wanted: config.forges.join(', '), actual: event.forge }),
    repos: () => ({ wanted: config.repos.join(', '), actual: event.repo?.fullName ?? 'no repository' }),
    branches: () => ({ wanted: config.branches.join(', '), actual: toBranch(event) ?? 'no branch' }),
    paths: () => ({ wanted: config.paths.join(', '), actual: toPathsText(toToldPaths(event).paths) }),
    actors: () => ({ wanted: config.actors.join(', '), actual: event.actor?.login ?? 'nobody in particular' }),
    if: () => ({ wanted: config.if ?? '', actual: describeCondition(rule, bindings()) }),
    permission: () => ({ wanted: `at least ${config.permission}`, actual: event.permission ?? 'unknown' }),
  };
  const { wanted, actual } = descriptions[unmet]();
  return { wanted, actual: toOneLine(actual) };
}

/** The values of the variables that the condition names, and why it could not be answered, if so. */
function describeCondition({ condition, names }: CompiledRule, bindings: Record<string, CelInput>): string {
  const values = names.map((name) => `${name} = ${toShownText(bindings[name])}`);
  const answer = condition?.(bindings);
  const error = answer !== undefined && 'error' in answer ? [`it cannot be answered: ${answer.error}`] : [];
  return values.length + error.length === 0 ? 'false' : [...values, ...error].join('; ');
}

/** How many files are listed. */
const SHOWN_PATHS = 5;

function toPathsText(paths: readonly string[]): string {
  if (paths.length === 0) return 'no files';
  const more = paths.length > SHOWN_PATHS ? ` and ${paths.length - SHOWN_PATHS} more` : '';
  return `${paths.slice(0, SHOWN_PATHS).join(', ')}${more}`;
}

function listAssumptions({ config, takes }: CompiledRule, event: UnsequencedEvent): string[] {
  const notes: string[] = [];
  if (config.paths.length > 0) {
    const { paths, areAll } = toToldPaths(event);
    if (!areAll && !paths.some(takes.path)) {
      notes.push('`paths`: the forge does not tell all files of this event, so that it counts as a match.');
    }
  }
  const { permission } = event;
  if (config.permission !== null && (permission === undefined || permission === 'unknown')) {
    notes.push(`\`permission\`: nobody tells the permission of the actor, so that it counts as ${config.permission}.`);
  }
  return notes;
}

function toOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
