import type { Config, RuleConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { createGlobMatcher } from '../core/glob.ts';
import { toBindings } from './bindings.ts';
import { checkExpression, compileExpression } from './expression.ts';
import type { Match } from './match.ts';
import { getRecipe } from './recipes.ts';

/** An event on its way into the database: complete but for its place in the stream. */
export type UnsequencedEvent = Omit<Event, 'seq'>;

/** All rules of a configuration, ready to be asked. Pure: the same event gives the same answer. */
export interface RuleSet {
  readonly rules: readonly RuleConfig[];
  /** The rules that match. Own, stale and raised events match none. */
  match(event: UnsequencedEvent): Match[];
  /** Whether some rule would match if the actor's permission allowed it, so that looking it up is worth a request. */
  asksForPermission(event: UnsequencedEvent): boolean;
}

const PERMISSION_RANKS = { none: 0, read: 1, write: 2, admin: 3 } as const;

/** @throws FettleError `rule_invalid` for an expression or recipe that cannot be used. */
export function createRuleSet(config: Pick<Config, 'rules' | 'recipes'>): RuleSet {
  const rules = [...config.rules, ...config.recipes.flatMap((recipe) => getRecipe(recipe).rules)];
  const compiled = rules.map(compileRule);
  const byType = new Map(EVENT_TYPE_NAMES.map((type) => [type, compiled.filter((rule) => rule.takesType(type))]));

  const findCandidates = (event: UnsequencedEvent) => {
    if (event.own === true || event.stale === true || event.type === 'trigger.raised') return [];
    const byRepo = (byType.get(event.type) ?? []).filter((rule) => rule.takesRepo(event.repo?.fullName));
    if (byRepo.length === 0) return [];
    const bindings = toBindings(event);
    return byRepo.filter((rule) => rule.condition === undefined || rule.condition(bindings).holds);
  };

  return {
    rules,
    match: (event) =>
      findCandidates(event)
        .filter((rule) => allows(rule.config.permission, event.permission))
        .map((rule) => ({ rule: rule.config.name, source: null, triggers: [rule.config.do.trigger], runs: [] })),
    asksForPermission: (event) =>
      event.permission === undefined &&
      (byType.get(event.type) ?? []).some((rule) => rule.config.permission !== null) &&
      findCandidates(event).some((rule) => rule.config.permission !== null),
  };
}

/** Where neither payload nor API tells the permission the rule matches; the event is marked `permission: unknown`. */
function allows(wanted: RuleConfig['permission'], actual: Event['permission']): boolean {
  if (wanted === null || actual === undefined || actual === 'unknown') return true;
  return PERMISSION_RANKS[actual] >= PERMISSION_RANKS[wanted];
}

function compileRule(config: RuleConfig) {
  const problem = config.if === null ? undefined : checkExpression(config.if);
  if (problem !== undefined) throw new FettleError('rule_invalid', `Rule \`${config.name}\`, \`if\`: ${problem}`);
  const takesName = createGlobMatcher(config.repos);
  return {
    config,
    takesType: createGlobMatcher(config.on),
    takesRepo: (fullName: string | undefined) =>
      fullName === undefined ? config.repos.length === 0 : takesName(fullName),
    condition: config.if === null ? undefined : compileExpression(config.if),
  };
}
