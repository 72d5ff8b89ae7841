import type { Repository } from '../../core/event.ts';
import { type ApiClient, toUnreadable } from '../api-client.ts';
import { LINKED_PAGES, readPages, withList } from '../pages.ts';
import { booleanAt, hasList, integerAt, listAt, numberAt, textAt, wholeAt } from '../read.ts';
import { MAX_CHECKS, type Said, toChecks, toReviews } from '../verdicts.ts';
import { type ForgeCheck, type ForgePull, MAX_PULLS, type PullApi } from '../work-contract.ts';
import { toProject } from './place.ts';
import { findVisible, toAuthor, toState } from './subjects.ts';

const PULLS = withList(LINKED_PAGES, 'a list of merge requests');
const STATUSES = withList(LINKED_PAGES, 'commit statuses');

/**
 * Merge requests of GitLab, their approvals, and of a commit the jobs of its pipelines together with the statuses that others set.
 * https://docs.gitlab.com/api/merge_requests/ https://docs.gitlab.com/api/merge_request_approvals/
 * https://docs.gitlab.com/api/commits/#list-commit-statuses
 */
export function createGitLabPulls(client: ApiClient): PullApi {
  return {
    async find(repo, number) {
      const body = await findVisible(client, [...toPulls(repo), String(number)], 'a merge request');
      if (body === undefined) return undefined;
      const pull = toPull(body);
      if (pull === undefined) throw toUnreadable('a merge request');
      return pull;
    },
    async listOpen(repo) {
      const pulls: ForgePull[] = [];
      const query = { state: 'opened', order_by: 'created_at', sort: 'desc', per_page: '50' };
      for await (const item of readPages(client, PULLS, toPulls(repo), query)) {
        const pull = toPull(item);
        if (pull !== undefined) pulls.push(pull);
        if (pulls.length === MAX_PULLS) break;
      }
      return pulls;
    },
    async listReviews(repo, number) {
      const path = [...toPulls(repo), String(number)];
      const approvals = await client.send('GET', [...path, 'approvals']);
      if (!hasList(approvals.body, 'approved_by')) throw toUnreadable('approvals');
      // From 15.3; only reviewers who were asked can ask for changes, and doing so takes their approval away.
      const reviewers = await client.send('GET', [...path, 'reviewers'], undefined, { accept: [404] });
      return toReviews([
        ...listAt(approvals.body, 'approved_by').map(toApproval),
        ...(reviewers.ok ? listAt(reviewers.body).map(toRequest) : []),
      ]);
    },
    async listChecks(repo, sha) {
      const latest = new Map<string, { readonly check: ForgeCheck; readonly id: number }>();
      const path = [...toProject(repo), 'repository', 'commits', sha, 'statuses'];
      for await (const status of readPages(client, STATUSES, path, { per_page: '100' })) {
        const name = textAt(status, 'name');
        if (name === undefined) continue;
        const id = integerAt(status, 'id') ?? 0;
        const before = latest.get(name);
        if (before === undefined && latest.size >= MAX_CHECKS) break;
        if (before !== undefined && before.id > id) continue;
        latest.set(name, { id, check: { name, state: toCheckState(status), url: textAt(status, 'target_url') } });
      }
      return toChecks([...latest.values()].map(({ check }) => check));
    },
  };
}

function toPulls(repo: Repository): readonly string[] {
  return [...toProject(repo), 'merge_requests'];
}

function toPull(item: unknown): ForgePull | undefined {
  const number = numberAt(item, 'iid');
  if (number === undefined) return undefined;
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: wholeAt(item, 'description'),
    state: toState(item),
    isDraft: booleanAt(item, 'draft') ?? booleanAt(item, 'work_in_progress') ?? false,
    author: toAuthor(item),
    headBranch: textAt(item, 'source_branch') ?? '',
    headSha: textAt(item, 'sha') ?? textAt(item, 'diff_refs', 'head_sha') ?? '',
    baseBranch: textAt(item, 'target_branch') ?? '',
    url: textAt(item, 'web_url'),
  };
}

function toApproval(approval: unknown): Said {
  return { author: textAt(approval, 'user', 'username'), verdict: 'approved' };
}

function toRequest(reviewer: unknown): Said {
  const isRequest = textAt(reviewer, 'state') === 'requested_changes';
  return { author: textAt(reviewer, 'user', 'username'), verdict: isRequest ? 'changes_requested' : undefined };
}

/** What may fail holds nothing up, however it ended, nor does a job that waits to be started by hand and need not be. */
function toCheckState(status: unknown): ForgeCheck['state'] {
  const word = textAt(status, 'status');
  const isOptional = booleanAt(status, 'allow_failure') === true;
  if (word === 'success' || word === 'skipped') return 'success';
  if (word === 'failed' || word === 'canceled') return isOptional ? 'success' : 'failure';
  return word === 'manual' && isOptional ? 'success' : 'pending';
}
