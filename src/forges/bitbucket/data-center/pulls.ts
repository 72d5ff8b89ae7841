import type { Repository } from '../../../core/event.ts';
import { type ApiClient, toUnreadable } from '../../api-client.ts';
import { DATA_CENTER_PAGES, readPages, withList } from '../../pages.ts';
import { booleanAt, listAt, numberAt, textAt, wholeAt } from '../../read.ts';
import { MAX_CHECKS, type Said, toChecks, toReviews } from '../../verdicts.ts';
import { type ForgeCheck, type ForgePull, MAX_PULLS, type PullApi } from '../../work-contract.ts';
import { toCheck } from '../build-status.ts';
import { toState, toUrl } from './subjects.ts';
import { readLogin } from './user.ts';

const PULLS = withList(DATA_CENTER_PAGES, 'a list of pull requests', 'values');
const BUILDS = withList(DATA_CENTER_PAGES, 'a list of builds', 'values');

/**
 * Pull requests of Bitbucket Data Center with their reviewers, and the builds of commits. Only an interface of its own, without a repository, lists all
 * builds of a commit, so whether the commit is there is asked of the repository first.
 * https://developer.atlassian.com/server/bitbucket/rest/latest/api-group-pull-requests/
 * https://developer.atlassian.com/server/bitbucket/rest/latest/api-group-builds-and-deployments/
 * @param builds a client for `/rest/build-status/latest`.
 */
export function createDataCenterPulls(client: ApiClient, builds: ApiClient): PullApi {
  return {
    async find(repo, number) {
      const path = [...toPulls(repo), String(number)];
      const { status, body } = await client.send('GET', path, undefined, { accept: [404] });
      if (status === 404) return undefined;
      const pull = toPull(body);
      if (pull === undefined) throw toUnreadable('a pull request');
      return pull;
    },
    async listOpen(repo) {
      const pulls: ForgePull[] = [];
      const query = { state: 'OPEN', order: 'NEWEST', limit: '50' };
      for await (const item of readPages(client, PULLS, toPulls(repo), query)) {
        const pull = toPull(item);
        if (pull !== undefined) pulls.push(pull);
        if (pulls.length === MAX_PULLS) break;
      }
      return pulls;
    },
    async listReviews(repo, number) {
      const { body } = await client.send('GET', [...toPulls(repo), String(number)]);
      if (toPull(body) === undefined) throw toUnreadable('a pull request');
      return toReviews([...listAt(body, 'participants'), ...listAt(body, 'reviewers')].map(toSaid));
    },
    async listChecks(repo, sha) {
      await client.send('GET', ['projects', repo.owner, 'repos', repo.name, 'commits', sha]);
      const checks: ForgeCheck[] = [];
      for await (const build of readPages(builds, BUILDS, ['commits', sha], { limit: '100' })) {
        checks.push(...toCheck(build));
        if (checks.length >= MAX_CHECKS) break;
      }
      return toChecks(checks);
    },
  };
}

function toPulls(repo: Repository): readonly string[] {
  return ['projects', repo.owner, 'repos', repo.name, 'pull-requests'];
}

function toPull(item: unknown): ForgePull | undefined {
  const number = numberAt(item, 'id');
  if (number === undefined) return undefined;
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: wholeAt(item, 'description'),
    state: toState(item),
    // From 8.18.
    isDraft: booleanAt(item, 'draft') === true,
    author: readLogin(item, 'author', 'user') ?? 'ghost',
    headBranch: textAt(item, 'fromRef', 'displayId') ?? '',
    headSha: textAt(item, 'fromRef', 'latestCommit') ?? '',
    baseBranch: textAt(item, 'toRef', 'displayId') ?? '',
    url: toUrl(item),
  };
}

/** `NEEDS_WORK` is called so from 4.2 on; newer releases say it in other words to people only. */
function toSaid(reviewer: unknown): Said {
  const status = textAt(reviewer, 'status');
  const verdict = status === 'APPROVED' ? 'approved' : status === 'NEEDS_WORK' ? 'changes_requested' : undefined;
  return { author: readLogin(reviewer, 'user'), verdict };
}
