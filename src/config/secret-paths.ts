import { OPTION_LIST } from './options.ts';
import type { ConfigPath } from './problem.ts';

const SECRET_OPTIONS = new Set(OPTION_LIST.filter((option) => option.secret).map((option) => option.path));
const REFERENCE_OPTIONS = new Set(OPTION_LIST.filter((option) => option.references).map((option) => option.path));
/** What a forge entry may show. Anything else below `forges.<name>`, misspelt keys too, is taken for a secret. */
const SHOWN_FORGE_SETTINGS = new Set<unknown>(['kind', 'url', 'unsigned', 'insecure', 'accounts']);

/** Whether the value at a path must never be shown. */
export function isSecretPath(path: ConfigPath): boolean {
  if (path[0] === 'forges') return path.length < 3 || !SHOWN_FORGE_SETTINGS.has(path[2]);
  return SECRET_OPTIONS.has(path.join('.'));
}

/** Whether `${env:}`, `${file:}` and `${cmd:}` are resolved in the value at a path. */
export function takesReferences(path: ConfigPath): boolean {
  if (path[0] === 'forges') return path.length >= 3 && ['url', 'token', 'secret'].includes(String(path[2]));
  return SECRET_OPTIONS.has(path.join('.')) || REFERENCE_OPTIONS.has(path.join('.'));
}
