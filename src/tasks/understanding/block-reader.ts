import type { HiddenCollection } from './hidden-collection.ts';
import { toInlineText } from './inline-text.ts';
import type { RawLine } from './text-lines.ts';

const FENCE = /^(`{3,}|~{3,})([^]*)$/;
const HEADING = /^(#{1,6})(?:[ \t]+([^]*))?$/;
const ITEM = /(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/y;
const ITEM_AHEAD = /^(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;
const CHECKBOX = /^\[([ xX])\](?=[ \t])/;
const DEFINITION = /^\[([^\]^[][^\][]{0,998})\]:[ \t]*(<[^<>]{0,2000}>|\S{1,2000})(?:[ \t]+([^]*))?$/;
const RAW_ELEMENT = /^<(pre|script|style|textarea)(?=[\s>]|$)/i;
/** Openings of raw HTML that goes on over empty lines, and the ends. */
const COMMENTS = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;
/** Deeper lists than this on one line are nobody's. */
const MOST_MARKERS = 20;

/** What is gone over until its end. */
type Raw =
  | { readonly kind: 'fence'; readonly marks: string; readonly indent: number }
  | { readonly kind: 'html'; readonly end: string; readonly isHidden: boolean; readonly pieces: string[] };

/** Takes the lines of a body one by one and gives out its blocks of text. */
export class BlockReader {
  readonly #hidden: HiddenCollection;
  readonly #emit: (block: readonly RawLine[]) => void;
  #block: RawLine[] = [];
  #raw: Raw | undefined;
  #quote: string[] = [];
  /** Where the contents of the open list items begin, outermost first. */
  #items: number[] = [];

  constructor(hidden: HiddenCollection, emit: (block: readonly RawLine[]) => void) {
    this.#hidden = hidden;
    this.#emit = emit;
  }

  take(line: string): void {
    const { indent, offset } = toIndent(line);
    if (this.#raw !== undefined && !this.#takeRaw(this.#raw, line, indent, offset)) return;
    if (offset === line.length) {
      this.#close();
      return;
    }
    this.#takeAt(line, offset, indent);
  }

  /** Ends the body; whether a comment is still open. */
  end(): boolean {
    const raw = this.#raw;
    this.#close();
    if (raw?.kind !== 'html') return false;
    if (raw.isHidden) this.#hidden.add(raw.pieces.join('\n'));
    return raw.isHidden;
  }

  /** Whether the line is to be read after all: a block of code in a list ends with its item. */
  #takeRaw(raw: Raw, line: string, indent: number, offset: number): boolean {
    if (raw.kind === 'fence') {
      const content = line.slice(offset).trimEnd();
      const isEnd = content.length >= raw.marks.length && content === (raw.marks[0] ?? '').repeat(content.length);
      const isLeft = offset < line.length && indent < raw.indent;
      if (isEnd || isLeft) this.#raw = undefined;
      return isLeft && !isEnd;
    }
    const end = findEnd(line, raw.end, 0);
    if (raw.isHidden) raw.pieces.push(end === -1 ? line : line.slice(0, end));
    if (end === -1) return false;
    if (raw.isHidden) this.#hidden.add(raw.pieces.join('\n'));
    this.#raw = undefined;
    // What follows on the line is raw HTML as well.
    const rest = line.slice(end + raw.end.length);
    const open = findOpenComment(rest);
    this.#takeText(open === -1 ? rest : rest.slice(0, open), 0);
    if (open !== -1) this.#openHtml(rest.slice(open));
    return false;
  }

  #takeAt(line: string, start: number, startIndent: number): void {
    let offset = start;
    let indent = startIndent;
    this.#leaveItems(line, offset, indent);
    if (this.#isCode(indent)) return;
    for (let markers = 0; markers < MOST_MARKERS; markers += 1) {
      const content = offset === 0 ? line : line.slice(offset);
      if (this.#takeBlock(content, indent)) return;
      ITEM.lastIndex = offset;
      const marker = isRule(content) ? undefined : ITEM.exec(line)?.[0];
      if (marker === undefined) break;
      this.#close();
      const after = toIndent(line, offset + marker.length, indent + marker.length);
      const width = after.indent - indent - marker.length;
      this.#items.push(width > 4 ? indent + marker.length + 1 : after.indent);
      if (!ITEM_AHEAD.test(line.slice(after.offset, after.offset + 12))) {
        if (!this.#takeBlock(line.slice(after.offset), after.indent)) {
          this.#takeItem(line.slice(after.offset), indent);
        }
        return;
      }
      ({ offset, indent } = after);
    }
    this.#takeText(line.slice(offset), indent);
  }

  /** Whether the line is a block of its own, or begins one that is no text. */
  #takeBlock(content: string, indent: number): boolean {
    return (
      this.#takeQuote(content) ||
      this.#openFence(content, indent) ||
      this.#openHtml(content) ||
      this.#takeHeading(content, indent) ||
      this.#takeUnderline(content) ||
      this.#takeDefinition(content)
    );
  }

  /** An item without contents begins one nevertheless. */
  #takeItem(content: string, indent: number): void {
    const isDone = toChecked(content);
    const text = isDone === undefined ? content : content.slice(3);
    this.#block.push({ kind: 'item', level: 0, indent, isDone, content: text });
  }

  #takeText(content: string, indent: number): void {
    const at = this.#isHtml(content) ? findOpenComment(content) : -1;
    const text = at === -1 ? content : content.slice(0, at);
    if (text.trim() !== '') this.#block.push({ kind: 'text', level: 0, indent, isDone: undefined, content: text });
    if (at === -1) return;
    this.#close();
    this.#raw = { kind: 'html', end: '-->', isHidden: true, pieces: [content.slice(at + '<!--'.length)] };
  }

  /** In blocks of raw HTML a comment need not end with its paragraph: browsers hide all up to its end. */
  #isHtml(content: string): boolean {
    return content.includes('<!--') && (content.startsWith('<') || (this.#block[0]?.content.startsWith('<') ?? false));
  }

  #takeQuote(content: string): boolean {
    if (!content.startsWith('>')) {
      if (this.#quote.length > 0) this.#close();
      return false;
    }
    if (this.#quote.length === 0) this.#close();
    const quoted = content.replace(/^[> \t]+/, '');
    const isOpen = COMMENTS.some(([open, end]) => quoted.startsWith(open) && findEnd(quoted, end, 2) === -1);
    if (isOpen) this.#openHtml(quoted);
    else this.#quote.push(quoted);
    return true;
  }

  #openFence(content: string, indent: number): boolean {
    const [, marks, info = ''] = FENCE.exec(content) ?? [];
    if (marks === undefined || (marks.startsWith('`') && info.includes('`'))) return false;
    this.#close();
    this.#raw = { kind: 'fence', marks, indent: Math.min(indent, this.#items.at(-1) ?? 0) };
    return true;
  }

  #openHtml(content: string): boolean {
    for (const [open, end] of COMMENTS) {
      if (!content.startsWith(open)) continue;
      const at = findEnd(content, end, 2);
      // One that ends on its line is read with the line.
      if (at !== -1) return false;
      this.#close();
      this.#raw = { kind: 'html', end, isHidden: true, pieces: [content.slice(open.length)] };
      return true;
    }
    const name = RAW_ELEMENT.exec(content)?.[1]?.toLowerCase();
    if (name === undefined || findEnd(content, `</${name}>`, 0) !== -1) return false;
    this.#close();
    const isHidden = name === 'script' || name === 'style';
    this.#raw = { kind: 'html', end: `</${name}>`, isHidden, pieces: isHidden ? [content] : [] };
    return true;
  }

  #takeHeading(content: string, indent: number): boolean {
    const [, marks, text = ''] = HEADING.exec(content) ?? [];
    if (marks === undefined) return false;
    this.#close();
    this.#block.push(toHeading(withoutClosing(text), marks.length, indent));
    this.#close();
    return true;
  }

  /** A paragraph above a line of `=` or `-` is a heading; other such lines only divide. */
  #takeUnderline(content: string): boolean {
    const mark = content.charAt(0);
    const isUnderline = (mark === '=' || mark === '-') && content.trimEnd() === mark.repeat(content.trimEnd().length);
    const [only] = this.#block;
    if (isUnderline && only?.kind === 'text' && this.#block.length === 1) {
      this.#block = [toHeading(only.content, mark === '=' ? 1 : 2, only.indent)];
      this.#close();
      return true;
    }
    if (!isRule(content)) return false;
    this.#close();
    return true;
  }

  #takeDefinition(content: string): boolean {
    if (this.#block.length > 0 || !content.startsWith('[')) return false;
    const [, label, target, title = ''] = DEFINITION.exec(content.trimEnd()) ?? [];
    if (label === undefined || target === undefined) return false;
    // An ordinary one, `[1]: https://…`, hides nothing but its label.
    const isOrdinary = title === '' && !label.includes(' ') && target !== '#' && target !== '<>';
    if (!isOrdinary) this.#hidden.add(title === '' ? `${label} ${target}` : title);
    return true;
  }

  /** What is indented less than an item's contents is not in it, but for the next lines of its paragraph. */
  #leaveItems(line: string, offset: number, indent: number): void {
    ITEM.lastIndex = offset;
    if (this.#block.length > 0 && !ITEM.test(line)) return;
    while ((this.#items.at(-1) ?? 0) > indent) this.#items.pop();
  }

  /** Four columns more than the text around it, and no next line of a paragraph. */
  #isCode(indent: number): boolean {
    return this.#block.length === 0 && this.#quote.length === 0 && indent >= (this.#items.at(-1) ?? 0) + 4;
  }

  #close(): void {
    if (this.#quote.length > 0) {
      toInlineText(this.#quote.join('\n'), this.#hidden);
      this.#quote = [];
    }
    if (this.#block.length === 0) return;
    const block = this.#block;
    this.#block = [];
    this.#emit(block);
  }
}

function toHeading(content: string, level: number, indent: number): RawLine {
  return { kind: 'heading', level, indent, isDone: undefined, content };
}

function toChecked(content: string): boolean | undefined {
  const mark = CHECKBOX.exec(content)?.[1];
  return mark === undefined ? undefined : mark !== ' ';
}

/** Three or more of the same mark and nothing else. */
function isRule(content: string): boolean {
  if (!/^[-_*]/.test(content)) return false;
  const marks = content.replaceAll(/[ \t]/g, '');
  return marks.length >= 3 && marks === marks.charAt(0).repeat(marks.length);
}

/** `## Title ##` is `Title`. */
function withoutClosing(text: string): string {
  let end = text.trimEnd().length;
  const textEnd = end;
  while (end > 0 && text[end - 1] === '#') end -= 1;
  return end === 0 || /[ \t]/.test(text.charAt(end - 1)) ? text.slice(0, end) : text.slice(0, textEnd);
}

/** Where the first comment begins that does not end on the line. */
function findOpenComment(line: string): number {
  const close = line.lastIndexOf('-->');
  return line.indexOf('<!--', close === -1 ? 0 : close + '-->'.length);
}

function findEnd(line: string, end: string, from: number): number {
  return end.startsWith('</') ? line.toLowerCase().indexOf(end, from) : line.indexOf(end, from);
}

/** Columns before the first character that is no blank, a tab reaching to the next fourth column. */
function toIndent(line: string, from = 0, column = 0): { readonly indent: number; readonly offset: number } {
  let indent = column;
  let offset = from;
  for (; line[offset] === ' ' || line[offset] === '\t'; offset += 1) {
    indent = line[offset] === '\t' ? indent + 4 - (indent % 4) : indent + 1;
  }
  return { indent, offset };
}
