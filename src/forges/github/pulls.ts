import type { Repository } from '../../core/event.ts';
import type { ApiClient } from '../api-client.ts';
import { findPull, listOpenPulls } from '../gitea/pulls.ts';
import { LINKED_PAGES, readPages, withList } from '../pages.ts';
import { idAt, integerAt, textAt } from '../read.ts';
import { MAX_CHECKS, type Said, toChecks, toReviews } from '../verdicts.ts';
import type { ForgeCheck, PullApi } from '../work-contract.ts';

const REVIEWS = withList(LINKED_PAGES, 'a list of reviews');
const STATUSES = withList(LINKED_PAGES, 'commit statuses', 'statuses');
const CHECK_RUNS = withList(LINKED_PAGES, 'check runs', 'check_runs');

/**
 * Pull requests of GitHub, their reviews, and of a commit both the statuses and the check runs.
 * https://docs.github.com/en/rest/pulls/pulls https://docs.github.com/en/rest/pulls/reviews
 * https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
 * https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
 */
export function createGitHubPulls(client: ApiClient): PullApi {
  return {
    find: async (repo, number) => findPull(client, [...toPulls(repo), String(number)], number),
    listOpen: async (repo) => listOpenPulls(client, toPulls(repo), { state: 'open', per_page: '50' }),
    async listReviews(repo, number) {
      const said: Said[] = [];
      const path = [...toPulls(repo), String(number), 'reviews'];
      for await (const review of readPages(client, REVIEWS, path, { per_page: '100' })) said.push(toSaid(review));
      return toReviews(said);
    },
    async listChecks(repo, sha) {
      const path = ['repos', repo.owner, repo.name, 'commits', sha];
      const checks: ForgeCheck[] = [];
      for await (const status of readPages(client, STATUSES, [...path, 'status'], { per_page: '100' })) {
        checks.push(...toStatusCheck(status));
        if (checks.length >= MAX_CHECKS) break;
      }
      return toChecks([...checks, ...(await readCheckRuns(client, [...path, 'check-runs']))]);
    },
  };
}

function toPulls(repo: Repository): readonly string[] {
  return ['repos', repo.owner, repo.name, 'pulls'];
}

/** A dismissed review keeps its place, and is the last word of its author until there is another. */
function toSaid(review: unknown): Said {
  const state = textAt(review, 'state')?.toUpperCase();
  const author = textAt(review, 'user', 'login');
  if (state === 'APPROVED') return { author, verdict: 'approved' };
  if (state === 'CHANGES_REQUESTED') return { author, verdict: 'changes_requested' };
  return { author, verdict: state === 'DISMISSED' ? 'withdrawn' : undefined };
}

function toStatusCheck(status: unknown): ForgeCheck[] {
  const name = textAt(status, 'context');
  const word = textAt(status, 'state');
  if (name === undefined) return [];
  const state = word === 'success' ? 'success' : word === 'failure' || word === 'error' ? 'failure' : 'pending';
  return [{ name, state, url: textAt(status, 'target_url') }];
}

/** The latest of each app and name, since a workflow that runs again for the same commit leaves the older ones in the list. */
async function readCheckRuns(client: ApiClient, path: readonly string[]): Promise<readonly ForgeCheck[]> {
  const latest = new Map<string, { readonly check: ForgeCheck; readonly id: number }>();
  for await (const run of readPages(client, CHECK_RUNS, path, { filter: 'latest', per_page: '100' })) {
    const name = textAt(run, 'name');
    if (name === undefined) continue;
    const key = JSON.stringify([idAt(run, 'app', 'id') ?? null, name]);
    const id = integerAt(run, 'id') ?? 0;
    const before = latest.get(key);
    if (before === undefined && latest.size >= MAX_CHECKS) break;
    if (before !== undefined && before.id > id) continue;
    const url = textAt(run, 'html_url') ?? textAt(run, 'details_url');
    latest.set(key, { id, check: { name, state: toRunState(run), url } });
  }
  return [...latest.values()].map(({ check }) => check);
}

function toRunState(run: unknown): ForgeCheck['state'] {
  if (textAt(run, 'status') !== 'completed') return 'pending';
  const word = textAt(run, 'conclusion');
  return word === 'success' || word === 'neutral' || word === 'skipped' ? 'success' : 'failure';
}
