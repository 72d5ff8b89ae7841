import { cleanText } from '../../core/clean-text.ts';
import type { Understanding } from '../contract.ts';
import { toReferenceText } from '../understanding/dependencies.ts';
import { type Named, type Standings, toNamed, toNamedText } from './references.ts';

/** A work item's own name in brackets behind its number: `#147 (COORD-004)`. */
const NAME_BEHIND = /^\s{0,4}[([]\s{0,4}([A-Z][A-Z0-9]{1,30}-\d{1,10})\s{0,4}[)\]]/;
const MOST_DOUBTS = 10;
const LONGEST_TITLE = 100;

/**
 * In words, which references seem to lead elsewhere than their author meant: those that the text calls by a name that the title of what
 * they lead to does not have. Numbers written down before the issues were made are often wrong, and a wrong one is waited for in vain.
 */
export function listNameDoubts({ blockedBy, blocks }: Understanding, own: Named, standings: Standings): string[] {
  const doubts = [...blockedBy, ...blocks].flatMap(({ value, line = '' }) => {
    const title = standings.get(toNamedText(toNamed(value, own)))?.title ?? null;
    const name = findName(line, toReferenceText(value));
    if (title === null || name === undefined || title.includes(name)) return [];
    const shown = cleanText(title, LONGEST_TITLE);
    return [
      `Dependencies: the text calls ${toReferenceText(value)} ${name}, but its title is “${shown}”. Is the number right?`,
    ];
  });
  return doubts.slice(0, MOST_DOUBTS);
}

function findName(line: string, reference: string): string | undefined {
  for (let at = line.indexOf(reference); at !== -1; at = line.indexOf(reference, at + 1)) {
    const name = NAME_BEHIND.exec(line.slice(at + reference.length))?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
