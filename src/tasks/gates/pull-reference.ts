import type { ForgeConfig } from '../../config/config.ts';
import type { Task } from '../contract.ts';
import { findForgePages } from '../forge-pages.ts';

/** How the forges call the folder of their pull requests. */
const PULL_PATH = /^\/(?:-\/)?(?:pull|pulls|merge_requests|pull-requests|~pulls)\/([1-9]\d{0,9})(?:\/|$)/;

/** The pages that a task's repository may have: as its events tell, and as the forge is configured. */
export function listRepositoryPages(
  { repo, repository }: Pick<Task, 'repo' | 'repository'>,
  forge: Pick<ForgeConfig, 'kind' | 'url'> | undefined,
): readonly string[] {
  const base = findForgePages(forge);
  const configured = base === undefined || repo === null ? [] : [`${base}/${repo}`];
  return [...(repository?.url === undefined ? [] : [repository.url]), ...configured];
}

/**
 * The number of the pull request that an agent names: `12`, `#12`, `!12`, `owner/name#12`, or its address. Undefined for anything that is
 * not of this repository: what somebody else's server says about a pull request proves nothing.
 * @param pages of the repository, see `listRepositoryPages`.
 */
export function findPullNumber(text: string, repo: string, pages: readonly string[]): number | undefined {
  const named = /^(?:([^\s#!]+)?[#!])?([1-9]\d{0,9})$/.exec(text.trim());
  if (named !== null) {
    const isHere = named[1] === undefined || named[1].toLowerCase() === repo.toLowerCase();
    return isHere ? Number(named[2]) : undefined;
  }
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '') return undefined;
  for (const page of pages) {
    const base = URL.parse(page);
    if (base === null || base.host !== url.host) continue;
    const path = base.pathname.replace(/\/+$/, '');
    if (!`${url.pathname}/`.toLowerCase().startsWith(`${path.toLowerCase()}/`)) continue;
    const found = PULL_PATH.exec(url.pathname.slice(path.length));
    if (found !== null) return Number(found[1]);
  }
  return undefined;
}
