import { BlockReader } from './block-reader.ts';
import { HiddenCollection } from './hidden-collection.ts';
import { toInlineText } from './inline-text.ts';

/** A line that the page shows as text. Code blocks, quotes, comments and link definitions are none. */
export interface TextLine {
  readonly kind: 'heading' | 'item' | 'text';
  /** 1 to 6; 0 for what is no heading. */
  readonly level: number;
  /** Columns before it; of an item, before its marker. */
  readonly indent: number;
  /** State of its checkbox, where it has one. */
  readonly isDone: boolean | undefined;
  /** Without marker and checkbox; see `InlineText`. */
  readonly text: string;
  readonly bare: string;
}

export interface TextLines {
  readonly lines: readonly TextLine[];
  readonly hidden: HiddenCollection;
  /** Whether a comment is opened and never closed: all that follows is hidden. */
  readonly isCommentOpen: boolean;
  /** Whether the text goes on after `MOST_CHARS`. */
  readonly isCut: boolean;
}

/** Forges allow texts of some hundred thousand characters; what comes after this is not read. */
export const MOST_CHARS = 1_000_000;

/** A line of a block before its inline markup is read. */
export interface RawLine {
  readonly kind: TextLine['kind'];
  readonly level: number;
  readonly indent: number;
  readonly isDone: boolean | undefined;
  readonly content: string;
}

/**
 * What a body shows, line by line, as far as the format of issues needs it of CommonMark (https://spec.commonmark.org/0.31.2/): blocks of code,
 * raw HTML, quotes (the words of somebody else), headings, items, checkboxes, and inline code, comments and tags. Where the two
 * differ, Fettle takes too much for hidden rather than too little.
 */
export function readLines(body: string): TextLines {
  const isCut = body.length > MOST_CHARS;
  const hidden = new HiddenCollection();
  const lines: TextLine[] = [];
  const reader = new BlockReader(hidden, (block) => {
    for (const line of toTextLines(block, hidden)) lines.push(line);
  });
  const text = (isCut ? body.slice(0, MOST_CHARS) : body).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  for (const line of text.split('\n')) reader.take(line);
  return { lines, hidden, isCommentOpen: reader.end(), isCut };
}

/** Inline markup may span the lines of a block, so they are read together. */
function toTextLines(block: readonly RawLine[], hidden: HiddenCollection): TextLine[] {
  const inline = toInlineText(block.map(({ content }) => content).join('\n'), hidden);
  const texts = inline.text.split('\n');
  const bares = inline.bare.split('\n');
  return block.map(({ kind, level, indent, isDone }, index) => ({
    kind,
    level,
    indent,
    isDone,
    text: texts[index] ?? '',
    bare: bares[index] ?? '',
  }));
}
