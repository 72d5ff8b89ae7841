import type { ForgeKind } from '../../core/vocabulary.ts';
import { toMarker, toStickyMarker, withoutForeignMarkers } from '../../core/marker.ts';

/**
 * Texts that Fettle writes on a forge. What the rule wrote and what came from the event can no longer be told apart once a template is
 * rendered, so nothing in a text calls people, commands the forge or its bots, or passes for a mark of Fettle, unless the rule
 * says so beside the text.
 */
export interface TextOptions {
  /** Logins that may be called by `@login`. */
  readonly mentions: readonly string[];
  /** Whether lines that begin with `/word` stay commands. */
  readonly commands: boolean;
}

/** The text with everything made harmless that the options do not allow. It looks the same. */
export function toForgeText(text: string, { mentions, commands }: TextOptions): string {
  const plain = breakMentions(withoutForeignMarkers(text.toWellFormed().replaceAll('\u0000', '')), mentions);
  return commands ? plain : breakCommands(plain);
}

/** Zero-width joiner: not shown, no space, and no part of a name. */
const JOINER = '\u200d';

/** `@name`, however the @ is written in Markdown; not the @ of an address, which has a letter or digit before it. */
const MENTION = /(?:(?<![A-Za-z0-9])@|&#0*64;|&#x0*40;|&commat;)(?=\S)(?!\u200d)/gi;

function breakMentions(text: string, allowed: readonly string[]): string {
  const names = allowed.map((login) => login.replace(/^@/, '').toLowerCase());
  return text.replace(MENTION, (at, offset: number) => {
    const after = text.slice(offset + at.length, offset + at.length + 100).toLowerCase();
    const isAllowed =
      at === '@' && names.some((name) => after.startsWith(name) && !/^[\w/-]|^\.\w/.test(after.slice(name.length)));
    return isAllowed ? at : `@${JOINER}`;
  });
}

/**
 * Lines that begin with `/word` are commands to GitLab (https://docs.gitlab.com/user/project/quick_actions/), and to many bots elsewhere; they
 * would be carried out with the rights of the hub's account.
 */
function breakCommands(text: string): string {
  return text.replace(/(^|[\n\v\f\r\u0085\u2028\u2029])([^\S\n]*)\/(?=\p{L})/gu, `$1$2${JOINER}/`);
}

/**
 * Longest text of each kind, in UTF-16 units, with room to spare. GitHub takes 65,536 and Bitbucket 32,768 characters; elsewhere it is
 * the longest text that an event keeps whole, so that the mark at its end is seen again.
 */
const MAX_LENGTHS: Readonly<Record<ForgeKind, number>> = {
  gitea: 60_000,
  forgejo: 60_000,
  gogs: 60_000,
  github: 60_000,
  gitlab: 60_000,
  bitbucket: 32_000,
  onedev: 12_000,
};

/** What marks a text as Fettle's. */
export interface TextMarks {
  readonly kind: ForgeKind;
  readonly run: string;
  /** Of the text itself: one more than what led to it. */
  readonly hops: number;
  /** Key of a comment that is kept up to date. */
  readonly stickyKey?: string | undefined;
}

/** A text with its marks at the end, cut where it is too long. */
export function toMarkedText(text: string, { kind, run, hops, stickyKey }: TextMarks): string {
  const sticky = stickyKey === undefined ? [] : [toStickyMarker(stickyKey, kind)];
  const end = `\n\n${[...sticky, toMarker({ run, hops }, kind)].join('\n')}`;
  return `${toFitting(text, MAX_LENGTHS[kind] - end.length)}${end}`;
}

/** A title on one line. */
export function toTitle(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length <= MAX_TITLE_LENGTH ? line : `${toWholePairs(line.slice(0, MAX_TITLE_LENGTH - 1))}…`;
}

/** GitLab, Gitea and Gogs store 255 characters, GitHub takes 256. */
const MAX_TITLE_LENGTH = 250;
const NOTE_LENGTH = 200;

/** At most so many units, with a note about what was cut, and with no block of code left open that would swallow the marks. */
function toFitting(text: string, maxLength: number): string {
  const whole = closeCode(text.trimEnd());
  if (whole.length <= maxLength) return whole;
  const kept = closeCode(toWholePairs(text.slice(0, maxLength - NOTE_LENGTH)).trimEnd());
  return `${kept}\n\n*Cut here: the text is ${text.length} characters long, more than the forge takes.*`;
}

function toWholePairs(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '');
}

/** Ends a fenced block of code that the text leaves open (https://spec.commonmark.org/0.31.2/#fenced-code-blocks). */
function closeCode(text: string): string {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    const [, marks = '', rest = ''] = fence ?? [];
    if (open === undefined) {
      if (marks !== '' && !(marks.startsWith('`') && rest.includes('`'))) open = marks;
    } else if (marks.startsWith(open) && rest.trim() === '') open = undefined;
  }
  // A fence as long as the text itself would make it too long again; it can only be there on purpose.
  return open === undefined ? text : `${text}\n${open.slice(0, 100)}`;
}
