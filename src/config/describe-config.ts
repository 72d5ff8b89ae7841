import type { Config } from './config.ts';
import { FORGE_SETTINGS } from './file-schema.ts';
import { CONFIG_JSON_SCHEMA, findSchemaAt, toAllowedText } from './json-schema.ts';
import type { LoadedConfig, ValueSource } from './load-config.ts';
import { OPTION_LIST, type Option } from './options.ts';
import { getAt, isMapValue } from './tree.ts';
import { toVariableNames } from './variables.ts';

/** One option in words, for `--help` and the documentation. */
export interface OptionRow {
  readonly path: string;
  readonly summary: string;
  /** What is allowed. */
  readonly allowed: string;
  /** As it would be written in the file; `null` when there is none. */
  readonly default: string;
  /** The option's own variable first, then older names. */
  readonly variables: readonly string[];
  readonly secret: boolean;
  readonly reload: Option['reload'];
}

/** The option table in words. */
export function toOptionRows(): OptionRow[] {
  return OPTION_LIST.map((option) => ({
    path: option.path,
    summary: option.summary,
    allowed: toAllowedText(findSchemaAt(option.path.split('.'), CONFIG_JSON_SCHEMA) ?? {}),
    default: Array.isArray(option.default) ? JSON.stringify(option.default) : String(option.default),
    variables: toVariableNames(option),
    secret: option.secret ?? false,
    reload: option.reload,
  }));
}

/**
 * What the configuration says, line by line, for the start of the log: everything that is not a default, the forges, and
 * how many rules there are. A secret is shown as "set (from NAME)", "generated" or "not set".
 */
export function toSummaryLines(loaded: LoadedConfig): string[] {
  const { config, sources } = loaded;
  const options = OPTION_LIST.filter(({ path }) => sources.get(path)?.from !== 'default').map((option) => {
    const source = sources.get(option.path);
    if (option.secret) return `${option.path}: ${toSecretText(source)}`;
    return `${option.path}: ${toValueText(option, config)} (${toSourceText(source)})`;
  });
  const forges = Object.values(config.forges).map((forge) => {
    const url = forge.url === null ? 'no url' : forge.url;
    const secret = forge.unsigned
      ? 'UNSIGNED, deliveries are not verified'
      : `secret ${toSecretText(sources.get(`forges.${forge.name}.secret`))}`;
    const token = `token ${toSecretText(sources.get(`forges.${forge.name}.token`))}`;
    return `forge ${forge.name}: ${[forge.kind, url, token, secret, ...(forge.insecure ? ['insecure'] : [])].join(', ')}`;
  });
  const recipes = config.recipes.map((recipe) => recipe.name).join(', ');
  return [
    `configuration: ${loaded.file ?? 'no file, environment and defaults only'}`,
    ...options,
    ...forges,
    `recipes: ${recipes === '' ? 'none' : recipes}`,
    `rules: ${config.rules.length === 0 ? 'none' : config.rules.map((rule) => rule.name).join(', ')}`,
  ];
}

/**
 * The configuration as JSON without any secret: options as a tree by their path in the file, forges with their secrets
 * described, and where each value comes from.
 */
export function toRedactedConfig({ config, sources, file }: LoadedConfig): Record<string, unknown> {
  const hidden = (path: string) => toSecretText(sources.get(path));
  const forges = Object.values(config.forges).map(({ name, secrets, ...forge }) => [
    name,
    {
      ...forge,
      token: hidden(`forges.${name}.token`),
      secret: hidden(`forges.${name}.secret`),
      activeSecrets: secrets.length,
    },
  ]);
  return {
    file,
    config: {
      ...config,
      recipes: hideReferences(config.recipes),
      rules: hideReferences(config.rules),
      adminToken: hidden('adminToken'),
      database: { ...config.database, url: hidden('database.url') },
      forges: Object.fromEntries(forges),
    },
    sources: Object.fromEntries([...sources].map(([path, source]) => [path, toSourceText(source)])),
  };
}

/** A tree in which no text with a reference to a secret is shown, because such a text may hold more than the reference. */
export function hideReferences(value: unknown): unknown {
  if (typeof value === 'string') return /\$\{(?:env|file|cmd):/.test(value) ? 'a reference (not shown)' : value;
  if (Array.isArray(value)) return value.map(hideReferences);
  if (!isMapValue(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hideReferences(inner)]));
}

/** "set (from GITEA_TOKEN)", "generated" or "not set". */
export function toSecretText(source: ValueSource | undefined): string {
  if (source === undefined || source.from === 'default') return 'not set';
  return source.from === 'generated' ? 'generated' : `set (${toSourceText(source)})`;
}

function toSourceText(source: ValueSource | undefined): string {
  if (source?.from === 'file') return `from ${source.file}:${source.line}`;
  if (source?.from === 'environment') return `from ${source.variable}`;
  return source?.from ?? 'default';
}

/** The value in the units of `Config`, whose names end in them. */
function toValueText({ path }: Option, config: Config): string {
  for (const [ending, unit] of [
    ['', ''],
    ['Ms', ' ms'],
    ['Bytes', ' bytes'],
  ] as const) {
    const value = getAt(config, `${path}${ending}`.split('.'));
    if (value !== undefined) return `${Array.isArray(value) ? value.join(', ') : JSON.stringify(value)}${unit}`;
  }
  return 'set';
}

/** One setting of a forge in words. */
export function toForgeSettingRows(): { setting: string; allowed: string; summary: string }[] {
  return FORGE_SETTINGS.map((setting) => {
    const schema = findSchemaAt(['forges', 'any', setting], CONFIG_JSON_SCHEMA) ?? {};
    return { setting, allowed: toAllowedText(schema), summary: schema.description ?? '' };
  });
}
