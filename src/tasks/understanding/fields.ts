import { cleanText } from '../../core/clean-text.ts';
import type { Read } from '../contract.ts';
import { type Field, FIELD_NAMES, FIELDS, findField, splitLabel, toValue } from './labels.ts';
import { type Problems, toQuote } from './problems.ts';
import type { Section } from './sections.ts';
import type { TextLine } from './text-lines.ts';
import { DOUBTFUL_CONFIDENCE, type Outcome, SECTION_CONFIDENCE, TEXT_CONFIDENCE } from './values.ts';

/** A place that says something about a field. */
export interface Said {
  readonly value: string;
  readonly line: string;
  /** Whether it stands where the format wants it. */
  readonly isInSection: boolean;
}

export type SaidFields = Readonly<Record<Field, readonly Said[]>>;

/** More places than this about one field are not compared. */
const MOST_PLACES = 20;
const LONGEST_LINE = 200;
/** Lists of things to do, where a label is no field. */
const WITHOUT_FIELDS: ReadonlySet<Section['name']> = new Set([
  'criteria',
  'testing',
  'dependencies',
  'blockedBy',
  'blocks',
]);

/** What the text says about each field: `- Label: value` in the estimate, headings with a value under them, labels elsewhere. */
export function findFields(sections: readonly Section[], problems: Problems): SaidFields {
  const said: Record<Field, Said[]> = {
    files: [],
    complexity: [],
    tests: [],
    documentation: [],
    total: [],
    agent: [],
    difficulty: [],
  };
  const add = (field: Field, place: Said): void => {
    if (said[field].length < MOST_PLACES) said[field].push(place);
  };
  for (const section of sections) {
    const { name, lines } = section;
    if (isField(name)) {
      const place = findUnderHeading(lines);
      if (place === undefined) problems.add(`${FIELD_NAMES[name]}: the section is empty.`);
      else add(name, place);
      continue;
    }
    if (WITHOUT_FIELDS.has(name)) continue;
    const isInEstimate = name === 'estimate';
    for (const line of lines) {
      const parts = splitLabel(line.text);
      const field = parts === undefined ? undefined : findField(parts.label, isInEstimate);
      // Boxes before a field tick off what was estimated; before a difficulty they choose one.
      if (parts !== undefined && field !== undefined) {
        const isInSection = isInEstimate || (field === 'difficulty' && name === null && line.kind === 'item');
        add(field, { value: parts.value, line: toLine(line), isInSection });
      } else if (isInEstimate && /^[\s*_~≈]*\d/.test(line.text.slice(0, 50))) {
        add('total', { value: toValue(line.text), line: toLine(line), isInSection: true });
      }
    }
  }
  return said;
}

function isField(name: Section['name']): name is Field {
  return (FIELDS as readonly (string | null)[]).includes(name);
}

/** The first line under a heading; where there are boxes, those that are ticked. */
function findUnderHeading(lines: readonly TextLine[]): Said | undefined {
  const ticked = lines.filter(({ isDone }) => isDone === true).slice(0, MOST_PLACES);
  const boxes = lines.filter(({ isDone }) => isDone !== undefined).slice(0, MOST_PLACES);
  const chosen = ticked.length > 0 ? ticked : boxes.length > 0 ? boxes : lines.filter(hasText).slice(0, 1);
  if (chosen.length === 0) return undefined;
  const value = chosen.map(({ text }) => toValue(text)).join(', ');
  return { value, line: cleanText(chosen.map(toLine).join(', '), LONGEST_LINE), isInSection: true };
}

function hasText({ text }: TextLine): boolean {
  return text.trim() !== '';
}

export function toLine({ text }: Pick<TextLine, 'text'>): string {
  return cleanText(text.slice(0, LONGEST_LINE * 2), LONGEST_LINE);
}

/**
 * One value of all places about a field. Places in sections count before others. Where they contradict each other the text is in doubt, says so,
 * and the greatest value is taken, so that nothing is thought smaller than somebody said.
 */
export function toRead<T extends string | number>(
  field: Field,
  places: readonly Said[],
  read: (value: string) => Outcome<T>,
  isGreater: (a: T, b: T) => boolean,
  problems: Problems,
): Read<T> | undefined {
  const name = FIELD_NAMES[field];
  const reads: (Read<T> & { readonly isInSection: boolean })[] = [];
  for (const { value, line, isInSection } of places) {
    const outcome = read(value);
    if (outcome.problem !== undefined) problems.add(`${name}: ${outcome.problem}.`);
    if (outcome.value === undefined) continue;
    const sure = isInSection ? SECTION_CONFIDENCE : TEXT_CONFIDENCE;
    const confidence = outcome.isDoubtful === true ? DOUBTFUL_CONFIDENCE : sure;
    reads.push({ value: outcome.value, confidence, from: isInSection ? 'section' : 'text', line, isInSection });
  }
  const inSections = reads.filter(({ isInSection }) => isInSection);
  const counted = inSections.length > 0 ? inSections : reads;
  const [first] = counted;
  if (first === undefined) return undefined;
  const greatest = counted.reduce((best, other) => (isGreater(other.value, best.value) ? other : best), first);
  const { isInSection: _, ...chosen } = greatest;
  const other = reads.find(({ value }) => value !== chosen.value);
  if (other === undefined) return chosen;
  problems.add(
    `${name}: ${toQuote(String(chosen.value))} and ${toQuote(String(other.value))} are both said; ${chosen.value} is taken.`,
  );
  return { ...chosen, confidence: Math.min(chosen.confidence, DOUBTFUL_CONFIDENCE) };
}
