import type { z } from 'zod';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { FILE_VERSION } from './file-schema.ts';
import { findSchemaAt, toAllowedText } from './json-schema.ts';
import type { ConfigPath } from './problem.ts';
import type { ProblemReporter } from './problem-reporter.ts';
import { findSuggestion } from './suggest.ts';
import { getAt, isMapValue } from './tree.ts';

type Issue = z.core.$ZodIssue;

/** Reports what the schema refuses, in words of our own: what stands there, what is allowed, and what was probably meant. */
export function reportSchemaIssues(issues: readonly Issue[], value: unknown, reporter: ProblemReporter): void {
  for (const issue of issues) reportIssue(issue, [], value, reporter);
}

function reportIssue(issue: Issue, base: ConfigPath, root: unknown, reporter: ProblemReporter): void {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  const value = getAt(root, path);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) reportUnknownKey([...path, key], value, reporter);
  } else if (issue.code === 'invalid_key') {
    reportBadName(path, value, reporter);
  } else if (issue.code === 'invalid_union') {
    const branch = findBranch(issue.errors, value);
    if (branch === undefined) reportValue(path, value, reporter);
    else for (const inner of branch) reportIssue(inner, path, root, reporter);
  } else {
    reportValue(path, value, reporter);
  }
}

/** The alternative that fits the kind of the value, so that the fault within it is named. */
function findBranch(branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return branches
    .filter((issues) => !issues.some((issue) => issue.path.length === 0 && issue.code.startsWith('invalid_')))
    .toSorted((one, other) => one.length - other.length)[0];
}

function reportValue(path: ConfigPath, value: unknown, reporter: ProblemReporter): void {
  const schema = findSchemaAt(path, reporter.schema());
  const allowed = schema === undefined ? null : toAllowedText(schema);
  if (value === undefined) return reporter.report(path, 'this is missing', { allowed });
  if (path[0] === 'version' && typeof value === 'number' && Number.isInteger(value) && value > FILE_VERSION) {
    const message = `this file is of version ${value}, and this Fettle reads versions up to ${FILE_VERSION}; update Fettle`;
    return reporter.report(path, message);
  }
  if (path[0] === 'forges' && path.length === 2) return reportBadForge(path, value, allowed, reporter);
  const shown = reporter.show(path, value);
  const isType = path[0] === 'rules' && path[2] === 'on';
  const choices: readonly string[] = isType
    ? EVENT_TYPE_NAMES
    : (schema?.enum ?? schema?.anyOf?.flatMap((form) => form.enum ?? []) ?? []).map(String);
  const meant =
    typeof value === 'string' && !shown.endsWith('(not shown)') ? findSuggestion(value, choices) : undefined;
  const quote = shown.startsWith('a number (') ? '; put it in quotes' : '';
  const hint = meant === undefined ? quote : `; did you mean ${meant}?`;
  reporter.report(path, `${shown} is not allowed here${hint}`, { allowed });
}

function reportUnknownKey(path: ConfigPath, parent: unknown, reporter: ProblemReporter): void {
  const key = String(path.at(-1));
  const known = Object.keys(parentProperties(path, reporter));
  const around = path.slice(0, -1);
  const value = getAt(parent, [key]);
  if (value === null || [...reporter.hidden].some((secret) => secret.length > 2 && key.includes(secret))) {
    const message = 'unknown key without a value (not shown); if it is part of a value, put that value in quotes';
    return reporter.report(path, message, { allowed: known.join(', '), at: 'key', isNameHidden: true });
  }
  const meant = findSuggestion(key, known);
  const noun = around[0] === 'recipes' && around.length === 2 ? 'recipe' : 'key';
  const message = meant === undefined ? `unknown ${noun}` : `unknown ${noun}; did you mean ${meant}?`;
  reporter.report(path, message, { allowed: known.join(', '), at: 'key' });
}

function parentProperties(path: ConfigPath, reporter: ProblemReporter): object {
  const parent = findSchemaAt(path.slice(0, -1), reporter.schema());
  const forms = parent === undefined ? [] : [parent, ...(parent.anyOf ?? [])];
  return Object.assign({}, ...forms.map((form) => form.properties ?? {}));
}

/** An entry that is no map may be a secret in the wrong place, and then its name may be one too. */
function reportBadForge(path: ConfigPath, entry: unknown, allowed: string | null, reporter: ProblemReporter): void {
  const message = `${reporter.show(path, entry)} is not allowed here; a forge is a map of settings`;
  reporter.report(path, message, { allowed, at: 'key', isNameHidden: true });
}

function reportBadName(path: ConfigPath, entry: unknown, reporter: ProblemReporter): void {
  const message =
    path.at(-1) === 'health'
      ? 'the name "health" is reserved, because /webhook/health is a page; choose another name'
      : 'this name is not allowed';
  const allowed = 'a name of lower-case letters, digits and hyphens that begins with a letter';
  reporter.report(path, message, { allowed, at: 'key', isNameHidden: !isMapValue(entry) });
}
