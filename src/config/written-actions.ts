import type { ConfigPath } from './problem.ts';
import { TRIGGER_ACTION, TRIGGER_SHORTHAND } from './rule-language.ts';
import { isMapValue } from './tree.ts';

/** One action as it is written in the `do` of a rule. */
export interface WrittenAction {
  readonly action: string;
  readonly input: unknown;
  /** Where the name stands. */
  readonly path: ConfigPath;
  /** Where a part of the input stands; the short form of a trigger has no map around its name. */
  readonly inputPath: (within: ConfigPath) => ConfigPath;
}

/**
 * The actions of a `do`, which is one map or a list of maps, each with the name of an action as its key. Maps that name none or
 * several give as many; the checks of rules refuse them.
 */
export function listActionCalls(written: unknown, path: ConfigPath): WrittenAction[] {
  if (Array.isArray(written)) return written.flatMap((one, i) => listOfMap(one, [...path, i]));
  return listOfMap(written, path);
}

function listOfMap(map: unknown, at: ConfigPath): WrittenAction[] {
  if (!isMapValue(map)) return [];
  return Object.entries(map).map(([name, value]): WrittenAction => {
    const path = [...at, name];
    return name === TRIGGER_SHORTHAND
      ? { action: TRIGGER_ACTION, input: { trigger: value }, path, inputPath: () => path }
      : { action: name, input: value ?? {}, path, inputPath: (within) => [...path, ...within] };
  });
}
