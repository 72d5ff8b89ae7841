import { type Difficulty, DIFFICULTIES } from '../../core/vocabulary.ts';
import { DOCUMENTATION_LEVELS, type DocumentationLevel } from './formula.ts';
import { isNothing, isUndecided } from './labels.ts';
import { toFigure, toQuote } from './problems.ts';

/** What a value says; `problem` ends a sentence that begins with the name of the field. */
export interface Outcome<T> {
  readonly value?: T;
  /** Whether another reading is possible. */
  readonly isDoubtful?: boolean;
  readonly problem?: string;
}

/** Confidence in a value that stands where the format wants it. */
export const SECTION_CONFIDENCE = 0.95;
/** In one that stands somewhere else. */
export const TEXT_CONFIDENCE = 0.7;
/** In one that contradicts another, or can be read in another way. */
export const DOUBTFUL_CONFIDENCE = 0.5;

/** Both vocabularies: that of issues and that of the published model. */
const DIFFICULTY_WORDS: Readonly<Record<string, Difficulty>> = {
  low: 'low',
  easy: 'low',
  medium: 'medium',
  high: 'high',
  hard: 'high',
};
const DOCUMENTATION_WORDS: Readonly<Record<string, DocumentationLevel>> = {
  none: 'none',
  light: 'light',
  low: 'light',
  medium: 'medium',
  heavy: 'heavy',
  high: 'heavy',
};

export function readDifficulty(value: string): Outcome<Difficulty> {
  return readWord(value, DIFFICULTY_WORDS, DIFFICULTIES, 'low, medium, high (or easy, medium, hard)');
}

export function readDocumentation(value: string): Outcome<DocumentationLevel> {
  return /^(?:nothing|no|n\/a|not applicable)\.?$/i.test(value)
    ? { value: 'none' }
    : readWord(value, DOCUMENTATION_WORDS, DOCUMENTATION_LEVELS, 'none, light, medium, heavy');
}

/** The first word counts, and others of the vocabulary beside it are a contradiction: the greater is taken, never the lesser. */
function readWord<Word extends string>(
  value: string,
  words: Readonly<Record<string, Word>>,
  order: readonly Word[],
  wanted: string,
): Outcome<Word> {
  const notTold = findNotTold(value);
  if (notTold !== undefined) return { problem: notTold };
  const said = [
    ...toBeforeRemark(value)
      .toLowerCase()
      .matchAll(/\p{L}+/gu),
  ].map(([word]) => word);
  const first = said[0] ?? '';
  if (!Object.hasOwn(words, first)) return { problem: `${toQuote(value)} is none of ${wanted}` };
  const known = new Set(said.filter((word) => Object.hasOwn(words, word)).map((word) => words[word]));
  const levels = order.filter((word) => known.has(word));
  if (levels.length === order.length) return { problem: `${toQuote(value)} names every level: it was not filled in` };
  const greatest = levels.at(-1);
  if (greatest === undefined) return {};
  return levels.length === 1
    ? { value: greatest }
    : { value: greatest, isDoubtful: true, problem: `${toQuote(value)} names several levels: ${greatest} is taken` };
}

/** Larger counts of tokens and files are mistakes, not estimates. */
const MOST_TOKENS = 100_000_000;
const MOST_FILES = 10_000;

/** Tokens: `46,800`, `46.8k`, `46 800`, `~46,800 tokens`, `40-50k`. */
export function readTokens(value: string): Outcome<number> {
  return readCount(value, 1, MOST_TOKENS, 'a number of tokens');
}

export function readFiles(value: string): Outcome<number> {
  return readCount(value, 0, MOST_FILES, 'a number of files');
}

function readCount(value: string, least: number, most: number, wanted: string): Outcome<number> {
  const notTold = findNotTold(value);
  if (notTold !== undefined) return { problem: notTold };
  const range = findRange(value);
  if (range === undefined || !Number.isInteger(range.high)) {
    return { problem: `${toQuote(value)} does not begin with ${wanted}` };
  }
  if (range.high < least || range.high > most) return { problem: `${toQuote(value)} cannot be ${wanted}` };
  if (range.high === range.low) return { value: range.high };
  const problem = `${toQuote(value)} is a range: its upper end, ${toFigure(range.high)}, is taken`;
  return { value: range.high, isDoubtful: true, problem };
}

const LEAD = /^(?:[~≈<≤(\s]|about|approximately|approx\.?|around|roughly|circa|ca\.?|up to|max\.?|est\.?)*/iu;
const GROUPS = String.raw`\d{1,3}(?:[,.'’_ \u00a0\u2009\u202f]\d{3}){1,3}|\d{1,12}`;
const NUMBER = new RegExp(String.raw`^(${GROUPS})(?:[.,](\d{1,6}))?\s?(k|m|thousand|million)?(?![\p{L}\d])(\+)?`, 'iu');
const LONGEST_NUMBER = 120;

/** The number that a text begins with; a range has two ends, and the first shares the unit of the second. */
function findRange(value: string): { readonly low: number; readonly high: number } | undefined {
  const start = value.slice(0, LONGEST_NUMBER).replace(LEAD, '');
  const first = NUMBER.exec(start);
  if (first === null) return undefined;
  const rest = start.slice(first[0].length).replace(/^\s*tokens?\b/i, '');
  const dash = /^\s?(?:-|–|—|to|\.\.)\s?(?=[~\d])~?/.exec(rest);
  const second = dash === null ? null : NUMBER.exec(rest.slice(dash[0].length));
  if (second !== null) {
    const high = toNumber(second);
    const plain = toNumber(first);
    const shared = first[3] === undefined ? toNumber([first[0], first[1], first[2], second[3]]) : plain;
    const low = shared <= high ? shared : plain;
    return { low: Math.min(low, high), high: Math.max(low, high) };
  }
  const number = toNumber(first);
  // `3+` is at least three.
  return first[4] === undefined ? { low: number, high: number } : { low: number - 1, high: number };
}

/** A point before three digits divides thousands (`46.800`), but not before a unit: `1.234k` is 1,234. Other fractions need a unit. */
function toNumber(match: readonly (string | undefined)[]): number {
  const [, whole = '', fraction = '', unit = ''] = match;
  if (unit === '' && fraction !== '') return Number.NaN;
  const isDecimal = unit !== '' && fraction === '' && /^\d{1,3}\.\d{3}$/.test(whole);
  const digits = isDecimal ? whole : `${whole.replace(/\D/g, '')}.${fraction}`;
  const times = unit === '' ? 1 : /^[kt]/i.test(unit) ? 1_000 : 1_000_000;
  // In thousandths, so that 46.8k is 46,800 and not a little less.
  return Math.round(Number(digits) * times * 1_000) / 1_000;
}

/** What an author left open or empty. */
function findNotTold(value: string): string | undefined {
  if (/^none\b/i.test(value)) return undefined;
  if (isUndecided(value)) return `${toQuote(value)} leaves it open`;
  return isNothing(value) || !/[\p{L}\p{N}]/u.test(value) ? 'no value is given' : undefined;
}

/** What is in brackets explains, and is no value. */
function toBeforeRemark(value: string): string {
  const bracket = value.search(/[([;]/);
  return bracket === -1 ? value : value.slice(0, bracket);
}

/** The tokens that a level is said to stand for: `medium (20,000 tokens)`. */
export function findTokensBeside(value: string): number | undefined {
  const remark = /[([]([^()[\]]{1,100})/.exec(value)?.[1];
  const range = remark === undefined || !/token|\dk\b|\d{3}/i.test(remark) ? undefined : findRange(remark);
  return range?.low === range?.high ? range?.high : undefined;
}

/** One name: a word, perhaps with `@` before it or a remark in brackets behind. */
export function readAgent(value: string): Outcome<string> {
  if (isNothing(value) || isUndecided(value) || /^any\b/i.test(value)) return {};
  const name = toBeforeRemark(value).trim().replace(/^@/, '').replace(/\.$/, '');
  return /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name)
    ? { value: name }
    : { problem: `${toQuote(value)} is not the name of one agent` };
}
