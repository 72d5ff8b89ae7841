import { cutText } from '../../core/clean-text.ts';
import { toHtml } from '../message/html.ts';
import { type Message, toText } from '../message/message.ts';
import { toPlainHeadline, toPlainText } from '../message/plain-text.ts';

/** The content of an `m.room.message`: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes */
export interface MessageContent {
  readonly msgtype: 'm.notice' | 'm.text';
  readonly body: string;
  readonly format?: 'org.matrix.custom.html';
  readonly formatted_body?: string;
  /** Present and empty: nobody is called, whatever the text says. */
  readonly 'm.mentions': Readonly<Record<string, never>>;
  readonly 'm.new_content'?: MessageContent;
  readonly 'm.relates_to'?: { readonly rel_type: 'm.replace'; readonly event_id: string };
}

/** An event may have 65,536 bytes with everything the servers add, and an edit says the beginning of its text twice. */
export const MAX_CONTENT_BYTES = 40_000;
const MAX_SHORTENED_CHARS = 2_000;
const MAX_FALLBACK_CHARS = 1_000;

/** A message as the protocol has it, in plain text and HTML; shortened from below when it is too large. */
export function toContent(message: Message, type: 'notice' | 'text'): MessageContent {
  let fitting = message;
  while (!fits(fitting, type)) {
    if (fitting.details.length === 0) {
      const headline = [toText(toPlainText({ ...fitting, url: null }), MAX_SHORTENED_CHARS)];
      return toWholeContent({ ...fitting, headline }, type);
    }
    fitting = { ...fitting, details: fitting.details.slice(0, -1) };
  }
  return toWholeContent(fitting, type);
}

/**
 * The same as an edit of a message that was sent. Clients that know edits show `m.new_content`, others the line before it:
 * https://spec.matrix.org/latest/client-server-api/#event-replacements
 * @param eventId the first message, never another edit.
 */
export function toEdit(content: MessageContent, message: Message, eventId: string): MessageContent {
  return {
    msgtype: content.msgtype,
    body: `* ${cutText(toPlainHeadline(message), MAX_FALLBACK_CHARS)}`,
    'm.mentions': {},
    'm.new_content': content,
    'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
  };
}

function toWholeContent(message: Message, type: 'notice' | 'text'): MessageContent {
  return {
    msgtype: `m.${type}`,
    body: toPlainText(message),
    format: 'org.matrix.custom.html',
    formatted_body: toHtml(message),
    'm.mentions': {},
  };
}

function fits(message: Message, type: 'notice' | 'text'): boolean {
  return Buffer.byteLength(JSON.stringify(toWholeContent(message, type))) <= MAX_CONTENT_BYTES;
}
