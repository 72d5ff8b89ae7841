import { cleanText } from '../../core/clean-text.ts';
import type { Read, Understanding } from '../contract.ts';
import { readCriteria } from './criteria.ts';
import { readDependencies } from './dependencies.ts';
import { readEstimate, toConfidence } from './estimate.ts';
import { findFields } from './fields.ts';
import { SECTION_NAMES, type SectionName } from './labels.ts';
import { Problems, toFigure } from './problems.ts';
import { type Section, toSections } from './sections.ts';
import { MOST_CHARS, readLines } from './text-lines.ts';
import { SECTION_CONFIDENCE } from './values.ts';

export interface ReadOptions {
  /** Where the pages of the forge begin, so that addresses of its issues are known as references. */
  readonly forgeUrl?: string | undefined;
}

const LONGEST_OBJECTIVE = 1000;

/**
 * Reads the sections of an issue in the published format: objective, context estimate, difficulty, dependencies, acceptance criteria. Levels of
 * headings, markup, capitals and line ends do not matter. What is in code, quotes or comments is not read. What the text does
 * not tell is absent, and what is told in a way that cannot be read, or twice and differently, is named in `problems`.
 *
 * Pure, never throws, takes time in proportion to the text, and gives an answer of bounded size whatever the text holds.
 */
export function readIssue(body: string, options: ReadOptions = {}): Understanding {
  const { lines, isCommentOpen, isCut } = readLines(body);
  const sections = toSections(lines);
  const problems = new Problems();
  if (isCut) problems.add(`The text is too long: only its first ${toFigure(MOST_CHARS)} characters are read.`);
  if (isCommentOpen) {
    problems.add('A comment is opened (<!--) and never closed: what follows it is hidden, and not read.');
  }
  checkRepeated(sections, problems);
  const estimated = readEstimate(findFields(sections, problems), problems);
  const { unlisted, ...dependencies } = readDependencies(sections, options.forgeUrl, problems);
  const criteria = readCriteria(sections, problems);
  return {
    objective: findObjective(sections),
    ...estimated,
    ...dependencies,
    ...(unlisted > 0 && { unlisted }),
    criteria,
    problems: problems.list(),
    confidence: toConfidence(estimated),
  };
}

function findObjective(sections: readonly Section[]): Read<string> | undefined {
  const lines = sections.find(({ name }) => name === 'objective')?.lines ?? [];
  const texts: string[] = [];
  let length = 0;
  for (const { text } of lines) {
    if (length > LONGEST_OBJECTIVE) break;
    const clean = cleanText(text, LONGEST_OBJECTIVE);
    length += clean.length + 1;
    texts.push(clean);
  }
  const value = cleanText(texts.join(' '), LONGEST_OBJECTIVE);
  return value === '' ? undefined : { value, confidence: SECTION_CONFIDENCE, from: 'section' };
}

function checkRepeated(sections: readonly Section[], problems: Problems): void {
  const times = new Map<SectionName, number>();
  for (const { name } of sections) {
    if (name !== null) times.set(name, (times.get(name) ?? 0) + 1);
  }
  for (const [name, count] of times) {
    if (count > 1) problems.add(`${SECTION_NAMES[name]}: there are ${toFigure(count)} such sections.`);
  }
}
