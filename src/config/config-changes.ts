import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';
import { OPTION_LIST } from './options.ts';
import { getAt } from './tree.ts';

/** What differs between two configurations. Names only, never values. */
export interface ConfigChanges {
  /** `http.port`, `forges.home`, `agents`, `vars`, `recipes`, `rules`, `repositoryRules`. */
  readonly changed: readonly string[];
  /** Those of `changed` that take effect at the next start only. */
  readonly needRestart: readonly string[];
}

/** Endings that `Config` adds to the names of options to say their unit. */
const UNIT_ENDINGS = ['', 'Ms', 'Bytes'];

/** Compares two configurations option by option and forge by forge. */
export function toConfigChanges(before: Config, after: Config): ConfigChanges {
  const options = OPTION_LIST.filter(({ path }) =>
    UNIT_ENDINGS.some((ending) => differs(before, after, `${path}${ending}`.split('.'))),
  );
  const names = new Set([...Object.keys(before.forges), ...Object.keys(after.forges)]);
  const forges = [...names].filter((name) => differs(before, after, ['forges', name])).map((name) => `forges.${name}`);
  const lists = ['agents', 'vars', 'recipes', 'rules', 'repositoryRules'].filter((path) =>
    differs(before, after, [path]),
  );
  return {
    changed: [...options.map(({ path }) => path), ...forges, ...lists],
    needRestart: options.filter(({ reload }) => reload === 'restart').map(({ path }) => path),
  };
}

function differs(before: Config, after: Config, path: readonly string[]): boolean {
  return !isDeepStrictEqual(getAt(before, path), getAt(after, path));
}
