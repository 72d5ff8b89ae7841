import type { RuleConfig } from './config.ts';
import { checkRuleList } from './check-rules.ts';
import { HUB_ONLY_KEYS, RepositoryFile, RepositoryRuleEntry } from './file-schema.ts';
import { listMarkedTexts } from './input-fields.ts';
import { toRepositoryFileJsonSchema } from './json-schema.ts';
import { ConfigError, type ConfigPath, type ConfigProblem, toPathText } from './problem.ts';
import { createProblemReporter, type ProblemReporter } from './problem-reporter.ts';
import { TRIGGER_SHORTHAND, type RuleLanguage } from './rule-language.ts';
import { reportSchemaIssues } from './schema-problems.ts';
import { toRule } from './to-config.ts';
import { copyTree, freezeTree, isMapValue } from './tree.ts';
import { readYaml } from './yaml-source.ts';
import { listActionCalls } from './written-actions.ts';

/**
 * Reads the `.fettle.yaml` of a repository: rules by people whom the hub trusts with less than its own configuration. Nothing in it
 * is looked up anywhere: a reference to a secret is refused, not resolved, and so is a field that takes one.
 */

/** The file, on the default branch. */
export const REPOSITORY_FILE = '.fettle.yaml';

/** Largest file that is read. */
export const REPOSITORY_FILE_LIMIT_BYTES = 64 * 1024;

/** What the file says, and what is wrong with it. Rules with a problem are left out; a problem of the whole file leaves out all. */
export interface RepositoryFileContent {
  readonly rules: readonly RuleConfig[];
  readonly vars: Readonly<Record<string, string>>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads the text of such a file. `allowedActions` are the names of actions that the hub lets this repository use. Throws nothing. */
export function readRepositoryFile(
  text: string,
  allowedActions: readonly string[],
  language: RuleLanguage,
): RepositoryFileContent {
  try {
    return readWithin(text, allowedActions, language);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { rules: [], vars: {}, problems: error.problems };
  }
}

function readWithin(text: string, allowed: readonly string[], language: RuleLanguage): RepositoryFileContent {
  if (Buffer.byteLength(text) > REPOSITORY_FILE_LIMIT_BYTES) {
    const message = 'the file is larger than 64 KiB, so that its rules are not read';
    throw new ConfigError([
      { file: REPOSITORY_FILE, line: 1, column: 1, variable: null, path: '', message, allowed: null },
    ]);
  }
  const source = readYaml(text, REPOSITORY_FILE, () => undefined, 0);
  const tree = (copyTree(source.value) ?? {}) as Record<string, unknown>;
  const reporter = createProblemReporter(source, new Map(), () => toRepositoryFileJsonSchema(language.actions));
  refuseReferences(tree, [], reporter);

  const file = RepositoryFile.safeParse(tree);
  reportSchemaIssues(file.error?.issues ?? [], tree, reporter);
  checkRuleList(tree, language, reporter);
  const written: unknown[] = Array.isArray(tree['rules']) ? tree['rules'] : [];
  const entries = written.map((rule, i) => {
    refuseHubKeys(rule, ['rules', i], reporter);
    refuseActions(rule, ['rules', i], allowed, language, reporter);
    const entry = RepositoryRuleEntry.safeParse(withoutHubKeys(rule));
    const issues = (entry.error?.issues ?? []).map((issue) => ({ ...issue, path: ['rules', i, ...issue.path] }));
    reportSchemaIssues(issues, tree, reporter);
    return entry.data;
  });

  const { problems } = reporter;
  if (file.data === undefined || problems.some(({ path }) => !/^rules\[\d+\]/.test(path))) {
    return { rules: [], vars: {}, problems };
  }
  const rules = entries.flatMap((entry, i) => {
    const isBroken = problems.some(({ path }) => path.startsWith(toPathText(['rules', i])));
    return entry === undefined || isBroken ? [] : toRule({ ...entry, forges: [], repos: [], priority: 0 });
  });
  return freezeTree({ rules, vars: file.data.vars, problems: [...problems] });
}

function refuseReferences(value: unknown, path: ConfigPath, reporter: ProblemReporter): void {
  if (typeof value === 'string' && /\$\{(?:env|file|cmd):/.test(value)) {
    reporter.report(path, 'references are never resolved in the rules of a repository; write the value itself');
  } else if (Array.isArray(value)) {
    for (const [i, inner] of value.entries()) refuseReferences(inner, [...path, i], reporter);
  } else if (isMapValue(value)) {
    for (const [key, inner] of Object.entries(value)) refuseReferences(inner, [...path, key], reporter);
  }
}

function refuseHubKeys(rule: unknown, path: ConfigPath, reporter: ProblemReporter): void {
  if (!isMapValue(rule)) return;
  for (const key of HUB_ONLY_KEYS.filter((own) => Object.hasOwn(rule, own))) {
    const message =
      key === 'repos' || key === 'forges'
        ? 'the rules of a repository only ever match events of this repository; leave this out'
        : 'the rules of a repository cannot have this; the configuration of the hub can';
    reporter.report([...path, key], message, { at: 'key' });
  }
}

function withoutHubKeys(rule: unknown): unknown {
  if (!isMapValue(rule)) return rule;
  return Object.fromEntries(Object.entries(rule).filter(([key]) => !HUB_ONLY_KEYS.some((own) => own === key)));
}

function refuseActions(
  rule: unknown,
  path: ConfigPath,
  allowed: readonly string[],
  language: RuleLanguage,
  reporter: ProblemReporter,
): void {
  if (!isMapValue(rule)) return;
  for (const call of listActionCalls(rule['do'], [...path, 'do'])) {
    const action = language.actions.find(({ name }) => name === call.action);
    if (action === undefined) continue;
    if (!action.allowedInRepository) {
      reporter.report(call.path, `the rules of a repository may never use ${action.name}`, { at: 'key' });
    } else if (!allowed.includes(action.name)) {
      const names = allowed.length === 0 ? 'none' : allowed.join(', ');
      const message = `the configuration of the hub does not let this repository use ${action.name}`;
      reporter.report(call.path, message, { at: 'key', allowed: names.replaceAll('trigger.raise', TRIGGER_SHORTHAND) });
    }
    for (const { path: within, mark } of listMarkedTexts(action.input, call.input)) {
      if (mark !== 'secret') continue;
      reporter.report(call.inputPath(within), 'the rules of a repository cannot use secrets', { at: 'key' });
    }
  }
}
