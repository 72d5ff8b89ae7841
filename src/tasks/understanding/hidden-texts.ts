import { HiddenCollection } from './hidden-collection.ts';
import { readLines } from './text-lines.ts';

/** Characters that show nothing, or change the order in which others are shown. */
const UNSEEN_CHARACTER =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u17b4|\u17b5|[\u{e0000}-\u{e0fff}]/gu;
/** A joiner in a compound picture, and the tags behind a flag, belong to what is seen. */
const SEEN_JOINER = /(\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d(?=\p{Extended_Pictographic})/gu;
const FLAG = /\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{4,6}\u{e007f}/gu;
/** Letters that no font shows, each standing for one of ASCII. */
const TAGS = /[\u{e0020}-\u{e007e}]{2,}/gu;
const TAG_OFFSET = 0xe0000;
const MOST_KINDS = 20;

/**
 * What a text holds that its page does not show: comments, link definitions that say something, content of elements that are not
 * rendered, long texts in attributes, and characters that cannot be seen. An agent reads all of it; the people who approve the issue do not.
 * The first 50, each at most 1,000 characters.
 */
export function listHidden(body: string): readonly string[] {
  const { hidden } = readLines(body);
  return [...hidden.list(), ...listUnseen(body)];
}

function listUnseen(body: string): readonly string[] {
  const text = body.replace(FLAG, '').replace(SEEN_JOINER, '$1');
  const counts = new Map<string, number>();
  for (const [character] of text.matchAll(UNSEEN_CHARACTER)) {
    const name = toName(character);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...counts].slice(0, MOST_KINDS).map(([name, count]) => `${name} × ${count}`);
  const more = counts.size > MOST_KINDS ? ', …' : '';
  const spelt = new HiddenCollection();
  for (const [tags] of text.matchAll(TAGS)) spelt.add(toAscii(tags));
  const said = `Characters that are not seen or reorder what is: ${all} (${kinds.join(', ')}${more}).`;
  return [said, ...spelt.list().map((letters) => `Written in letters that no font shows: ${letters}`)];
}

/** `U+200B`; the many tag letters and selectors under one name each. */
function toName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xe0100) return 'variation selectors';
  if (code >= TAG_OFFSET) return 'tag letters';
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function toAscii(tags: string): string {
  return Array.from(tags.slice(0, 4000), (tag) =>
    String.fromCodePoint((tag.codePointAt(0) ?? TAG_OFFSET) - TAG_OFFSET),
  ).join('');
}
