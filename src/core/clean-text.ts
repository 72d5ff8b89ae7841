/**
 * Text of a forge, made fit for one line of a message: everything that breaks a line or moves the cursor becomes a space, and characters
 * that reorder or hide text (Unicode bidirectional overrides and isolates, zero-width and tag characters) go away, so that a title
 * cannot pretend to be something else. Marks that scripts need (joiners, direction marks) stay.
 */

const BREAKING = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
const DECEIVING = /[\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** Text is cut before it is read, so that a huge one costs no time; what is left out of it afterwards rarely matters. */
const READ_AHEAD = 4;

/** One clean line of at most `maxChars` UTF-16 units; what is cut off is shown as `…`. */
export function cleanText(text: string, maxChars: number): string {
  const isCut = text.length > maxChars * READ_AHEAD;
  const read = isCut ? text.slice(0, maxChars * READ_AHEAD) : text;
  const clean = read.toWellFormed().replace(DECEIVING, '').replace(BREAKING, ' ').trim();
  return clean.length > maxChars || isCut ? `${cutText(clean, maxChars - 1).trimEnd()}…` : clean;
}

/** The text without characters that reorder or hide text; lines stay as they are. */
export function withoutDeceiving(text: string): string {
  return text.toWellFormed().replace(DECEIVING, '');
}

/** At most `maxChars` UTF-16 units, never half of a pair. */
export function cutText(text: string, maxChars: number): string {
  return text.slice(0, maxChars).replace(/[\ud800-\udbff]$/, '');
}

/** How far into a text its first line is looked for. */
const FIRST_LINE_WITHIN = 4_000;

/** The first line that says something, clean; an empty text when there is none. Lines that quote somebody are passed over. */
export function toFirstLine(text: string, maxChars: number): string {
  for (const line of text.slice(0, FIRST_LINE_WITHIN).split(/[\r\n\u2028\u2029]+/)) {
    const clean = line.startsWith('>') ? '' : cleanText(line, maxChars);
    if (clean !== '') return clean;
  }
  return '';
}
