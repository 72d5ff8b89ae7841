import type { HiddenCollection } from './hidden-collection.ts';

/** What a block of Markdown shows, in two readings with the same line breaks and lengths. */
export interface InlineText {
  /** As a reader sees it: without comments, HTML tags and what is struck out; code without its backticks. */
  readonly text: string;
  /** The same with code blanked as well: for references, which forges do not link in code. */
  readonly bare: string;
}

/** Openings of what a page does not show, with their ends (https://spec.commonmark.org/0.31.2/#raw-html). */
const UNSEEN = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

const SPECIAL = /[`<\\~]/g;
const TAG = /<\/?([a-z][a-z0-9-]{0,30})(?=[\s/>])/iy;
/** Elements whose content is no text of the page: forges take it away, or browsers show something else in its place. */
const UNSEEN_ELEMENTS: ReadonlySet<string> = new Set(['script', 'style', 'picture', 'template', 'iframe']);
const CODE_ELEMENTS: ReadonlySet<string> = new Set(['code', 'pre', 'kbd', 'samp', 'tt', 'textarea']);
const TELLING_ATTRIBUTE = /\b(?:alt|title|aria-label|data-[a-z-]{1,40})\s{0,4}=\s{0,4}(?:"([^"]*)"|'([^']*)')/gi;
/** Shorter attributes are what pictures and links usually carry. */
const TELLING_LENGTH = 60;

/**
 * Reads one block from left to right, each character a bounded number of times: every search for an end starts where the last one
 * stopped, and one that found nothing is not repeated.
 */
export function toInlineText(block: string, hidden: HiddenCollection): InlineText {
  return block.search(/[`<\\~]/) === -1 ? { text: block, bare: block } : new InlineReader(block, hidden).read();
}

class InlineReader {
  readonly #block: string;
  readonly #hidden: HiddenCollection;
  readonly #ends: Ends;
  readonly #text: string[] = [];
  readonly #bare: string[] = [];
  /** Everything before is in both readings. */
  #done = 0;

  constructor(block: string, hidden: HiddenCollection) {
    this.#block = block;
    this.#hidden = hidden;
    this.#ends = new Ends(block);
  }

  read(): InlineText {
    const special = new RegExp(SPECIAL);
    for (let found = special.exec(this.#block); found !== null; found = special.exec(this.#block)) {
      special.lastIndex = Math.max(this.#readAt(found.index, found[0]), found.index + 1);
    }
    this.#show(this.#block.length);
    return { text: this.#text.join(''), bare: this.#bare.join('') };
  }

  /** Where to go on. */
  #readAt(at: number, special: string): number {
    switch (special) {
      case '\\':
        return this.#readEscape(at);
      case '`':
        return this.#readCode(at);
      case '~':
        return this.#readStruck(at);
      default:
        return this.#readAngle(at);
    }
  }

  /** A character that is escaped marks nothing up; an escaped `#` makes no reference. */
  #readEscape(at: number): number {
    if (!/[!-/:-@[-`{-~]/.test(this.#block.charAt(at + 1))) return at + 1;
    this.#show(at);
    this.#text.push(' ', this.#block.charAt(at + 1));
    this.#bare.push('  ');
    this.#done = at + 2;
    return this.#done;
  }

  #readCode(at: number): number {
    const begin = toRunEnd(this.#block, at, '`');
    const close = this.#ends.findRun('`', begin - at, begin);
    return close === -1 ? begin : this.#passCode(at, begin, close, close + (begin - at));
  }

  #readStruck(at: number): number {
    const begin = toRunEnd(this.#block, at, '~');
    const close = begin - at === 2 ? this.#ends.findRun('~', 2, begin) : -1;
    return close === -1 ? begin : this.#leaveOut(at, close + 2);
  }

  #readAngle(at: number): number {
    for (const [open, close] of UNSEEN) {
      if (!this.#block.startsWith(open, at)) continue;
      // `<!-->` is a whole comment.
      const end = this.#ends.find(close, at + 2);
      if (end === -1) return at + open.length;
      this.#hidden.add(this.#block.slice(at + open.length, end));
      return this.#leaveOut(at, end + close.length);
    }
    TAG.lastIndex = at;
    const name = TAG.exec(this.#block)?.[1]?.toLowerCase();
    const end = name === undefined ? -1 : this.#ends.find('>', at);
    return name === undefined || end === -1 ? at + 1 : this.#readTag(at, end + 1, name);
  }

  #readTag(at: number, begin: number, name: string): number {
    const tag = this.#block.slice(at, begin);
    for (const [, double, single] of tag.matchAll(TELLING_ATTRIBUTE)) {
      const value = double ?? single ?? '';
      if (value.length >= TELLING_LENGTH) this.#hidden.add(value);
    }
    const isOpening = !tag.startsWith('</') && !tag.endsWith('/>');
    const isUnseen = UNSEEN_ELEMENTS.has(name);
    if (!isOpening || !(isUnseen || CODE_ELEMENTS.has(name))) return this.#leaveOut(at, begin);
    const close = this.#ends.findClosing(name, begin);
    if (close === -1) return this.#leaveOut(at, begin);
    if (!isUnseen) return this.#passCode(at, begin, close, close);
    this.#hidden.add(this.#block.slice(begin, close));
    return this.#leaveOut(at, close);
  }

  #passCode(at: number, begin: number, close: number, end: number): number {
    this.#show(at);
    this.#text.push(toBlank(this.#block, at, begin), this.#block.slice(begin, close), toBlank(this.#block, close, end));
    this.#bare.push(toBlank(this.#block, at, end));
    this.#done = end;
    return end;
  }

  #leaveOut(at: number, end: number): number {
    this.#show(at);
    const blank = toBlank(this.#block, at, end);
    this.#text.push(blank);
    this.#bare.push(blank);
    this.#done = end;
    return end;
  }

  #show(end: number): void {
    const piece = this.#block.slice(this.#done, end);
    this.#text.push(piece);
    this.#bare.push(piece);
    this.#done = end;
  }
}

/** Finds ends; asked with rising positions, so that each text is gone through once for each kind of end. */
class Ends {
  readonly #block: string;
  /** Kinds of end that do not come any more. */
  readonly #gone = new Set<string>();
  /** Where the runs of a character begin, by character and length, with how many of them are behind. */
  readonly #runs = new Map<string, Map<number, { readonly starts: number[]; passed: number }>>();

  constructor(block: string) {
    this.#block = block;
  }

  find(end: string, from: number): number {
    if (this.#gone.has(end)) return -1;
    const at = this.#block.indexOf(end, from);
    if (at === -1) this.#gone.add(end);
    return at;
  }

  /** Where `</name` begins. */
  findClosing(name: string, from: number): number {
    if (this.#gone.has(name)) return -1;
    const closing = new RegExp(`</${name}(?=[\\s>])`, 'gi');
    closing.lastIndex = from;
    const at = closing.exec(this.#block)?.index ?? -1;
    if (at === -1) this.#gone.add(name);
    return at;
  }

  /** The next run of exactly so many of a character. */
  findRun(character: string, length: number, from: number): number {
    const runs = this.#runs.get(character) ?? this.#listRuns(character);
    const ofLength = runs.get(length);
    if (ofLength === undefined) return -1;
    while ((ofLength.starts[ofLength.passed] ?? Infinity) < from) ofLength.passed += 1;
    return ofLength.starts[ofLength.passed] ?? -1;
  }

  #listRuns(character: string) {
    const runs = new Map<number, { readonly starts: number[]; passed: number }>();
    this.#runs.set(character, runs);
    for (let at = this.#block.indexOf(character); at !== -1; at = this.#block.indexOf(character, at)) {
      const end = toRunEnd(this.#block, at, character);
      const ofLength = runs.get(end - at) ?? { starts: [], passed: 0 };
      ofLength.starts.push(at);
      runs.set(end - at, ofLength);
      at = end;
    }
    return runs;
  }
}

function toRunEnd(block: string, at: number, character: string): number {
  let end = at + 1;
  while (block[end] === character) end += 1;
  return end;
}

function toBlank(block: string, at: number, end: number): string {
  return block.slice(at, end).replace(/[^\n]/g, ' ');
}
