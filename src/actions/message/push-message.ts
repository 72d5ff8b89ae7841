import type { Commit, Event } from '../../core/event.ts';
import { toFirstLine } from '../../core/clean-text.ts';
import { type Line, type Message, toCode, toLink, toText, toWords } from './message.ts';
import { toActor, toPrefix } from './tokens.ts';

/** Commits shown below the headline of a push. */
export const MAX_COMMITS = 5;

const SHORT_ID_CHARS = 8;
const MAX_SUBJECT_CHARS = 120;
const MAX_AUTHOR_CHARS = 60;
const MAX_REF_CHARS = 100;

/**
 * `[repo] author pushed N commits to branch`, the commits linked, and the newest of them below. N is what the forge counted, since the
 * list it sends is often cut short.
 */
export function toPushMessage(event: Event): Message {
  const url = toPushUrl(event);
  const lines = toCommitLines(event);
  const rest = countCommits(event) - lines.length;
  return {
    headline: [...toPrefix(event), toActor(event), ...toDeed(event, url)],
    details: lines.length > 0 && rest > 0 ? [...lines, toRestLine(rest)] : lines,
    url: url === undefined ? null : toLinkUrl(url),
    tone: 'neutral',
  };
}

/** The true number of commits of a push. */
export function countCommits({ commitCount, commits = [] }: Event): number {
  return Math.max(commitCount ?? 0, commits.length);
}

/** The newest commits of a push, newest first, a line each. */
export function toCommitLines({ commits = [], deleted }: Event): Line[] {
  return deleted === true ? [] : commits.slice(-MAX_COMMITS).toReversed().map(toCommitLine);
}

/** `3 commits`, `1 commit`. */
export function toCommitWords(count: number): string {
  return count === 1 ? '1 commit' : `${count} commits`;
}

export function toRestLine(rest: number): Line {
  return [toWords(`… and ${rest} more`)];
}

/** What happened to the ref, from a space after the author on. */
function toDeed(event: Event, url: string | undefined): Line {
  const isTag = event.tag !== undefined;
  const kind = isTag ? 'tag ' : 'branch ';
  const ref = toCode(event.branch ?? event.tag ?? event.ref ?? 'an unknown branch', MAX_REF_CHARS);
  const count = countCommits(event);
  if (event.deleted === true) return [toWords(` deleted ${kind}`), ref];
  if (isTag) return [toWords(event.created === true ? ' created tag ' : ' moved tag '), ref];
  if (count === 0 && event.created === true) return [toWords(' created branch '), ref];
  const verb = event.forced === true ? ' force-pushed ' : ' pushed ';
  const commits = count === 0 ? toLink('no new commits', url) : toLink(toCommitWords(count), url);
  return [toWords(verb), commits, toWords(event.created === true ? ' to new branch ' : ' to '), ref];
}

/** Where the commits can be read. */
export function toPushUrl(event: Event): string | undefined {
  if (event.deleted === true) return event.repo?.url;
  return event.compareUrl ?? event.commits?.at(-1)?.url ?? event.url ?? event.repo?.url;
}

function toLinkUrl(url: string): string | null {
  const part = toLink('', url);
  return part.kind === 'link' ? part.url : null;
}

function toCommitLine(commit: Commit): Line {
  const subject = toFirstLine(commit.message, MAX_SUBJECT_CHARS);
  const author = commit.author?.name ?? commit.author?.login;
  return [
    toLink(commit.id.slice(0, SHORT_ID_CHARS), commit.url),
    toWords(' '),
    toText(subject === '' ? '(no message)' : subject, MAX_SUBJECT_CHARS),
    ...(author === undefined ? [] : [toWords(' — '), toText(author, MAX_AUTHOR_CHARS)]),
  ];
}
