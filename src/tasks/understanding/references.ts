import type { Reference } from '../contract.ts';

/** A reference, and where it stands in its line. */
export interface PlacedReference extends Reference {
  readonly at: number;
  readonly end: number;
  /** The address of an issue that is not on this forge, or not known to be: nothing can be waited for there. */
  readonly address?: string;
}

const CANDIDATE = /#\d{1,10}|https?:\/\//gi;
const URL_END = /[\s<>()[\]"'`|\\^{}]/g;
/** Longest full name of a repository that is looked for before a `#`. */
const LONGEST_NAME = 300;
const LONGEST_URL = 2000;
/** Numbers that forges give out fit in 32 bits. */
const LARGEST_NUMBER = 2_147_483_647;
const ISSUE_PATH =
  /^([^?#]{1,300}?)\/(?:-\/)?(?:issues|pulls?|merge_requests|pull-requests|work_items|~issues|~pulls)\/(\d{1,10})(?![\w.])/;

/**
 * References in a line without its code: `#12`, `owner/repo#12`, and the addresses of issues and pull requests on the forge itself.
 * Neither the inside of words and colours (`#12ab34`, `a#12`) nor the anchors of addresses.
 * @param forgeUrl Where the pages of the forge begin; without it no address is known to be of this forge.
 */
export function findReferences(bare: string, forgeUrl: string | undefined): readonly PlacedReference[] {
  if (!/#\d|https?:\/\//i.test(bare)) return [];
  const found: PlacedReference[] = [];
  const candidates = new RegExp(CANDIDATE);
  for (let match = candidates.exec(bare); match !== null; match = candidates.exec(bare)) {
    if (match[0].startsWith('#')) {
      const reference = toShort(bare, match.index, candidates.lastIndex);
      if (reference !== undefined) found.push(reference);
      continue;
    }
    const end = toUrlEnd(bare, candidates.lastIndex);
    candidates.lastIndex = end;
    const reference = toLinked(bare, match.index, end, forgeUrl);
    if (reference === undefined) continue;
    // `[#12](https://…/issues/12)` is one reference, and the address says more.
    const shown = found.at(-1);
    if (shown?.number === reference.number && /^\]\(<?$/.test(bare.slice(shown.end, match.index))) found.pop();
    found.push(reference);
  }
  return found;
}

function toShort(bare: string, at: number, end: number): PlacedReference | undefined {
  const number = toNumber(bare.slice(at + 1, end));
  if (number === undefined || /^[\p{L}\p{N}_#]/u.test(bare.slice(end, end + 2))) return undefined;
  let begin = at;
  while (begin > 0 && at - begin < LONGEST_NAME && /[\w./-]/.test(bare.charAt(begin - 1))) begin -= 1;
  // Punctuation before a reference is no part of a name, nor is the slash of `#12/#13`.
  const name = bare.slice(begin, at).replace(/^[./-]+/, '');
  const before = bare.slice(Math.max(0, begin - 2), begin);
  const isInWord = /[\p{L}\p{N}_&#\\@]$/u.test(before);
  const isPlain = name === '' ? !isInWord : before.endsWith('#') && /^\d{1,10}[/.-]$/.test(name);
  if (isPlain) return { repo: null, number, at, end };
  return !isInWord && isFullName(name) ? { repo: name, number, at: at - name.length, end } : undefined;
}

function isFullName(name: string): boolean {
  const parts = name.split('/');
  return parts.length >= 2 && parts.length <= 20 && parts.every((part) => /[\w-]/.test(part) && part !== '');
}

function toLinked(bare: string, at: number, end: number, forgeUrl: string | undefined): PlacedReference | undefined {
  const address = bare.slice(at, end);
  const url = URL.parse(address.slice(0, LONGEST_URL));
  const base = forgeUrl === undefined ? null : URL.parse(forgeUrl);
  const basePath = base === null ? '' : base.pathname.replace(/\/$/, '');
  if (url === null) return undefined;
  const isHere = base !== null && url.host === base.host && url.pathname.startsWith(`${basePath}/`);
  const match = ISSUE_PATH.exec(isHere ? url.pathname.slice(basePath.length + 1) : url.pathname.slice(1));
  const number = toNumber(match?.[2] ?? '');
  const repo = match?.[1] ?? '';
  if (number === undefined || !/^[\w.~/-]+$/.test(repo) || !isFullName(repo)) return undefined;
  return isHere ? { repo, number, at, end } : { repo: null, number, at, end, address };
}

function toUrlEnd(bare: string, from: number): number {
  const ends = new RegExp(URL_END);
  ends.lastIndex = from;
  return ends.exec(bare)?.index ?? bare.length;
}

function toNumber(digits: string): number | undefined {
  const number = Number(digits);
  return number >= 1 && number <= LARGEST_NUMBER ? number : undefined;
}
