import { CronPattern } from 'croner';
import { createGlobMatcher } from '../core/glob.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { checkActions, checkTemplates, listActionNames } from './check-actions.ts';
import type { ConfigPath } from './problem.ts';
import type { ProblemReporter } from './problem-reporter.ts';
import { RECIPE_NAMES, RECIPES } from './recipes.ts';
import type { RuleLanguage } from './rule-language.ts';
import { findSuggestion } from './suggest.ts';
import { isMapValue } from './tree.ts';
import { listActionCalls } from './written-actions.ts';

const NOT_CRON = 'not five cron fields (minute, hour, day, month, weekday), such as "0 7 * * MON-FRI"';

/** Conditions over an event; a rule that only has a schedule has no event. */
const EVENT_CONDITIONS = ['forges', 'repos', 'branches', 'paths', 'actors', 'notActors', 'if', 'permission'];
/** Types that a rule can react to; a trigger is not one of them. */
const RULE_TYPES = EVENT_TYPE_NAMES.filter((type) => type !== 'trigger.raised');

/** Checks rules, recipes and what repositories may do beyond what the schema can say. */
export function checkRules(
  tree: Record<string, unknown>,
  language: RuleLanguage | undefined,
  reporter: ProblemReporter,
): void {
  checkRuleList(tree, language, reporter);
  checkRecipes(tree['recipes'], language, reporter);
  checkRepositoryRules(tree['repositoryRules'], language, reporter);
}

/** Checks the rules of a tree. */
export function checkRuleList(
  tree: Record<string, unknown>,
  language: RuleLanguage | undefined,
  reporter: ProblemReporter,
): void {
  const rules: unknown[] = Array.isArray(tree['rules']) ? tree['rules'] : [];
  const names = new Set<unknown>();
  for (const [i, rule] of rules.entries()) {
    if (!isMapValue(rule)) continue;
    const path = ['rules', i];
    if (typeof rule['name'] === 'string' && names.has(rule['name'])) {
      reporter.report([...path, 'name'], `another rule is also called ${JSON.stringify(rule['name'])}`);
    }
    names.add(rule['name']);
    checkSource(path, rule, reporter);
    checkTypes([...path, 'on'], rule['on'], reporter);
    checkPaths(path, rule, reporter);
    checkActions([...path, 'do'], rule['do'], tree, language, reporter);
    const message = typeof rule['if'] === 'string' ? language?.checkExpression(rule['if']) : undefined;
    if (message !== undefined) reporter.report([...path, 'if'], message);
  }
}

/** A rule acts on events, at times, or both. */
function checkSource(path: ConfigPath, rule: Record<string, unknown>, reporter: ProblemReporter): void {
  const { on, schedule, timezone } = rule;
  if (on === undefined && schedule === undefined) {
    reporter.report([...path, 'on'], 'this is missing; name the events the rule acts on, or give it a schedule');
  }
  if (typeof schedule === 'string') {
    const problem = findCronProblem(schedule);
    if (problem !== undefined) reporter.report([...path, 'schedule'], problem);
  }
  if (typeof timezone === 'string' && !isTimeZone(timezone)) {
    reporter.report([...path, 'timezone'], `${reporter.show([...path, 'timezone'], timezone)} is not a time zone`, {
      allowed: 'the name of a time zone such as Europe/Berlin',
    });
  }
  if (timezone !== undefined && schedule === undefined) {
    reporter.report([...path, 'timezone'], 'without a schedule this has no meaning', { at: 'key' });
  }
  if (schedule === undefined) return;
  for (const { action, path: at } of listActionCalls(rule['do'], [...path, 'do'])) {
    if (action !== 'trigger.raise') continue;
    reporter.report(at, 'a trigger is about an event, and a schedule has none; name the action to do instead', {
      at: 'key',
    });
  }
  if (on !== undefined) return;
  for (const key of EVENT_CONDITIONS.filter((condition) => rule[condition] !== undefined)) {
    reporter.report([...path, key], 'a rule that only has a schedule has no event to which this could apply', {
      at: 'key',
    });
  }
}

function findCronProblem(text: string): string | undefined {
  try {
    return new CronPattern(text, undefined, { mode: '5-part' }).minute.includes(1) ? undefined : NOT_CRON;
  } catch {
    return NOT_CRON;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function checkTypes(path: ConfigPath, on: unknown, reporter: ProblemReporter): void {
  const globs = toGlobs(on);
  if (Array.isArray(on) && on.length === 0)
    reporter.report(path, 'the list is empty, so the rule would match every event');
  const eachMatches = globs.every((glob) => EVENT_TYPE_NAMES.some(createGlobMatcher([glob.replace(/^!/, '')])));
  if (globs.length === 0 || !eachMatches || RULE_TYPES.some(createGlobMatcher(globs))) return;
  const message = EVENT_TYPE_NAMES.some(createGlobMatcher(globs))
    ? 'a rule cannot react to a trigger; react to what raised it'
    : 'together these match no event type';
  reporter.report(path, message);
}

/** Only a push tells files, and a comment within a review the file it is about. */
function checkPaths(path: ConfigPath, rule: Record<string, unknown>, reporter: ProblemReporter): void {
  const globs = toGlobs(rule['on']);
  if (rule['paths'] === undefined || globs.length === 0) return;
  const tellsFiles = RULE_TYPES.filter((type) => type === 'push' || type.startsWith('comment.'));
  if (!tellsFiles.some(createGlobMatcher(globs))) {
    reporter.report([...path, 'paths'], 'none of the events in `on` tells files; only push and comment.* do', {
      at: 'key',
    });
  }
}

function toGlobs(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((glob) => typeof glob === 'string');
}

function checkRecipes(recipes: unknown, language: RuleLanguage | undefined, reporter: ProblemReporter): void {
  const names = new Set<string>();
  for (const [i, recipe] of (Array.isArray(recipes) ? recipes : []).entries()) {
    const keys = isMapValue(recipe) ? Object.keys(recipe) : [String(recipe)];
    const name = keys[0] ?? '';
    if (names.has(name)) reporter.report(['recipes', i], `the recipe ${JSON.stringify(name)} is already switched on`);
    names.add(name);
    const known = RECIPE_NAMES.find((one) => one === name);
    if (known === undefined) continue;
    if (!isMapValue(recipe)) {
      const missing = RECIPES[known].parameters.safeParse({}).error?.issues.map(({ path }) => path.join('.')) ?? [];
      if (missing.length > 0) reporter.report(['recipes', i], `the recipe ${name} needs ${missing.join(' and ')}`);
      continue;
    }
    checkTemplates(
      RECIPES[known].parameters,
      recipe[name],
      (within) => ['recipes', i, name, ...within],
      language,
      reporter,
    );
  }
}

function checkRepositoryRules(entries: unknown, language: RuleLanguage | undefined, reporter: ProblemReporter): void {
  if (language === undefined || !Array.isArray(entries)) return;
  const known = listActionNames(language);
  for (const [i, entry] of entries.entries()) {
    if (!isMapValue(entry)) continue;
    const actions = entry['actions'];
    for (const [j, name] of toGlobs(actions).entries()) {
      const path: ConfigPath = ['repositoryRules', i, 'actions', ...(Array.isArray(actions) ? [j] : [])];
      const action = language.actions.find((one) => one.name === name);
      if (action !== undefined && !action.allowedInRepository) {
        reporter.report(path, `the rules of a repository may never use ${name}`);
      } else if (!known.includes(name)) {
        const meant = findSuggestion(name, known);
        const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
        reporter.report(path, `unknown action${hint}`, { allowed: known.join(', ') });
      }
    }
  }
}
