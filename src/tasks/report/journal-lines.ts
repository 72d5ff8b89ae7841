import type { TaskEntry } from '../shapes.ts';
import { toForeignCode } from './foreign-text.ts';

/** How many of the last entries are shown. */
const MOST_ENTRIES = 12;

/** What is told elsewhere in the report, or would only fill it. */
const LEFT_OUT: ReadonlySet<string> = new Set(['note', 'heartbeat', 'progress']);

/** The journal in short, one line of a list for each entry; its texts are left to the page and the API. */
export function toJournalLines(journal: readonly TaskEntry[]): readonly string[] {
  return journal
    .filter(({ kind }) => !LEFT_OUT.has(kind))
    .slice(-MOST_ENTRIES)
    .map(({ at, kind, by }) => {
      const who = by === null ? '' : ` by ${toForeignCode(by)}`;
      return `- ${at.slice(0, 10)} ${at.slice(11, 16)} ${kind.replaceAll(/[^a-z ]+/gi, ' ')}${who}`;
    });
}
