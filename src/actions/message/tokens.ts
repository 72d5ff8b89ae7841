import type { Event } from '../../core/event.ts';
import { type Line, type Part, toCode, toLink, toText, toWords } from './message.ts';

/** The parts of an event that a phrase can name. Each says something even when the forge does not tell it. */

const MAX_NAME_CHARS = 100;

/** Who did it; a bot is marked as one. */
export function toActor({ actor }: Pick<Event, 'actor'>): Part {
  if (actor === undefined) return toWords('somebody');
  const { text } = toText(actor.login, MAX_NAME_CHARS) as { text: string };
  return toWords(actor.bot && !text.endsWith('[bot]') ? `${text} (bot)` : text);
}

/** `[repository] `, or the name of the forge where an event is about none. */
export function toPrefix({ repo, forge }: Pick<Event, 'repo' | 'forge'>): Line {
  return [toWords('['), toText(repo?.name ?? forge, MAX_NAME_CHARS), toWords('] ')];
}

const TOKENS: Readonly<Record<string, (event: Event) => Line>> = {
  actor: (event) => [toActor(event)],
  subject: (event) => [toSubject(event)],
  label: ({ label }) => [toName(label, 'a label')],
  assignee: ({ assignee }) => [toPerson(assignee)],
  reviewer: ({ reviewer }) => [toPerson(reviewer)],
  milestone: ({ milestone }) => [toName(milestone, 'a milestone')],
  base: ({ base }) => [toName(base?.ref, 'its base')],
  ref: ({ branch, tag, ref }) => [toName(branch ?? tag ?? ref, '(unnamed)')],
  path: ({ path }) => [toName(path, 'a file')],
  release: toRelease,
  repository: ({ repo }) => [toLink(repo?.fullName ?? 'a repository', repo?.url)],
  fork: ({ fork }) => [toLink(fork?.fullName ?? 'a repository of their own', fork?.url)],
  pages: toPages,
  package: toPackage,
  check: ({ check, title, url }) => [toLink(check?.name ?? title ?? '(unnamed)', check?.url ?? url)],
  result: ({ check }) => [
    toText((check?.conclusion ?? check?.status ?? 'result unknown').replaceAll('_', ' '), MAX_NAME_CHARS),
  ],
  place: toPlace,
  forge: ({ forge }) => [toText(forge)],
  native: ({ native }) => [toName([native?.event, native?.action].filter(Boolean).join(' ') || undefined, 'an event')],
  trigger: ({ trigger }) => [toName(trigger, '(unnamed)')],
  rule: ({ cause }) => [toName(cause?.rule, '(unnamed)')],
  about: toAbout,
};

/** A phrase with its words in braces replaced. */
export function fillPhrase(phrase: string, event: Event): Line {
  return phrase.split(/\{(\w+)\}/).flatMap((piece, index): Line => {
    if (index % 2 === 0) return piece === '' ? [] : [toWords(piece)];
    const token = TOKENS[piece];
    if (token === undefined) throw new Error(`A phrase names {${piece}}, which tokens.ts does not have`);
    return token(event);
  });
}

function toName(name: string | undefined, otherwise: string): Part {
  return name === undefined || name.trim() === '' ? toWords(otherwise) : toCode(name, MAX_NAME_CHARS);
}

function toPerson(login: string | undefined): Part {
  return login === undefined ? toWords('somebody') : toText(login, MAX_NAME_CHARS);
}

/** `#12 Title`, linked; the commit for a comment on one. */
function toSubject({ number, subjectId, title, sha, url }: Event): Part {
  const name = number === undefined ? (subjectId ?? (sha === undefined ? undefined : sha.slice(0, 8))) : `#${number}`;
  return toLink([name, title].filter((part) => part !== undefined).join(' ') || 'something', url);
}

function toRelease({ release, tag, title, url }: Event): Line {
  const name = release?.tag ?? tag;
  const words = release?.name ?? title;
  const shown = [name, words === name ? undefined : words].filter((part) => part !== undefined && part !== '');
  const mark = release?.prerelease === true ? ' (pre-release)' : '';
  return [toLink(shown.join(' · ') || '(unnamed)', url), ...(mark === '' ? [] : [toWords(mark)])];
}

const MAX_PAGES = 3;

function toPages({ pages = [], title, url }: Event): Line {
  if (pages.length === 0) return [toLink(title ?? 'a page', url)];
  const links = pages.slice(0, MAX_PAGES).map((page) => toLink(page.title ?? 'a page', page.url, MAX_NAME_CHARS));
  const rest = pages.length - links.length;
  return [...joinParts(links), ...(rest > 0 ? [toWords(` and ${rest} more`)] : [])];
}

function toPackage({ package: published }: Event): Line {
  const name = [published?.name, published?.version].filter((part) => part !== undefined).join(' ');
  return [toLink(name || '(unnamed)', published?.url)];
}

/** ` on main at 1a2b3c4d`, as far as it is known. */
function toPlace({ check, branch, sha }: Event): Line {
  const at = check?.sha ?? sha;
  const on = check?.branch ?? branch;
  return [
    ...(on === undefined ? [] : [toWords(' on '), toCode(on, MAX_NAME_CHARS)]),
    ...(at === undefined ? [] : [toWords(' at '), toCode(at.slice(0, 8))]),
  ];
}

/** ` for #12 Title`, or the branch, of what raised a trigger. */
function toAbout(event: Event): Line {
  if (event.number !== undefined || event.title !== undefined) return [toWords(' for '), toSubject(event)];
  const name = event.branch ?? event.tag;
  return name === undefined ? [] : [toWords(' for '), toCode(name, MAX_NAME_CHARS)];
}

function joinParts(parts: readonly Part[]): Line {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [toWords(', '), part]));
}
