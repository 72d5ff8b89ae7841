/**
 * Answers to a model are bounded: what does not fit into its context helps nobody. Long texts are cut and say so; lists that have a cursor
 * are cut at an element, and the cursor goes on from there.
 */

/** About the most characters of JSON that one answer holds. */
export const ANSWER_CHARACTERS = 60_000;

/** Entries that no cut takes away: where the last of a list matter most, keep these before it is bounded. */
export const KEPT_ENTRIES = 64;

/** Tried one after the other until the answer fits. */
const STEPS = [
  { characters: 16_000, entries: 200 },
  { characters: 4_000, entries: 100 },
  { characters: 1_000, entries: KEPT_ENTRIES },
  { characters: 250, entries: KEPT_ENTRIES },
] as const;

type Step = (typeof STEPS)[number];

/** The value with long texts and long lists cut, deep inside too, so that its JSON is about as long as `characters` at most. Keeps its shape. */
export function toBounded<T>(value: T, characters = ANSWER_CHARACTERS): T {
  let bounded: unknown = value;
  for (const step of STEPS) {
    bounded = cut(value, step);
    if (JSON.stringify(bounded).length <= characters) break;
  }
  return bounded as T;
}

/** The first of some items, as many as fit, each of them bounded; at least one when there is one. */
export function toFitting<T>(items: readonly T[], characters = ANSWER_CHARACTERS): readonly T[] {
  const fitting: T[] = [];
  let left = characters;
  for (const item of items) {
    const bounded = toBounded(item, characters / 8);
    left -= JSON.stringify(bounded).length;
    if (left < 0 && fitting.length > 0) break;
    fitting.push(bounded);
  }
  return fitting;
}

function cut(value: unknown, step: Step): unknown {
  if (typeof value === 'string') return cutText(value, step.characters);
  if (Array.isArray(value)) return value.slice(0, step.entries).map((entry: unknown) => cut(entry, step));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).slice(0, step.entries);
  return Object.fromEntries(entries.map(([name, entry]) => [name, cut(entry, step)]));
}

function cutText(text: string, characters: number): string {
  if (text.length <= characters) return text;
  // Not in the middle of a pair of surrogates.
  const kept = text.slice(0, characters).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… [cut here, ${text.length - kept.length} characters more]`;
}
