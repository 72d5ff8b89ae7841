import type { Event } from '../../core/event.ts';
import { type Line, type Message, type Part, toCode, toLink, toText, toWords } from './message.ts';
import { countCommits, MAX_COMMITS, toCommitLines, toCommitWords, toPushUrl, toRestLine } from './push-message.ts';
import { toSafeUrl } from './safe-url.ts';
import { toActor } from './tokens.ts';

/**
 * What several messages come to, when one stands for all of them: running totals, and the newest commits or headlines. It stays small
 * however many are added, and is JSON.
 */
export interface DigestState {
  readonly entries: number;
  /** The message, while it is the only one. */
  readonly only: Message | null;
  /** Everything is a push of commits to a branch, told in standard words. */
  readonly arePushes: boolean;
  readonly commits: number;
  readonly repositories: Tally;
  readonly authors: Tally;
  readonly branches: Tally;
  readonly newestCommits: readonly Line[];
  readonly newestHeadlines: readonly Line[];
  /** What the pushes can be compared with, while all are to one branch; null otherwise. */
  readonly before: string | null;
  readonly url: string | null;
  readonly tone: Message['tone'];
}

/** Distinct names in the order they came. */
interface Tally {
  readonly names: readonly string[];
  /** There are more than were kept. */
  readonly isMore: boolean;
}

const MAX_HEADLINES = 5;
const MAX_NAMES_KEPT = 50;
const MAX_NAMES_SHOWN = 3;
const MAX_NAME_CHARS = 100;
const NOBODY: Tally = { names: [], isMore: false };

/** What there is to add to a digest. */
export interface DigestItem {
  readonly event: Event | null;
  readonly message: Message;
  /** The message is a text of the rule, which totals would not do justice. */
  readonly isOwnText: boolean;
}

/** The state with one item more; null stands for none yet. Pure. */
export function addToDigest(state: DigestState | null, { event, message, isOwnText }: DigestItem): DigestState {
  const push = event !== null && !isOwnText && isPushOfCommits(event) ? event : null;
  const commitLines = push === null ? [] : toCommitLines(push);
  const branches = addName(state?.branches, push?.branch);
  const isOneBranch = branches.names.length === 1 && (state === null || state.before !== null);
  const before = push === null || !isOneBranch ? null : (state?.before ?? push.before ?? null);
  return {
    entries: (state?.entries ?? 0) + 1,
    only: state === null ? message : null,
    arePushes: (state?.arePushes ?? true) && push !== null,
    commits: (state?.commits ?? 0) + (push === null ? 0 : countCommits(push)),
    repositories: addName(state?.repositories, event?.repo?.name ?? event?.forge),
    authors: addName(state?.authors, event?.actor === undefined ? undefined : toName(toActor(event))),
    branches,
    newestCommits: [...commitLines, ...(state?.newestCommits ?? [])].slice(0, MAX_COMMITS),
    newestHeadlines: [toOneLine(message.headline), ...(state?.newestHeadlines ?? [])].slice(0, MAX_HEADLINES),
    before,
    url: push === null ? message.url : toSafeUrl(toComparison(push, before)),
    tone: state?.tone === 'bad' ? 'bad' : message.tone,
  };
}

/** The one message that stands for all items of a digest. Pure. */
export function toDigestMessage(state: DigestState): Message {
  if (state.only !== null) return state.only;
  const { url, tone } = state;
  const prefix = [toWords('['), ...toNames(state.repositories, toPlainName, 'repositories'), toWords('] ')];
  const body = state.arePushes ? toPushes(state) : toEvents(state);
  return { ...body, headline: [...(state.repositories.names.length === 0 ? [] : prefix), ...body.headline], url, tone };
}

/** `ada and grace pushed 12 commits to main (4 pushes)`, and the newest commits. */
function toPushes(state: DigestState): Pick<Message, 'headline' | 'details'> {
  const { commits, newestCommits, entries } = state;
  const words = commits === 0 ? 'no new commits' : toCommitWords(commits);
  const rest = commits - newestCommits.length;
  return {
    headline: [
      ...toWho(state),
      toWords(' pushed '),
      toLink(words, state.url ?? undefined),
      toWords(' to '),
      ...toNames(state.branches, (name) => toCode(name), 'branches'),
      toWords(` (${entries} pushes)`),
    ],
    details: newestCommits.length > 0 && rest > 0 ? [...newestCommits, toRestLine(rest)] : newestCommits,
  };
}

/** `7 events by ada and grace`, and the newest headlines. */
function toEvents(state: DigestState): Pick<Message, 'headline' | 'details'> {
  const { commits, entries, newestHeadlines } = state;
  const rest = entries - newestHeadlines.length;
  return {
    headline: [
      toWords(`${entries} events`),
      ...(state.authors.names.length === 0 ? [] : [toWords(' by '), ...toWho(state)]),
      ...(commits === 0 ? [] : [toWords(`, ${toCommitWords(commits)} pushed`)]),
    ],
    details: rest > 0 ? [...newestHeadlines, toRestLine(rest)] : newestHeadlines,
  };
}

function toWho({ authors }: DigestState): Line {
  return authors.names.length === 0 ? [toWords('somebody')] : toNames(authors, toPlainName, 'others');
}

/** `a`, `a and b`, `a, b, c and 4 others`. */
function toNames({ names, isMore }: Tally, toPart: (name: string) => Part, others: string): Line {
  const shown = names.slice(0, MAX_NAMES_SHOWN);
  const rest = names.length - shown.length;
  const more = isMore ? `more than ${rest} ${others}` : rest > 0 ? `${rest} more` : null;
  const all = [...shown.map(toPart), ...(more === null ? [] : [toWords(more)])];
  return all.flatMap((part, index): Line => {
    if (index === 0) return [part];
    return [toWords(index === all.length - 1 ? ' and ' : ', '), part];
  });
}

function toPlainName(name: string): Part {
  return toText(name, MAX_NAME_CHARS);
}

function addName(tally: Tally = NOBODY, name: string | undefined): Tally {
  const kept = name === undefined ? '' : toName(toPlainName(name));
  if (kept === '' || tally.names.includes(kept)) return tally;
  if (tally.names.length === MAX_NAMES_KEPT) return { ...tally, isMore: true };
  return { ...tally, names: [...tally.names, kept] };
}

function toName(part: Part): string {
  return part.kind === 'break' ? '' : part.text;
}

function isPushOfCommits({ type, branch, deleted }: Event): boolean {
  return type === 'push' && branch !== undefined && deleted !== true;
}

const SHORT_ID_CHARS = 12;

/**
 * The page that compares the newest state of a branch with the one before the first push: the forge's page for the newest push, its left
 * end moved. The page as it is when that cannot be done.
 */
function toComparison(push: Event, before: string | null): string | undefined {
  const { compareUrl, before: left } = push;
  const isMovable = before !== null && left !== undefined && ![before, left].some((id) => /^0*$/.test(id));
  if (compareUrl === undefined || !isMovable) return toPushUrl(push);
  if (compareUrl.includes(left)) return compareUrl.replace(left, () => before);
  return compareUrl.replace(left.slice(0, SHORT_ID_CHARS), () => before.slice(0, SHORT_ID_CHARS));
}

/** A headline within a list: its first line, if it has several. */
function toOneLine(line: Line): Line {
  const end = line.findIndex((part) => part.kind === 'break');
  return end === -1 ? line : line.slice(0, end);
}
