import { cleanText } from '../../core/clean-text.ts';
import { escapeMarkdown } from '../../core/escape-markdown.ts';

/**
 * Text of other people and of agents, fit to be repeated in a comment of Fettle: literal, so that it formats, links and calls nobody; and
 * without what a reader of the page would not have seen where it comes from.
 */

const HTML_COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const MOST_QUOTED_LINES = 30;

/** One literal line of at most `maxChars` characters before escaping. */
export function toForeignLine(text: string, maxChars: number): string {
  return escapeMarkdown(cleanText(withoutHidden(text), maxChars));
}

/** A name in a code span. */
export function toForeignCode(text: string, maxChars = 100): string {
  const clean = cleanText(withoutHidden(text), maxChars).replaceAll('`', "'");
  return clean === '' ? '` `' : `\`${clean}\``;
}

/** Several lines as a quotation, each literal; empty for a text that says nothing. */
export function toForeignQuote(text: string, maxChars: number): string {
  const visible = withoutHidden(text);
  const lines = visible
    .slice(0, maxChars)
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) => toForeignLine(line, maxChars))
    .filter((line) => line !== '');
  const isCut = visible.length > maxChars || lines.length > MOST_QUOTED_LINES;
  const shown = isCut && lines.length > 0 ? [...lines.slice(0, MOST_QUOTED_LINES), '…'] : lines;
  // Two spaces before the end of a line keep it a line of its own.
  return shown.map((line) => `> ${line}`).join('  \n');
}

function withoutHidden(text: string): string {
  return text.replace(HTML_COMMENT, '');
}
