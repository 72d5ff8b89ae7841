import { breakMentions } from './mention.ts';

/** Text made literal for Markdown: nothing in it formats, links or mentions. */
export function escapeMarkdown(text: string): string {
  const escaped = text
    .replace(/[\\`*_~|[\](){}<>#&!$]/g, '\\$&')
    .replace(/^([-+=]|\d+(?=[.)]))/, (start) => (/\d/.test(start) ? `${start}\u2060` : `\\${start}`));
  return breakMentions(escaped);
}
