import type { CelInput } from '@bufbuild/cel';
import type { Config, RuleConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import type { ActionCatalog } from '../jobs/contract.ts';
import { toBindings } from './bindings.ts';
import { type CompiledRule, compileRule } from './compile-rule.ts';
import { allowsPermission, findBarrier, findUnmet, type UnsequencedEvent } from './conditions.ts';
import { type Explanation, explainRule } from './explain.ts';
import type { Match } from './match.ts';
import { toMatch } from './plan-runs.ts';
import { createRepositoryBudget, HUB_BUDGET } from './render-budget.ts';
import { listRecipeRules } from './recipes.ts';

export type { UnsequencedEvent } from './conditions.ts';

/** All rules of a configuration, ready to be asked. Pure: the same event gives the same answer, with the same ids. */
export interface RuleSet {
  /** In the order in which they are asked: by priority, then as written. */
  readonly rules: readonly RuleConfig[];
  /** The rules that match and what they do. Own, stale and raised events match none. */
  match(event: UnsequencedEvent): Match[];
  /** Why each rule did or did not match, those of the event's repository too. */
  explain(event: UnsequencedEvent): Explanation[];
  /** Whether some rule would match if the actor's permission allowed it, so that looking it up is worth a request. */
  asksForPermission(event: UnsequencedEvent): boolean;
  /** The rules that act at times. */
  readonly scheduled: readonly ScheduledRule[];
  /**
   * What a rule does without being asked whether it matches: at its planned time (`event` is null), or because a person wants it.
   * @throws FettleError `rule_invalid` when there is no such rule.
   */
  plan(rule: string, event: UnsequencedEvent | null, at: Date): Match;
}

export interface ScheduledRule {
  readonly rule: string;
  /** Five cron fields. */
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
}

export interface RuleSetOptions {
  /** The rules that the repository of an event brings along; asked for each event, so that it must be quick. */
  readonly repositoryRules?: (forge: string, fullName: string) => readonly CompiledRule[];
  /** How many of Fettle's own effects led to an event. */
  readonly hopsOf?: (event: UnsequencedEvent) => number;
}

/** @throws FettleError `rule_invalid` for an expression, template, action or recipe that cannot be used. */
export function createRuleSet(
  config: Pick<Config, 'rules' | 'recipes'> & Partial<Pick<Config, 'vars'>>,
  catalog: ActionCatalog,
  { repositoryRules, hopsOf = () => 0 }: RuleSetOptions = {},
): RuleSet {
  const vars = config.vars ?? {};
  const compiled = [...config.rules, ...config.recipes.flatMap(listRecipeRules)]
    .map((rule) => compileRule(rule, catalog, vars))
    .toSorted((one, other) => other.config.priority - one.config.priority);
  const byName = toIndex(compiled);
  const byType = new Map<string, CompiledRule[]>(
    EVENT_TYPE_NAMES.map((type) => [
      type,
      compiled.filter(({ config: { enabled }, takes }) => enabled && takes.type(type)),
    ]),
  );
  const permissionTypes = new Set(
    EVENT_TYPE_NAMES.filter((type) => byType.get(type)?.some((rule) => rule.config.permission !== null) === true),
  );
  const bind = createBinder();
  const known = new WeakMap<UnsequencedEvent, readonly CompiledRule[]>();

  const listOwnRules = ({ forge, repo }: UnsequencedEvent): readonly CompiledRule[] =>
    repo === undefined
      ? []
      : (repositoryRules?.(forge, repo.fullName) ?? []).filter(
          ({ source }) => source?.forge === forge && source.fullName.toLowerCase() === repo.fullName.toLowerCase(),
        );

  /**
   * The rules that take the event but for the permission. The drain asks twice about the same event, so the answer is kept; not that of a
   * repository's rules, which may have been fetched in between.
   */
  function listCandidates(event: UnsequencedEvent): readonly CompiledRule[] {
    if (findBarrier(event) !== undefined) return [];
    const takes = (rule: CompiledRule) => findUnmet(rule, event, bind(event, rule)) === undefined;
    const hubs = known.get(event) ?? (byType.get(event.type) ?? []).filter(takes);
    known.set(event, hubs);
    return [...hubs, ...listOwnRules(event).filter(takes)];
  }

  /** The rules that take an event share the time for templates that a repository has. */
  function createPlanner(event: UnsequencedEvent): (rule: CompiledRule) => Match {
    const occasion = { event, id: event.id, at: event.receivedAt, hops: hopsOf(event) };
    const repositoryBudget = createRepositoryBudget();
    return (rule) => toMatch(rule, { ...occasion, budget: rule.source === null ? HUB_BUDGET : repositoryBudget });
  }

  return {
    rules: compiled.map((rule) => rule.config),
    match: (event) =>
      listCandidates(event)
        .filter((rule) => allowsPermission(rule.config.permission, event.permission))
        .map(createPlanner(event)),
    explain(event) {
      const plan = createPlanner(event);
      const rules = [...compiled, ...listOwnRules(event)];
      return rules.map((rule) => explainRule(rule, event, bind(event, rule), () => plan(rule)));
    },
    asksForPermission: (event) =>
      event.permission === undefined &&
      (permissionTypes.has(event.type) || listOwnRules(event).some((rule) => rule.config.permission !== null)) &&
      listCandidates(event).some((rule) => rule.config.permission !== null),
    scheduled: compiled.flatMap(({ config: { name, enabled, schedule, timezone } }) =>
      enabled && schedule !== null ? [{ rule: name, cron: schedule, timezone: timezone ?? 'UTC' }] : [],
    ),
    plan(name, event, at) {
      const rule = byName.get(name);
      if (rule === undefined) throw new FettleError('rule_invalid', `There is no rule \`${name}\` in force.`);
      if (event !== null) return createPlanner(event)(rule);
      return toMatch(rule, { event, id: `at ${at.toISOString()}`, at: at.toISOString(), hops: 0, budget: HUB_BUDGET });
    },
  };
}

/** Makes the variables of conditions: only those that a condition names, and each once for an event and a set of texts. */
function createBinder() {
  const bound = new WeakMap<
    UnsequencedEvent,
    { readonly vars: object; readonly variables: Record<string, CelInput> }
  >();
  return (event: UnsequencedEvent, { vars, names }: CompiledRule) =>
    () => {
      const before = bound.get(event);
      const { variables } = before?.vars === vars ? before : { variables: {} };
      const missing = names.filter((name) => !Object.hasOwn(variables, name));
      Object.assign(variables, toBindings(event, vars, missing));
      bound.set(event, { vars, variables });
      return variables;
    };
}

function toIndex(rules: readonly CompiledRule[]): Map<string, CompiledRule> {
  const byName = new Map<string, CompiledRule>();
  for (const rule of rules) {
    const { name } = rule.config;
    if (byName.has(name))
      throw new FettleError('rule_invalid', `Two rules are called \`${name}\`. Rename one of them.`);
    byName.set(name, rule);
  }
  return byName;
}
