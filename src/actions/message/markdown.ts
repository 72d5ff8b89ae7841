import { escapeMarkdown } from '../../core/escape-markdown.ts';
import { breakMentions } from '../../core/mention.ts';
import type { Line, Message, Part } from './message.ts';
import { toPercent } from './safe-url.ts';

/** A message as Markdown that Discord, ntfy and forges read alike. */
export function toMarkdown(message: Message): string {
  return [toMarkdownLine(message.headline), ...message.details.map((line) => `- ${toMarkdownLine(line)}`)].join('\n');
}

function toMarkdownLine(line: Line): string {
  return line.map(toMarkdownPart).join('');
}

function toMarkdownPart(part: Part): string {
  switch (part.kind) {
    case 'break':
      return '\n';
    case 'code':
      return toCodeSpan(part.text);
    case 'link':
      return `[${escapeMarkdown(part.text)}](${part.url.replace(/[()]/g, toPercent)})`;
    default:
      return escapeMarkdown(part.text);
  }
}

/** A code span ends at the first run of as many backticks as it began with; nothing in it is read as markup. */
function toCodeSpan(text: string): string {
  return text === '' ? '' : `\`${breakMentions(text.replaceAll('`', "'"))}\``;
}
