import type { Line, Message, Part } from './message.ts';

/**
 * A message as HTML of a few tags (`a`, `code`, `br`, `ul`, `li`) that chats and mail programs allow, all text escaped. Matrix:
 * https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
 */
export function toHtml(message: Message): string {
  const details = message.details.map((line) => `<li>${toHtmlLine(line)}</li>`).join('');
  return `${toHtmlLine(message.headline)}${details === '' ? '' : `<ul>${details}</ul>`}`;
}

/** Text made literal for HTML, within an element and within an attribute in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function toHtmlLine(line: Line): string {
  return line.map(toHtmlPart).join('');
}

function toHtmlPart(part: Part): string {
  switch (part.kind) {
    case 'break':
      return '<br>';
    case 'code':
      return `<code>${escapeHtml(part.text)}</code>`;
    case 'link':
      return `<a href="${escapeHtml(part.url)}">${escapeHtml(part.text)}</a>`;
    default:
      return escapeHtml(part.text);
  }
}
