import type { Event } from './event.ts';
import type { EventType } from './event-types.ts';
import type { ForgeKind } from './vocabulary.ts';

/**
 * Marks by which Fettle knows its own texts on a forge again. They stand at the very end of a text, each on a line, and are not shown:
 *
 *   <!-- fettle:sticky=ci%20result -->                  which of several kept comments this is
 *   <!-- fettle:run=0192e4a0-… hops=2 -->               which run wrote it, and after how many effects of Fettle
 *
 * Bitbucket shows raw HTML as text; there a mark is a link definition that no link uses, `[//]: # (fettle:run=… hops=2)`
 * (https://spec.commonmark.org/0.31.2/#link-reference-definitions). Commits carry `Fettle-Hops: 2` among their trailers.
 *
 * A mark is no proof: anybody may copy one. What is edited is looked up by author as well; a copied mark in somebody's own text only
 * keeps Fettle from acting on that text.
 */
export interface Mark {
  /** Id of the run. */
  readonly run: string;
  /** How many of Fettle's effects led to this text, itself included. */
  readonly hops: number;
}

const MOST_HOPS = 999;

/** The mark of a run, to be the last line of a text. */
export function toMarker(mark: Mark, kind: ForgeKind): string {
  return toHidden(`${toRunKey(mark.run)}hops=${Math.min(mark.hops, MOST_HOPS)}`, kind);
}

/** The mark of a comment that is kept up to date, known by its key. */
export function toStickyMarker(key: string, kind: ForgeKind): string {
  return toHidden(toStickyKey(key).trimEnd(), kind);
}

/** What every mark of a run holds and no other text of Fettle: to search for. */
export function toRunKey(run: string): string {
  return `fettle:run=${run} `;
}

/** What the mark of a key holds and that of no other key. */
export function toStickyKey(key: string): string {
  // Parentheses would end a link definition, two hyphens a comment in some readers of HTML.
  const encoded = encodeURIComponent(key.toWellFormed()).replace(
    /[!'()*]|-(?=-)/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `fettle:sticky=${encoded}`;
}

const RUN_AT_END =
  /(?:^|\n)(?:<!-- fettle:run=([\w-]{1,64}) hops=(\d{1,3}) -->|\[\/\/\]: # \(fettle:run=([\w-]{1,64}) hops=(\d{1,3})\))\s*$/;
const MARKS_AT_END =
  /(?:(?:^|\n)(?:<!-- fettle:(?:run|sticky)=[^\s>]*(?: hops=\d{1,3})? -->|\[\/\/\]: # \(fettle:(?:run|sticky)=[^\s)]*(?: hops=\d{1,3})?\))\s*)+$/;

/** The mark at the end of a text. One that somebody quotes, or that has text after it, is none. */
export function findMarker(text: string): Mark | undefined {
  const found = RUN_AT_END.exec(text.replaceAll('\r', ''));
  const run = found?.[1] ?? found?.[3];
  return run === undefined ? undefined : { run, hops: Number(found?.[2] ?? found?.[4]) };
}

/** The text without the marks at its end, and with the line ends that forges agree on: for comparing. */
export function withoutMarkers(text: string): string {
  return text.replaceAll('\r', '').replace(MARKS_AT_END, '').trim();
}

/** The text with everything that could be taken for a mark made harmless: an invisible character goes into it. */
export function withoutForeignMarkers(text: string): string {
  return text.replace(/fettle:(?=(?:run|sticky)=)/gi, (word) => `${word.slice(0, -1)}\u200b:`);
}

/** Events whose `body` is a text that was written just then; in others it is that of the issue, whoever wrote it and when. */
const WRITTEN: ReadonlySet<EventType> = new Set<EventType>([
  'issue.opened',
  'pull.opened',
  'comment.created',
  'comment.edited',
  'review.commented',
  'review_comment.created',
]);

/** The mark of the text that the event is about, when that text was written just then. */
export function findEventMarker(event: Pick<Event, 'type' | 'body'>): Mark | undefined {
  return event.body !== undefined && WRITTEN.has(event.type) ? findMarker(event.body) : undefined;
}

/**
 * How many of Fettle's own effects led to an event, as its text or its commits tell; 0 when nothing does. Own labels, assignees and
 * statuses carry no mark; they are known by the account that made them.
 */
export function toHops(event: Pick<Event, 'type' | 'body' | 'commits'>): number {
  const inCommits = (event.commits ?? []).map(({ message }) => toTrailerHops(message));
  return Math.max(0, findEventMarker(event)?.hops ?? 0, ...inCommits);
}

/** The trailer for the message of a commit. */
export function toHopsTrailer(hops: number): string {
  return `Fettle-Hops: ${Math.min(hops, MOST_HOPS)}`;
}

/** Trailers are the last paragraph of a message (https://git-scm.com/docs/git-interpret-trailers). */
function toTrailerHops(message: string): number {
  const last =
    message
      .replaceAll('\r', '')
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? '';
  const found = /^Fettle-Hops: (\d{1,3})$/im.exec(last);
  return found === null ? 0 : Number(found[1]);
}

function toHidden(text: string, kind: ForgeKind): string {
  return kind === 'bitbucket' ? `[//]: # (${text})` : `<!-- ${text} -->`;
}
