import type { Read, Reference } from '../contract.ts';
import { toLine } from './fields.ts';
import { isNothing, isUndecided, toValue } from './labels.ts';
import { type Problems, toFigure, toQuote } from './problems.ts';
import { findReferences, type PlacedReference } from './references.ts';
import type { Section } from './sections.ts';
import type { TextLine } from './text-lines.ts';
import { SECTION_CONFIDENCE, TEXT_CONFIDENCE } from './values.ts';

export interface Dependencies {
  readonly blockedBy: readonly Read<Reference>[];
  readonly blocks: readonly Read<Reference>[];
  /** How many blockers were left out of the list. */
  readonly unlisted: number;
}

type Direction = 'blockedBy' | 'blocks';

/** Longest list of references. */
const MOST_REFERENCES = 200;
/** In a reference that is listed among the dependencies without a word that says which way it goes. */
const UNLABELLED_CONFIDENCE = 0.8;
/** How far before a phrase its negation is looked for, and how long the words between two references may be. */
const BEFORE_PHRASE = 30;
const LONGEST_GAP = 300;

const PHRASES =
  /\b(?:(blocked\s{1,4}(?:by|on)|depend(?:s|ent|ing)?\s{1,4}(?:up)?on|waits?\s{1,4}(?:for|on)|waiting\s{1,4}(?:for|on))|(blocks|blocking|required\s{1,4}by|needed\s{1,4}by))\b/gi;
const NEGATION = /(?:\bnot|\bno longer|n['’]t|\bnever|\bnothing)\s{1,4}(?:\p{L}{1,15}\s{1,4})?$/iu;

/** The edges that a text tells: of its own sections, and of phrases such as `blocked by #12` elsewhere. */
export function readDependencies(
  sections: readonly Section[],
  forgeUrl: string | undefined,
  problems: Problems,
): Dependencies {
  const edges = { blockedBy: new Edges(), blocks: new Edges() };
  for (const { name, lines } of sections) {
    // Criteria describe what is to be; what they say about blocking is about the work itself.
    if (name === 'criteria' || name === 'testing') continue;
    if (name === 'dependencies' || name === 'blockedBy' || name === 'blocks') {
      const list = new DependencyList(edges, name === 'dependencies' ? undefined : name, forgeUrl, problems);
      for (const line of lines) list.take(line);
    } else {
      for (const line of lines) readPhrases(line, edges, forgeUrl, problems);
    }
  }
  checkBoth(edges, problems);
  tellUnlisted('Blocked by', edges.blockedBy, problems);
  tellUnlisted('Blocks', edges.blocks, problems);
  return { blockedBy: edges.blockedBy.list, blocks: edges.blocks.list, unlisted: edges.blockedBy.unlisted };
}

/** References of one direction, each once, the first so many kept. */
class Edges {
  readonly list: Read<Reference>[] = [];
  readonly keys = new Set<string>();

  get unlisted(): number {
    return this.keys.size - this.list.length;
  }

  add({ repo, number }: Reference, confidence: number, line: TextLine): void {
    const key = toKey({ repo, number });
    if (this.keys.has(key)) return;
    this.keys.add(key);
    if (this.list.length >= MOST_REFERENCES) return;
    const from = confidence === TEXT_CONFIDENCE ? 'text' : 'section';
    this.list.push({ value: { repo, number }, confidence, from, line: toLine(line) });
  }
}

type BothEdges = Readonly<Record<Direction, Edges>>;

/** A phrase in a line, with where its references may stand. */
interface Phrase {
  /** Undefined for one that is denied: `no longer blocked by`. */
  readonly direction: Direction | undefined;
  readonly at: number;
  readonly begin: number;
  readonly end: number;
}

/** Reads the lines of a section of dependencies; a label stays in force for the items that follow it. */
class DependencyList {
  readonly #edges: BothEdges;
  readonly #default: Direction | undefined;
  readonly #forgeUrl: string | undefined;
  readonly #problems: Problems;
  #direction: Direction | undefined;
  /** Whether a phrase that is denied stands before what follows. */
  #isDenied = false;

  constructor(edges: BothEdges, ofSection: Direction | undefined, forgeUrl: string | undefined, problems: Problems) {
    this.#edges = edges;
    this.#default = ofSection;
    this.#forgeUrl = forgeUrl;
    this.#problems = problems;
  }

  take(line: TextLine): void {
    const references = findReferences(line.bare, this.#forgeUrl);
    const phrases = findPhrases(line.bare);
    this.#takeUnlabelled(
      line,
      references.filter(({ at }) => at < (phrases[0]?.at ?? Infinity)),
      phrases.length > 0,
    );
    let passed = 0;
    for (const phrase of phrases) {
      this.#direction = phrase.direction;
      this.#isDenied = phrase.direction === undefined;
      while ((references[passed]?.at ?? Infinity) < phrase.begin) passed += 1;
      const from = passed;
      while ((references[passed]?.at ?? Infinity) < phrase.end) passed += 1;
      if (phrase.direction === undefined) continue;
      const own = withoutRemarks(line.bare, phrase, references.slice(from, passed));
      if (own.length === 0) this.#tellNothing(line.text.slice(phrase.begin, phrase.end), line);
      for (const reference of own) this.#add(phrase.direction, reference, SECTION_CONFIDENCE, line);
    }
  }

  /** What stands before any phrase of its line: goes on with the label above, or is one that the issue depends on. */
  #takeUnlabelled(line: TextLine, references: readonly PlacedReference[], hasPhrase: boolean): void {
    if (hasPhrase || this.#isDenied) return;
    const [first] = references;
    if (first === undefined) {
      if (line.kind === 'item') this.#tellNothing(line.text, line);
      return;
    }
    const isList = line.kind === 'item' || isJoining(line.bare.slice(0, Math.min(first.at, LONGEST_GAP)));
    if (!isList) {
      this.#problems.add(`Dependencies: ${toQuote(line.text)} does not say which way it goes; nothing is waited for.`);
      return;
    }
    const known = this.#direction ?? this.#default;
    const whole: Phrase = { direction: known, at: 0, begin: 0, end: line.bare.length };
    for (const reference of withoutRemarks(line.bare, whole, references)) {
      this.#add(
        known ?? 'blockedBy',
        reference,
        known === undefined ? UNLABELLED_CONFIDENCE : SECTION_CONFIDENCE,
        line,
      );
    }
  }

  #add(direction: Direction, reference: PlacedReference, confidence: number, line: TextLine): void {
    addEdge(this.#edges, direction, reference, confidence, line, this.#problems);
  }

  /** Something is named, but no issue: it must not look as if it were waited for. */
  #tellNothing(text: string, line: TextLine): void {
    const value = toValue(text.slice(0, LONGEST_GAP)).replace(/^[\s:\uff1a–—-]+/, '');
    if (isNothing(value) || !/[\p{L}\p{N}]/u.test(value)) return;
    const why = isUndecided(value) ? 'leaves it open' : 'names no issue by its number, such as #12 or owner/repo#12';
    this.#problems.add(`Dependencies: ${toQuote(line.text)} ${why}; it is not waited for.`);
  }
}

/** `blocked by #12 and #13` in running text: only what hangs together with the phrase. */
function readPhrases(line: TextLine, edges: BothEdges, forgeUrl: string | undefined, problems: Problems): void {
  const phrases = findPhrases(line.bare);
  if (phrases.length === 0) return;
  const references = findReferences(line.bare, forgeUrl);
  let passed = 0;
  for (const { direction, begin, end } of phrases) {
    let from = begin;
    while ((references[passed]?.at ?? Infinity) < begin) passed += 1;
    for (; (references[passed]?.at ?? Infinity) < end; passed += 1) {
      const reference = references[passed];
      if (reference === undefined || reference.at - from > LONGEST_GAP) break;
      if (!isJoining(line.bare.slice(from, reference.at))) break;
      if (direction !== undefined) addEdge(edges, direction, reference, TEXT_CONFIDENCE, line, problems);
      from = reference.end;
    }
  }
}

function addEdge(
  edges: BothEdges,
  direction: Direction,
  reference: PlacedReference,
  confidence: number,
  line: TextLine,
  problems: Problems,
): void {
  if (reference.address === undefined) edges[direction].add(reference, confidence, line);
  else {
    problems.add(`Dependencies: ${toQuote(reference.address)} is not an issue of this forge; it is not waited for.`);
  }
}

function findPhrases(bare: string): readonly Phrase[] {
  const found = [...bare.matchAll(PHRASES)];
  return found.map((match, index) => {
    const before = bare.slice(Math.max(0, match.index - BEFORE_PHRASE), match.index);
    const direction = match[1] === undefined ? 'blocks' : 'blockedBy';
    return {
      direction: NEGATION.test(before) ? undefined : direction,
      at: match.index,
      begin: match.index + match[0].length,
      end: found[index + 1]?.index ?? bare.length,
    };
  });
}

/** Without references in brackets behind others (`#12 (see #7)`), and without those of the next sentence. */
function withoutRemarks(bare: string, { begin }: Phrase, references: readonly PlacedReference[]): PlacedReference[] {
  const own: PlacedReference[] = [];
  let from = begin;
  let depth = 0;
  for (const reference of references) {
    const gap = bare.slice(from, reference.at);
    if (own.length > 0 && depth === 0 && /[.;][ \t]/.test(gap)) break;
    for (const bracket of gap.matchAll(/[()]/g)) depth = bracket[0] === '(' ? depth + 1 : Math.max(0, depth - 1);
    const isLink = reference.at > 0 && bare.startsWith('](', reference.at - 2);
    if (own.length === 0 || depth === 0 || isLink) own.push(reference);
    from = reference.end;
  }
  return own;
}

/** Whether two references belong to one list: nothing but punctuation, joining words and remarks in brackets is between them. */
function isJoining(gap: string): boolean {
  const words = gap
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\b(?:and|or|on|issues?|pull requests?|prs?|also|both)\b/gi, ' ');
  return /^[\s,:&+/()[\]*_<>–—-]*$/.test(words);
}

function checkBoth(edges: BothEdges, problems: Problems): void {
  for (const { value } of edges.blockedBy.list) {
    if (!edges.blocks.keys.has(toKey(value))) continue;
    problems.add(`Dependencies: ${toReferenceText(value)} is said both to block this and to be blocked by it.`);
  }
}

function tellUnlisted(name: string, edges: Edges, problems: Problems): void {
  if (edges.unlisted === 0) return;
  problems.add(
    `${name}: ${toFigure(edges.keys.size)} references are listed; only the first ${MOST_REFERENCES} are read.`,
  );
}

/** `#12`, `owner/repo#12`. */
export function toReferenceText({ repo, number }: Reference): string {
  return `${repo ?? ''}#${number}`;
}

function toKey({ repo, number }: Reference): string {
  return `${repo?.toLowerCase() ?? ''}#${number}`;
}
