import type { TaskEntry, TaskSummary } from '../tasks/shapes.ts';

/** Tasks in the words of the terminal. Not yet harmless: texts come from forges and agents. */

/** What a task is about: `dataforge/app#12`, or its key for work without a number. */
export function toSubjectText({ repo, number, subject, key }: TaskSummary): string {
  return repo === null || number === null ? key : `${repo}${subject === 'pull' ? '!' : '#'}${number}`;
}

/** One line of a journal. */
export function toEntryText({ at, kind, by, data }: TaskEntry): string {
  const said = Object.entries(data).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [at, kind, ...(by === null ? [] : [`by ${by}`]), ...said].join('  ');
}

/** Names and values, without those that are empty. */
export function toFacts(facts: readonly (readonly [string, string | number | null | undefined])[]): string[][] {
  return facts.flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [[name, String(value)]],
  );
}
