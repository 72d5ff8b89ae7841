import type { Config } from '../../config/config.ts';
import type { TaskState } from '../../core/vocabulary.ts';

/** What is to change so that the labels of a subject show the state of its task; labels that nobody configured are not touched. */
export interface LabelChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/**
 * The change for a state.
 * @param present what the subject has now; forges differ in whether case matters, so it does not here.
 */
export function toLabelChange(
  labels: Config['tasks']['labels'],
  state: TaskState,
  present: readonly string[],
): LabelChange {
  const wanted = labels[state];
  const isWanted = (name: string) => wanted !== undefined && isSame(name, wanted);
  const others = Object.values(labels).filter((name) => !isWanted(name));
  return {
    add: wanted === undefined || present.some(isWanted) ? [] : [wanted],
    remove: present.filter((name) => others.some((other) => isSame(name, other))),
  };
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
