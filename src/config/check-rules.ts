import { createGlobMatcher } from '../core/glob.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { ACTION_NAMES } from './file-schema.ts';
import type { ConfigPath } from './problem.ts';
import type { ProblemReporter } from './problem-reporter.ts';
import { isMapValue } from './tree.ts';

/** Says what is wrong with a CEL expression, or nothing. Passed in, because expressions are understood elsewhere. */
export type CheckExpression = (expression: string) => string | undefined;

/** Checks rules and recipes beyond what the schema can say. */
export function checkRules(
  tree: Record<string, unknown>,
  checkExpression: CheckExpression | undefined,
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
    checkTypes([...path, 'on'], rule['on'], reporter);
    checkActions([...path, 'do'], rule['do'], reporter);
    const message = typeof rule['if'] === 'string' ? checkExpression?.(rule['if']) : undefined;
    if (message !== undefined) reporter.report([...path, 'if'], message);
  }
  checkRecipes(tree['recipes'], reporter);
}

/** An action is a map with one key, its name; unknown names are refused by the schema. */
function checkActions(path: ConfigPath, actions: unknown, reporter: ProblemReporter): void {
  const entries = Array.isArray(actions)
    ? actions.map((action, i) => ({ action, at: [...path, i] }))
    : [{ action: actions, at: path }];
  for (const { action, at } of entries) {
    if (isMapValue(action) && Object.keys(action).length === 0) {
      reporter.report(at, 'no action is named here', { allowed: ACTION_NAMES.join(', ') });
    }
  }
}

function checkTypes(path: ConfigPath, on: unknown, reporter: ProblemReporter): void {
  const globs = (Array.isArray(on) ? on : [on]).filter((glob) => typeof glob === 'string');
  if (Array.isArray(on) && on.length === 0)
    reporter.report(path, 'the list is empty, so the rule would match every event');
  const matchesNothing = globs.length > 0 && !EVENT_TYPE_NAMES.some(createGlobMatcher(globs));
  const eachMatches = globs.every((glob) => EVENT_TYPE_NAMES.some(createGlobMatcher([glob.replace(/^!/, '')])));
  if (matchesNothing && eachMatches) reporter.report(path, 'together these match no event type');
}

function checkRecipes(recipes: unknown, reporter: ProblemReporter): void {
  const names = new Set<string>();
  for (const [i, recipe] of (Array.isArray(recipes) ? recipes : []).entries()) {
    const keys = isMapValue(recipe) ? Object.keys(recipe) : [String(recipe)];
    const name = keys[0] ?? '';
    if (names.has(name)) reporter.report(['recipes', i], `the recipe ${JSON.stringify(name)} is already switched on`);
    names.add(name);
  }
}
