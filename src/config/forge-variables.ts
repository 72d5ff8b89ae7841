import type { ForgeKind } from '../core/vocabulary.ts';
import { FORGE_SETTINGS } from './file-schema.ts';
import { findForgeByAlias } from './forge-alias.ts';
import { findSchemaAt } from './json-schema.ts';
import { type Environment, isSet, readScalar, toVariableName, type VariableValue } from './variables.ts';

/** Variables that people already set, and the setting of the forge they mean. They only fill what nothing else sets. */
export const FORGE_ALIASES: readonly { variable: string; alias: ForgeKind; setting: 'url' | 'token' | 'secret' }[] = [
  { variable: 'GITEA_URL', alias: 'gitea', setting: 'url' },
  { variable: 'GITEA_TOKEN', alias: 'gitea', setting: 'token' },
  { variable: 'GITEA_WEBHOOK_SECRET', alias: 'gitea', setting: 'secret' },
  { variable: 'GITHUB_TOKEN', alias: 'github', setting: 'token' },
  { variable: 'GITHUB_WEBHOOK_SECRET', alias: 'github', setting: 'secret' },
];

/** Forges of a hub whose configuration names none. */
export const DEFAULT_FORGES = { gitea: { kind: 'gitea' }, github: { kind: 'github' } } as const;

const PREFIX = 'FETTLE_FORGES_';

/**
 * Settings from `FETTLE_FORGES_<NAME>_<SETTING>`. The name is that of a forge in the file, in upper case and with `_` for
 * `-`; a name that the file does not have makes a further forge.
 */
export function readForgeVariables(environment: Environment, names: readonly string[]): VariableValue[] {
  return Object.keys(environment)
    .filter((variable) => variable.startsWith(PREFIX) && isSet(environment, variable))
    .flatMap((variable): VariableValue[] => {
      const setting = FORGE_SETTINGS.find((one) => variable.endsWith(`_${one.toUpperCase()}`));
      if (setting === undefined) return [];
      const written = variable.slice(PREFIX.length, -setting.length - 1);
      if (written === '') return [];
      const known = names.find((name) => toVariableName(`forges.${name}`) === PREFIX + written);
      const name = known ?? written.toLowerCase().replaceAll('_', '-');
      const text = environment[variable] ?? '';
      return [{ path: ['forges', name, setting], variable, value: readSetting(name, setting, text) }];
    });
}

function readSetting(name: string, setting: string, text: string): unknown {
  if (setting !== 'accounts') return readScalar(findSchemaAt(['forges', name, setting]) ?? {}, text);
  return text.split(',').flatMap((account) => (account.trim() === '' ? [] : [account.trim()]));
}

/** Variables with that prefix that are not `FETTLE_FORGES_<NAME>_<SETTING>`. */
export function findUnreadForgeVariables(environment: Environment): string[] {
  return Object.keys(environment).filter(
    (variable) =>
      variable.startsWith(PREFIX) &&
      isSet(environment, variable) &&
      !FORGE_SETTINGS.some((setting) => variable.slice(PREFIX.length).endsWith(`_${setting.toUpperCase()}`)),
  );
}

export interface AliasValues {
  readonly values: readonly VariableValue[];
  /** Variables that no forge takes, with the reason. */
  readonly unused: readonly { readonly variable: string; readonly reason: string }[];
}

/** What the older names of the environment give to the forges that are there. */
export function readForgeAliases(environment: Environment, forges: readonly ForgeOutline[]): AliasValues {
  const values: VariableValue[] = [];
  const unused: { variable: string; reason: string }[] = [];
  for (const { variable, alias, setting } of FORGE_ALIASES.filter((row) => isSet(environment, row.variable))) {
    const target = findForgeByAlias(forges, alias);
    if (target.found === 'none') {
      unused.push({ variable, reason: `no forge has the name or kind ${alias}` });
    } else if (target.found === 'several') {
      const names = target.names.join(', ');
      unused.push({ variable, reason: `it could mean any of ${names}; name one of them ${alias}, or use ${PREFIX}…` });
    } else if (!target.forge.settings.has(setting)) {
      values.push({ path: ['forges', target.forge.name, setting], variable, value: environment[variable] });
    }
  }
  return { values, unused };
}

/** As much of a forge as the aliases need to know. */
export interface ForgeOutline {
  readonly name: string;
  readonly kind: unknown;
  /** Settings that have a value. */
  readonly settings: ReadonlySet<string>;
}
