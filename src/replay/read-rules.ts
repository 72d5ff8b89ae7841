import { checkRules } from '../config/check-rules.ts';
import type { Config } from '../config/config.ts';
import { ConfigFile, FILE_VERSION } from '../config/file-schema.ts';
import { toConfigJsonSchema } from '../config/json-schema.ts';
import { ConfigError, type ConfigProblem } from '../config/problem.ts';
import { createProblemReporter } from '../config/problem-reporter.ts';
import type { RuleLanguage } from '../config/rule-language.ts';
import { reportSchemaIssues } from '../config/schema-problems.ts';
import { toConfig } from '../config/to-config.ts';
import { copyTree } from '../config/tree.ts';
import { upgradeDocument, UPGRADERS } from '../config/upgrade.ts';
import { readYaml } from '../config/yaml-source.ts';

/** What of a configuration decides what events cause. */
export type RulePart = Pick<Config, 'rules' | 'recipes' | 'vars'>;

const READ_PARTS = ['version', 'vars', 'recipes', 'rules'];
const OTHER_PARTS = Object.keys(ConfigFile.shape).filter((part) => !READ_PARTS.includes(part));

/**
 * Reads the rules, recipes and variables of a configuration. Its other parts are not looked at, and nothing is looked up: a reference to a
 * secret stays one. @throws ConfigError with all problems and their places.
 */
export function readRules(text: string, file: string, language: RuleLanguage): RulePart {
  const source = readYaml(text, file, (document) => upgradeDocument(document, FILE_VERSION, UPGRADERS));
  const tree = (copyTree(source.value) ?? {}) as Record<string, unknown>;
  for (const part of OTHER_PARTS) delete tree[part];
  for (const part of READ_PARTS) if (tree[part] === null) delete tree[part];

  const reporter = createProblemReporter(source, new Map(), () => toConfigJsonSchema(language.actions));
  const parsed = ConfigFile.safeParse(tree);
  reportSchemaIssues(parsed.error?.issues ?? [], tree, reporter);
  checkRules(tree, language, reporter);
  if (reporter.problems.length > 0 || !parsed.success) throw new ConfigError(inFileOrder(reporter.problems));
  const { rules, recipes, vars } = toConfig(parsed.data, { cwd: '/', dataDirFile: null });
  return { rules, recipes, vars };
}

function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  );
}
