import { dirname, resolve } from 'node:path';
import type { Document } from 'yaml';
import { FettleError } from '../core/errors.ts';
import { checkForges } from './check-forges.ts';
import { checkRules } from './check-rules.ts';
import type { Config } from './config.ts';
import { ConfigFile, FILE_VERSION, FORGE_SETTINGS } from './file-schema.ts';
import {
  DEFAULT_FORGES,
  findUnreadForgeVariables,
  type ForgeOutline,
  readForgeAliases,
  readForgeVariables,
} from './forge-variables.ts';
import { toConfigJsonSchema } from './json-schema.ts';
import { OPTION_LIST } from './options.ts';
import { ConfigError, type ConfigPath, type ConfigProblem, toPathText } from './problem.ts';
import { createProblemReporter, type ProblemReporter } from './problem-reporter.ts';
import { readLimited, toSystemCode } from './read-limited.ts';
import type { RuleLanguage } from './rule-language.ts';
import { reportSchemaIssues } from './schema-problems.ts';
import { isSecretPath, takesReferences } from './secret-paths.ts';
import { createSecretResolver } from './secrets.ts';
import { toConfig } from './to-config.ts';
import { copyTree, getAt, isMapValue, setAt } from './tree.ts';
import { upgradeDocument, UPGRADERS } from './upgrade.ts';
import {
  CONFIG_VARIABLE,
  type Environment,
  findMisspeltVariables,
  isSet,
  readOptionVariables,
  type VariableValue,
} from './variables.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/**
 * How a configuration comes to be:
 *
 *   file ─▶ YAML with positions ─▶ upgrade to the present version ─▶ tree
 *   environment ─▶ laid over the tree (older forge variables only fill gaps)
 *   tree ─▶ secret references resolved ─▶ schema, with defaults ─▶ checks across settings ─▶ Config
 *
 * Every step collects its problems; they are thrown together, each with the place its value was written.
 */

/** Where the value of an option or forge setting comes from. */
export type ValueSource =
  | { readonly from: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'generated' }
  | { readonly from: 'default' };

export interface LoadedConfig {
  readonly config: Config;
  /** What was accepted but deserves a look. */
  readonly warnings: readonly ConfigProblem[];
  /** By path: `http.port`, `forges.home.token`, `recipes`, `rules`. */
  readonly sources: ReadonlyMap<string, ValueSource>;
  /** The file that was read, absolute; null when there is none. */
  readonly file: string | null;
}

export interface LoadConfigOptions {
  /** File named on the command line. */
  readonly path?: string | undefined;
  readonly environment: Environment;
  /** Absolute. */
  readonly cwd: string;
  /** What expressions, templates and actions may be; without it they are not checked. */
  readonly language?: RuleLanguage | undefined;
}

/** Largest file that is read. */
const FILE_LIMIT_BYTES = 1024 * 1024;

/**
 * Reads the configuration from file and environment. Throws a ConfigError with all problems, or a FettleError
 * `config_unreadable` when the file that was asked for cannot be read.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { environment, cwd } = options;
  const source = await readSource(options);
  const tree = (copyTree(source?.value ?? {}) ?? {}) as Record<string, unknown>;
  removeEmptyParts(tree);

  const variables = new Map<string, string>();
  const { language } = options;
  const reporter = createProblemReporter(source, variables, () => toConfigJsonSchema(language?.actions ?? []));
  const apply = ({ path, variable, value }: VariableValue) => {
    setAt(tree, path, value);
    variables.set(toPathText(path), variable);
  };
  readOptionVariables(environment).forEach(apply);
  const areDefaultForges = applyForges(tree, environment, apply, reporter);

  const directory = source === null ? cwd : dirname(resolve(cwd, source.file));
  const unresolved = await resolveSecrets(tree, createSecretResolver({ environment, directory }), reporter);
  const parsed = ConfigFile.safeParse(tree);
  const issues = (parsed.error?.issues ?? []).filter(({ path }) => !unresolved.has(toPathText(path as ConfigPath)));
  reportSchemaIssues(issues, tree, reporter);
  checkForges(tree['forges'], areDefaultForges, reporter);
  checkRules(tree, language, reporter);
  warnOfVariables(environment, reporter);
  if (reporter.problems.length > 0 || !parsed.success) throw new ConfigError(inFileOrder(reporter.problems));

  const isDataDirInFile =
    source !== null && reporter.place(['dataDir']).variable === null && tree['dataDir'] !== undefined;
  const config = toConfig(parsed.data, { cwd, dataDirFile: isDataDirInFile ? source.file : null });
  checkSizes(config, reporter);
  if (reporter.problems.length > 0) throw new ConfigError(reporter.problems);
  return {
    config,
    warnings: inFileOrder(reporter.warnings),
    sources: toSources(source, config, reporter),
    file: source === null ? null : resolve(cwd, source.file),
  };
}

/** The file that `loadConfig` reads. */
export interface ConfigFileName {
  /** Absolute. */
  readonly file: string;
  /** As messages name it. */
  readonly shownFile: string;
  /** Somebody named it, so it must exist. */
  readonly isNamed: boolean;
}

/** The file that `loadConfig` reads: the one named on the command line, else by FETTLE_CONFIG, else ./fettle.yaml. */
export function toConfigFile({ path, environment, cwd }: LoadConfigOptions): ConfigFileName {
  const named = path ?? (isSet(environment, CONFIG_VARIABLE) ? environment[CONFIG_VARIABLE] : undefined);
  const shownFile = named ?? 'fettle.yaml';
  return { file: resolve(cwd, shownFile), shownFile, isNamed: named !== undefined };
}

async function readSource(options: LoadConfigOptions): Promise<YamlSource | null> {
  const { file, shownFile, isNamed } = toConfigFile(options);
  const content = await readLimited(file, FILE_LIMIT_BYTES).catch((error: unknown) => {
    if (!isNamed && toSystemCode(error) === 'ENOENT') return null;
    const detail = `The configuration file ${shownFile} cannot be read (${toSystemCode(error)}). Check its name and its permissions.`;
    throw new FettleError('config_unreadable', detail, { cause: error });
  });
  if (content === null) return null;
  const refuse = (message: string) =>
    new ConfigError([{ file: shownFile, line: 1, column: 1, variable: null, path: '', message, allowed: null }]);
  if (content === undefined) throw refuse('the file is larger than 1 MiB');
  const text = decodeUtf8(content);
  if (text === undefined) throw refuse('the file is not valid UTF-8 text');
  return readYaml(text, shownFile, (document: Document) => upgradeDocument(document, FILE_VERSION, UPGRADERS));
}

function decodeUtf8(content: Buffer): string | undefined {
  return content.equals(Buffer.from(content.toString('utf8'))) ? content.toString('utf8') : undefined;
}

/** `http:` with nothing below it means the same as leaving it out. */
function removeEmptyParts(tree: Record<string, unknown>): void {
  const parts = new Set(
    OPTION_LIST.map(({ path }) => path.split('.')).flatMap(([part, ...rest]) => (rest.length > 0 ? [part] : [])),
  );
  for (const part of [...parts, 'forges', 'agents', 'vars', 'recipes', 'rules', 'repositoryRules']) {
    if (part !== undefined && tree[part] === null) delete tree[part];
  }
}

/** Adds the forges of the environment to the tree. True when the forges are the default ones. */
function applyForges(
  tree: Record<string, unknown>,
  environment: Environment,
  apply: (value: VariableValue) => void,
  reporter: ProblemReporter,
): boolean {
  const written = isMapValue(tree['forges']) ? Object.keys(tree['forges']) : [];
  const own = readForgeVariables(environment, written);
  const areDefaults = tree['forges'] === undefined && !own.some(({ path }) => path[2] === 'kind');
  if (areDefaults) tree['forges'] = copyTree(DEFAULT_FORGES);
  own.forEach(apply);
  const { values, unused } = readForgeAliases(environment, toOutlines(tree['forges']));
  values.forEach(apply);
  for (const { variable, reason } of unused) reporter.warn([], `not used: ${reason}`, { variable });
  return areDefaults;
}

function toOutlines(forges: unknown): ForgeOutline[] {
  if (!isMapValue(forges)) return [];
  return Object.entries(forges).flatMap(([name, forge]) => {
    if (!isMapValue(forge)) return [];
    return [{ name, kind: forge['kind'], settings: new Set(Object.keys(forge)) }];
  });
}

/** Puts what references stand for into the tree. Gives the paths that could not be resolved, already reported. */
async function resolveSecrets(
  tree: Record<string, unknown>,
  resolver: ReturnType<typeof createSecretResolver>,
  reporter: ProblemReporter,
): Promise<ReadonlySet<string>> {
  const unresolved = new Set<string>();
  const leaves = listTexts(tree, []).filter(({ path }) => isSecretPath(path) || takesReferences(path));
  const results = await Promise.all(
    leaves.map(async ({ path, text }) => ({
      path,
      text,
      result: takesReferences(path) && text.includes('${') ? await resolver.resolve(text) : { value: text },
    })),
  );
  for (const { path, text, result } of results) {
    if ('problem' in result) {
      unresolved.add(toPathText(path));
      reporter.report(path, result.problem);
      continue;
    }
    const isHidden = isSecretPath(path) || result.value !== text;
    if (isHidden) reporter.hidden.add(result.value);
    if (isHidden) reporter.hidden.add(text);
    if (result.value !== text) setAt(tree, path, result.value);
  }
  return unresolved;
}

function listTexts(value: unknown, path: ConfigPath): { path: ConfigPath; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((inner, i) => listTexts(inner, [...path, i]));
  if (!isMapValue(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => listTexts(inner, [...path, key]));
}

function warnOfVariables(environment: Environment, reporter: ProblemReporter): void {
  for (const { variable, meant } of findMisspeltVariables(environment)) {
    reporter.warn([], `no option has this name; did you mean ${meant}?`, { variable });
  }
  for (const variable of findUnreadForgeVariables(environment)) {
    const settings = FORGE_SETTINGS.map((setting) => setting.toUpperCase()).join(', ');
    reporter.warn([], `not used: the name must end in one of ${settings}`, { variable });
  }
}

function checkSizes(config: Config, reporter: ProblemReporter): void {
  if (config.ingest.bytesInFlight >= config.ingest.maxBodyBytes) return;
  const message = 'this is less than ingest.maxBody, so that the largest deliveries could never be received';
  reporter.report(['ingest', 'bytesInFlight'], message);
}

function toSources(
  source: YamlSource | null,
  config: Config,
  reporter: ProblemReporter,
): ReadonlyMap<string, ValueSource> {
  const forges = Object.keys(config.forges).flatMap((name) =>
    FORGE_SETTINGS.map((setting) => ['forges', name, setting]),
  );
  const options = OPTION_LIST.map(({ path }) => path.split('.'));
  return new Map(
    [...options, ...forges, ['agents'], ['vars'], ['recipes'], ['rules'], ['repositoryRules']].map((path) => [
      toPathText(path),
      toSource(path, source, reporter),
    ]),
  );
}

function toSource(path: ConfigPath, source: YamlSource | null, reporter: ProblemReporter): ValueSource {
  const { variable, file, line, column } = reporter.place(path, 'key');
  if (variable !== null) return { from: 'environment', variable };
  if (file === null || line === null || column === null) return { from: 'default' };
  return getAt(source?.value, path) === undefined ? { from: 'default' } : { from: 'file', file, line, column };
}

function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  );
}
