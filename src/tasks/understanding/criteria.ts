import { cleanText } from '../../core/clean-text.ts';
import type { Checklist } from '../contract.ts';
import type { Problems } from './problems.ts';
import type { Section } from './sections.ts';
import type { TextLine } from './text-lines.ts';

const MOST_ITEMS = 50;
const LONGEST_ITEM = 300;

/**
 * The acceptance criteria: the boxes of their section, else its plain items, which count as not done. A text without such a section
 * has the boxes of all its other parts for criteria, but for those of the tests and the dependencies.
 */
export function readCriteria(sections: readonly Section[], problems: Problems): Checklist {
  const own = sections.filter(({ name }) => name === 'criteria');
  if (own.length === 0) {
    const others = sections.filter(({ name }) => name === null || name === 'objective' || name === 'implementation');
    return toChecklist(others.flatMap(({ lines }) => lines.filter(isBox)));
  }
  const lines = own.flatMap((section) => section.lines).filter(({ text }) => text.trim() !== '');
  const boxes = lines.filter(isBox);
  if (boxes.length > 0) return toChecklist(boxes);
  const items = lines.filter(({ kind }) => kind === 'item');
  if (items.length > 0) problems.add('Acceptance Criteria: the items have no checkboxes; all count as not done.');
  else if (lines.length === 0) problems.add('Acceptance Criteria: the section is empty.');
  return toChecklist(items);
}

function isBox({ isDone, text }: TextLine): boolean {
  return isDone !== undefined && text.trim() !== '';
}

function toChecklist(lines: readonly TextLine[]): Checklist {
  const items = lines.slice(0, MOST_ITEMS).map(({ text, isDone = false }) => ({
    text: cleanText(text, LONGEST_ITEM),
    isDone,
  }));
  return { total: lines.length, done: lines.filter(({ isDone }) => isDone === true).length, items };
}
