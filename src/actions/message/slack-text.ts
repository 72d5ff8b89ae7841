import { breakMentions } from '../../core/mention.ts';
import type { Line, Message, Part } from './message.ts';

/**
 * A message as Slack's `mrkdwn`, which Mattermost and Discord's Slack route read too:
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function toSlackText(message: Message): string {
  return [toSlackLine(message.headline), ...message.details.map((line) => `• ${toSlackLine(line)}`)].join('\n');
}

/**
 * Text that cannot open a link, a code span or a mention. Slack has no way to escape `*` and `_`, which at worst change how the text looks;
 * Mattermost reads `[text](address)` too, so a space goes between.
 */
export function escapeSlackText(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return breakMentions(escaped.replaceAll('`', "'").replaceAll('](', '] ('));
}

function toSlackLine(line: Line): string {
  return line.map(toSlackPart).join('');
}

function toSlackPart(part: Part): string {
  switch (part.kind) {
    case 'break':
      return '\n';
    case 'code':
      return part.text === '' ? '' : `\`${escapeSlackText(part.text)}\``;
    case 'link':
      return `<${part.url.replaceAll('&', '&amp;')}|${escapeSlackText(part.text)}>`;
    default:
      return escapeSlackText(part.text);
  }
}
