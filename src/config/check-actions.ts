import type { z } from 'zod';
import { hasTemplate, listInputIssues, listMarkedTexts, toWantedTexts } from './input-fields.ts';
import type { ConfigPath } from './problem.ts';
import type { ProblemReporter } from './problem-reporter.ts';
import { type RuleLanguage, TRIGGER_SHORTHAND } from './rule-language.ts';
import { reportSchemaIssues } from './schema-problems.ts';
import { findSuggestion } from './suggest.ts';
import { isMapValue } from './tree.ts';
import { listActionCalls, type WrittenAction } from './written-actions.ts';

type Issue = z.core.$ZodIssue;

/** Checks the `do` of a rule: that each action exists and its input is one. Without a language only the form is checked. */
export function checkActions(
  path: ConfigPath,
  written: unknown,
  root: unknown,
  language: RuleLanguage | undefined,
  reporter: ProblemReporter,
): void {
  const maps = Array.isArray(written)
    ? written.map((map, i) => ({ map, at: [...path, i] }))
    : [{ map: written, at: path }];
  const known = listActionNames(language);
  for (const { map, at } of maps) {
    if (!isMapValue(map)) continue;
    const names = Object.keys(map);
    if (names.length === 0) reporter.report(at, 'no action is named here', { allowed: known.join(', ') });
    if (names.length > 1) {
      reporter.report(at, 'several actions stand in one map; make it a list, with a "- " before each');
    }
  }
  if (language === undefined) return;
  for (const call of listActionCalls(written, path)) {
    const action = language.actions.find(({ name }) => name === call.action);
    if (action === undefined) {
      const meant = findSuggestion(call.action, known);
      const message = meant === undefined ? 'unknown action' : `unknown action; did you mean ${meant}?`;
      reporter.report(call.path, message, { allowed: known.join(', '), at: 'key' });
    } else if (isMapValue(call.input)) {
      checkInput(action.input, call, root, language, reporter);
    } else {
      reporter.report(call.path, `the input of ${call.action} is a map of settings`, { at: 'key' });
    }
  }
}

/** The names that a rule may use, the short form of the trigger first. */
export function listActionNames(language: RuleLanguage | undefined): string[] {
  return [TRIGGER_SHORTHAND, ...(language?.actions ?? []).map(({ name }) => name)];
}

function checkInput(
  schema: z.ZodType,
  { input, inputPath }: WrittenAction,
  root: unknown,
  language: RuleLanguage,
  reporter: ProblemReporter,
): void {
  const value = toWantedTexts(schema, input);
  checkTemplates(schema, value, inputPath, language, reporter);
  const located = listInputIssues(schema, value).map((issue): Issue => ({
    ...issue,
    path: [...inputPath(issue.path as ConfigPath)],
  }));
  reportSchemaIssues(located, root, reporter);
}

/** Checks the templates in a value and keeps its secrets out of all messages. */
export function checkTemplates(
  schema: z.ZodType,
  value: unknown,
  toPath: (within: ConfigPath) => ConfigPath,
  language: RuleLanguage | undefined,
  reporter: ProblemReporter,
): void {
  for (const { path, text, mark } of listMarkedTexts(schema, value)) {
    if (mark === 'secret') reporter.hidden.add(text);
    if (mark === 'secret' || !hasTemplate(text)) continue;
    const message =
      mark === 'plain' ? 'templates are not rendered here; write the text itself' : language?.checkTemplate(text);
    if (message !== undefined) reporter.report(toPath(path), message);
  }
}
