import type { Repository } from '../../../core/event.ts';
import { type ApiClient, toUnreadable } from '../../api-client.ts';
import { CLOUD_PAGES, readPages, withList } from '../../pages.ts';
import { booleanAt, listAt, numberAt, textAt } from '../../read.ts';
import { MAX_CHECKS, type Said, toChecks, toReviews } from '../../verdicts.ts';
import { type ForgeCheck, type ForgePull, MAX_PULLS, type PullApi } from '../../work-contract.ts';
import { toCheck } from '../build-status.ts';
import { readLogin } from './account.ts';
import { toPullBody, toPullState } from './subjects.ts';

const PULLS = withList(CLOUD_PAGES, 'a list of pull requests', 'values');
const BUILDS = withList(CLOUD_PAGES, 'a list of builds', 'values');

/**
 * Pull requests of Bitbucket Cloud, with what their participants think of them, and the builds of commits.
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/
 */
export function createCloudPulls(client: ApiClient): PullApi {
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
      const query = { state: 'OPEN', sort: '-created_on', pagelen: '50' };
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
      return toReviews(listAt(body, 'participants').map(toSaid));
    },
    async listChecks(repo, sha) {
      const checks: ForgeCheck[] = [];
      const path = ['repositories', repo.owner, repo.name, 'commit', sha, 'statuses'];
      for await (const build of readPages(client, BUILDS, path, { pagelen: '100' })) {
        checks.push(...toCheck(build));
        if (checks.length >= MAX_CHECKS) break;
      }
      return toChecks(checks);
    },
  };
}

function toPulls(repo: Repository): readonly string[] {
  return ['repositories', repo.owner, repo.name, 'pullrequests'];
}

function toPull(item: unknown): ForgePull | undefined {
  const number = numberAt(item, 'id');
  if (number === undefined) return undefined;
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: toPullBody(item),
    state: toPullState(item),
    isDraft: booleanAt(item, 'draft') === true,
    author: readLogin(item, 'author') ?? 'ghost',
    headBranch: textAt(item, 'source', 'branch', 'name') ?? '',
    // The first twelve digits, which the API takes for the whole.
    headSha: textAt(item, 'source', 'commit', 'hash') ?? '',
    baseBranch: textAt(item, 'destination', 'branch', 'name') ?? '',
    url: textAt(item, 'links', 'html', 'href'),
  };
}

function toSaid(participant: unknown): Said {
  const author = readLogin(participant, 'user');
  const state = textAt(participant, 'state');
  if (state === 'changes_requested') return { author, verdict: state };
  const isApproved = state === 'approved' || booleanAt(participant, 'approved') === true;
  return { author, verdict: isApproved ? 'approved' : undefined };
}
