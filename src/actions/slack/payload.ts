import type { Message } from '../message/message.ts';
import { toSlackText } from '../message/slack-text.ts';

export type SlackFlavour = 'slack' | 'mattermost' | 'discord';

/** What each takes at most, with room to spare: Slack 40,000 characters, Mattermost 16,383, Discord 2,000. */
const MAX_CHARS: Readonly<Record<SlackFlavour, number>> = { slack: 12_000, mattermost: 12_000, discord: 1_900 };

export interface SlackNames {
  readonly channel?: string | undefined;
  readonly username?: string | undefined;
}

/** The body of an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. */
export function toSlackPayload(message: Message, flavour: SlackFlavour, names: SlackNames): string {
  return JSON.stringify({
    text: toShortText(toSlackText(message), MAX_CHARS[flavour]),
    channel: names.channel,
    username: names.username,
    // Links of a forge are not worth a preview each.
    ...(flavour === 'slack' ? { unfurl_links: false, unfurl_media: false } : {}),
  });
}

/** Cut at the end of a line where that is possible, so that no markup is cut in two; else before an entity or link that would be. */
function toShortText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const room = text.slice(0, maxChars - 2);
  const lineEnd = room.lastIndexOf('\n');
  const whole = lineEnd > 0 ? room.slice(0, lineEnd) : room.replace(/(?:&[a-z]*|<[^>]*|[\ud800-\udbff])$/, '');
  return `${whole}\n…`;
}
