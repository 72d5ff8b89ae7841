import { cleanText } from '../../core/clean-text.ts';
import { toSafeUrl } from './safe-url.ts';

/**
 * What a notification says, before it takes the form of a chat, a mail or a push message. Every text in it is one clean line (see
 * `cleanText`), and every address is safe (see `toSafeUrl`): make parts with the functions below. Escaping is up to the renderer.
 */
export interface Message {
  /** One line, complete in itself. */
  readonly headline: Line;
  /** Lines below it, such as commits; few and short. */
  readonly details: readonly Line[];
  /** Page of what happened; null when there is none. */
  readonly url: string | null;
  /** For a colour or an icon. */
  readonly tone: 'good' | 'bad' | 'neutral';
}

export type Line = readonly Part[];

/** A `code` part is a name to be taken literally: a branch, a label, a commit. */
export type Part =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  | { readonly kind: 'break' };

const MAX_TEXT_CHARS = 200;

export function toText(text: string, maxChars = MAX_TEXT_CHARS): Part {
  return { kind: 'text', text: cleanText(text, maxChars) };
}

export function toCode(text: string, maxChars = MAX_TEXT_CHARS): Part {
  return { kind: 'code', text: cleanText(text, maxChars) };
}

/** Words of ours, spaces at their ends included. */
export function toWords(text: string): Part {
  return { kind: 'text', text };
}

/** A link, or its text alone when the address is absent or not fit for a link. */
export function toLink(text: string, url: string | undefined, maxChars = MAX_TEXT_CHARS): Part {
  const safe = toSafeUrl(url);
  const clean = cleanText(text, maxChars);
  return safe === null ? { kind: 'text', text: clean } : { kind: 'link', text: clean, url: safe };
}

const MAX_LINES = 60;
const MAX_LINE_CHARS = 1_000;
const MAX_TEXT_MESSAGE_CHARS = 8_000;

/** A message that is a text of the rule itself: its lines, no markup. Cut at 60 lines and 8,000 characters. */
export function toTextMessage(text: string): Message {
  const lines = text
    .slice(0, MAX_TEXT_MESSAGE_CHARS)
    .trim()
    .split(/\r\n|[\r\n\u2028\u2029]/);
  const isCut = text.length > MAX_TEXT_MESSAGE_CHARS || lines.length > MAX_LINES;
  const shown = [...lines.slice(0, MAX_LINES), ...(isCut ? ['…'] : [])];
  const headline = shown.flatMap((line, index): Part[] => [
    ...(index === 0 ? [] : [{ kind: 'break' } as const]),
    toText(line, MAX_LINE_CHARS),
  ]);
  return { headline, details: [], url: null, tone: 'neutral' };
}
