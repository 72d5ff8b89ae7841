import type { Line, Message } from './message.ts';

/** A message as plain text: the headline, a line per detail, and the link last. */
export function toPlainText(message: Message): string {
  const details = message.details.map((line) => `- ${toPlainLine(line)}`);
  return [toPlainLine(message.headline), ...details, ...(message.url === null ? [] : [message.url])].join('\n');
}

/** The headline alone as one line, for a subject or a title. */
export function toPlainHeadline(message: Message): string {
  return toPlainLine(message.headline).split('\n', 1)[0] ?? '';
}

function toPlainLine(line: Line): string {
  return line.map((part) => (part.kind === 'break' ? '\n' : part.text)).join('');
}
