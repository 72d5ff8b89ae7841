import type { Repository } from '../../core/event.ts';
import { type ApiClient, toUnreadable } from '../api-client.ts';
import { createCountedPages, LINKED_PAGES, readPages, withList } from '../pages.ts';
import { booleanAt, listAt, numberAt, objectAt, textAt, wholeAt } from '../read.ts';
import { MAX_CHECKS, type Said, toChecks, toReviews } from '../verdicts.ts';
import { type ForgeCheck, type ForgePull, MAX_PULLS, type PullApi } from '../work-contract.ts';
import { isDraftTitle } from './pull.ts';
import { toAuthor } from './subjects.ts';

const PULLS = withList(LINKED_PAGES, 'a list of pull requests');

/**
 * Pull requests of Gitea and Forgejo, their reviews and the commit statuses, which Actions set as well.
 * https://gitea.com/api/swagger#/repository/repoGetPullRequest https://gitea.com/api/swagger#/repository/repoListPullReviews
 * https://gitea.com/api/swagger#/repository/repoGetCombinedStatusByRef
 */
export function createGiteaPulls(client: ApiClient): PullApi {
  return {
    find: async (repo, number) => findPull(client, [...toPulls(repo), String(number)], number),
    listOpen: async (repo) => listOpenPulls(client, toPulls(repo), { state: 'open', limit: '50' }),
    async listReviews(repo, number) {
      const said: Said[] = [];
      const path = [...toPulls(repo), String(number), 'reviews'];
      const pages = withList(createCountedPages(), 'a list of reviews');
      for await (const review of readPages(client, pages, path, { limit: '50' })) {
        said.push(toSaid(review));
      }
      return toReviews(said);
    },
    async listChecks(repo, sha) {
      const path = ['repos', repo.owner, repo.name, 'commits', sha, 'status'];
      const checks = new Map<string, ForgeCheck>();
      // Neither the answer nor its headers say how many there are, and an old release answers every page with the first.
      for (let page = 1, before = -1; before < checks.size && checks.size < MAX_CHECKS; page += 1) {
        before = checks.size;
        const query = { page: String(page), limit: '50' };
        const { body } = await client.send('GET', path, undefined, { query });
        if (objectAt({ body }, 'body') === undefined) throw toUnreadable('commit statuses');
        for (const status of listAt(body, 'statuses')) {
          const check = toCheck(status);
          if (check !== undefined && !checks.has(check.name)) checks.set(check.name, check);
        }
      }
      return toChecks(checks.values());
    },
  };
}

function toPulls(repo: Repository): readonly string[] {
  return ['repos', repo.owner, repo.name, 'pulls'];
}

/** A pull request as Gitea and GitHub have it. */
export async function findPull(
  client: ApiClient,
  path: readonly string[],
  number: number,
): Promise<ForgePull | undefined> {
  const { status, body } = await client.send('GET', path, undefined, { accept: [404] });
  if (status === 404) return undefined;
  const pull = toPull(body);
  if (pull === undefined) throw toUnreadable('a pull request');
  return pull.number === number ? pull : undefined;
}

/** The newest open ones, as both list them. */
export async function listOpenPulls(
  client: ApiClient,
  path: readonly string[],
  query: Readonly<Record<string, string>>,
): Promise<readonly ForgePull[]> {
  const pulls: ForgePull[] = [];
  for await (const item of readPages(client, PULLS, path, query)) {
    const pull = toPull(item);
    if (pull !== undefined) pulls.push(pull);
    if (pulls.length === MAX_PULLS) break;
  }
  return pulls;
}

function toPull(item: unknown): ForgePull | undefined {
  const number = numberAt(item, 'number');
  const title = textAt(item, 'title') ?? '';
  if (number === undefined) return undefined;
  const isMerged = booleanAt(item, 'merged') === true || textAt(item, 'merged_at') !== undefined;
  const closed = textAt(item, 'state') === 'closed' ? 'closed' : 'open';
  return {
    number,
    title,
    body: wholeAt(item, 'body'),
    state: isMerged ? 'merged' : closed,
    isDraft: booleanAt(item, 'draft') ?? isDraftTitle(title),
    author: toAuthor(item, 'user'),
    headBranch: toBranch(item, 'head'),
    headSha: textAt(item, 'head', 'sha') ?? '',
    baseBranch: toBranch(item, 'base'),
    url: textAt(item, 'html_url'),
  };
}

/** Once a branch is gone, Gitea calls it `refs/pull/12/head`, and only the label has its name. */
function toBranch(pull: unknown, end: 'head' | 'base'): string {
  const ref = textAt(pull, end, 'ref') ?? '';
  return ref === '' || ref.startsWith('refs/') ? (textAt(pull, end, 'label') ?? ref) : ref;
}

/** A request for a review, and one that is not yet sent, are no verdicts. A review by a team has no user. */
function toSaid(review: unknown): Said {
  const author = textAt(review, 'user', 'login') ?? textAt(review, 'user', 'username');
  const isDismissed = booleanAt(review, 'dismissed') === true;
  const state = textAt(review, 'state');
  if (state === 'APPROVED') {
    return { author, verdict: isDismissed || booleanAt(review, 'stale') === true ? 'withdrawn' : 'approved' };
  }
  if (state === 'REQUEST_CHANGES') return { author, verdict: isDismissed ? 'withdrawn' : 'changes_requested' };
  return { author, verdict: undefined };
}

/** `warning` does not hold up a merge, and `skipped` is what did not have to run. */
function toCheck(status: unknown): ForgeCheck | undefined {
  const name = textAt(status, 'context');
  if (name === undefined) return undefined;
  const word = textAt(status, 'status') ?? textAt(status, 'state');
  const isFine = word === 'success' || word === 'warning' || word === 'skipped';
  const isBad = word === 'failure' || word === 'error';
  return { name, state: isFine ? 'success' : isBad ? 'failure' : 'pending', url: textAt(status, 'target_url') };
}
