import { createHash } from 'node:crypto';
import type { Event } from '../../core/event.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { cleanText } from '../../core/clean-text.ts';
import { escapeHtml, toHtml } from '../message/html.ts';
import type { Message } from '../message/message.ts';
import { toPlainHeadline, toPlainText } from '../message/plain-text.ts';
import type { Mailbox } from './addresses.ts';

/** A message as it is handed to the mail server. */
export interface Mail {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With angle brackets; the same for every attempt, so that a mail program or server can drop a repeat. */
  readonly messageId: string;
  /** Id that all messages about one subject refer to, by which mail programs group them; null when there is none. */
  readonly threadId: string | null;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_SUBJECT_CHARS = 200;

/** Writes the message. Forge text is plain in the text, escaped in the HTML, and on one line in the subject. */
export function toMail(
  message: Message,
  subject: string | undefined,
  sides: { readonly from: Mailbox; readonly to: readonly Mailbox[] },
  { run, event }: Pick<RunContext, 'run' | 'event'>,
): Mail {
  const domain = sides.from.address.slice(sides.from.address.lastIndexOf('@') + 1);
  const thread = event === null ? null : findThread(event);
  const asked = cleanText(subject ?? '', MAX_SUBJECT_CHARS);
  return {
    ...sides,
    subject: asked === '' ? toSubject(message, event) : asked,
    text: `${toPlainText(message)}\n`,
    html: toHtmlPart(message),
    messageId: `<fettle.${run.id}@${domain}>`,
    threadId: thread === null ? null : `<fettle.thread.${toShortHash(thread)}@${domain}>`,
    date: new Date(run.createdAt),
    headers: {
      // Keeps holiday notes and other machines from answering (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      'X-Fettle-Run': run.id,
      'Fettle-Hops': String(run.hops + 1),
    },
  };
}

/** The same for all events about one issue or pull request, since some programs group by it too; else what happened. */
function toSubject(message: Message, event: Event | null): string {
  if (event?.repo === undefined || event.number === undefined || event.title === undefined)
    return cleanText(toPlainHeadline(message), MAX_SUBJECT_CHARS);
  const title = cleanText(event.title, MAX_SUBJECT_CHARS - 50);
  return `[${cleanText(event.repo.name, 30)}] ${title} (#${event.number})`;
}

/** What the messages of one conversation have in common: an issue, a pull request or a branch. */
function findThread({ forge, repo, subject, number, subjectId, ref }: Event): string | null {
  const topic = number === undefined ? (subjectId ?? ref) : `${subject ?? 'subject'} ${number}`;
  return repo === undefined || topic === undefined ? null : JSON.stringify([forge, repo.fullName, topic]);
}

function toShortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function toHtmlPart(message: Message): string {
  const link = message.url === null ? '' : `<p><a href="${escapeHtml(message.url)}">${escapeHtml(message.url)}</a></p>`;
  return `<!doctype html><html><body><div>${toHtml(message)}</div>${link}</body></html>\n`;
}
