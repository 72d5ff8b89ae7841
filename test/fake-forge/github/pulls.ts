import {
  type FakeCheckRun,
  FakeRefusal,
  type FakeRequest,
  type FakeReview,
  type FakeRoute,
  type FakeSubject,
} from '../contract.ts';
import { addCommit, getPull, mergePull, needWrite, openSubject, permissionOf, reviewPull } from '../deeds.ts';
import { doerOf, repositoryOf, subjectOf } from '../gitea/place.ts';
import { toLinkedPage } from '../pages.ts';
import { getText, toText } from '../state.ts';
import { toUser } from './account.ts';
import { toIssue, toState } from './issues.ts';

const SIZE = { name: 'per_page', default: 30, most: 100 } as const;
const VERDICTS = { APPROVE: 'approved', REQUEST_CHANGES: 'changes_requested', COMMENT: 'commented' } as const;

/** Pull requests of GitHub, newest first, with their reviews; and the check runs of commits. */
export const pullRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/pulls',
    answer(request) {
      const wanted = request.query.get('state') ?? 'open';
      const found = repositoryOf(request)
        .subjects.filter(({ kind, state }) => kind === 'pull' && (wanted === 'all' || wanted === toState(state)))
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      return toLinkedPage(
        request,
        found.map((subject) => toPullRequest(subject, request)),
        SIZE,
      );
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/pulls',
    answer(request) {
      const { body } = request;
      const [title, head, base] = [getText(body, 'title'), getText(body, 'head'), getText(body, 'base')];
      const doer = doerOf(request);
      needWrite(doer);
      const pull = { headBranch: head, baseBranch: base, headSha: addCommit(doer), isDraft: body['draft'] === true };
      const subject = openSubject(doer, 'pull', { title, body: toText(body['body']) }, { pull });
      return { status: 201, body: toSinglePull(subject, request) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/pulls/:number',
    answer: (request) => ({ body: toSinglePull(subjectOf(request, 'pull'), request) }),
  },
  {
    method: 'PUT',
    path: '/repos/:owner/:name/pulls/:number/merge',
    answer(request) {
      const subject = subjectOf(request, 'pull');
      mergePull(doerOf(request), subject);
      return { body: { sha: getPull(subject).merge?.sha, merged: true, message: 'Pull Request successfully merged' } };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/pulls/:number/reviews',
    answer: (request) => toLinkedPage(request, subjectOf(request, 'pull').reviews.map(toReview), SIZE),
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/pulls/:number/reviews',
    answer(request) {
      const { body } = request;
      const event = toText(body['event']);
      const verdict = Object.hasOwn(VERDICTS, event) ? VERDICTS[event as keyof typeof VERDICTS] : undefined;
      if (verdict === undefined) throw new FakeRefusal(422, 'Unprocessable Entity');
      return { body: toReview(reviewPull(doerOf(request), subjectOf(request, 'pull'), verdict, toText(body['body']))) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/commits/:sha/check-runs',
    answer(request) {
      const { commits, checkRuns } = repositoryOf(request);
      const sha = request.params['sha'] ?? '';
      if (!commits.has(sha)) throw new FakeRefusal(422, `No commit found for SHA: ${sha}`);
      const found = checkRuns.filter((run) => run.sha === sha).map(toCheckRun);
      const page = toLinkedPage(request, found.toReversed(), SIZE);
      return { ...page, body: { total_count: found.length, check_runs: page.body } };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/collaborators/:login/permission',
    answer(request) {
      const { params, state } = request;
      needWrite(doerOf(request));
      const account = state.accounts.find(({ login }) => login === params['login']);
      if (account === undefined) throw new FakeRefusal(404, 'Not Found');
      const permission = permissionOf(repositoryOf(request), account);
      return { body: { permission, role_name: permission, user: toUser(account) } };
    },
  },
];

/** As lists have it; only a single one says `merged`. */
function toPullRequest(subject: FakeSubject, request: FakeRequest) {
  const pull = getPull(subject);
  const { pull_request: _meta, ...issue } = toIssue(subject, request);
  const owner = request.params['owner'] ?? '';
  const toEnd = (ref: string, sha: string) => ({ label: `${owner}:${ref}`, ref, sha });
  return {
    ...issue,
    draft: pull.isDraft,
    merged_at: pull.merge?.at ?? null,
    merge_commit_sha: pull.merge?.sha ?? null,
    head: toEnd(pull.headBranch, pull.headSha),
    base: toEnd(pull.baseBranch, '1405df66cbe219b0bf6355bc3d60361a8376b6b4'),
  };
}

function toSinglePull(subject: FakeSubject, request: FakeRequest) {
  return { ...toPullRequest(subject, request), merged: subject.state === 'merged', mergeable: true };
}

const STATES = { approved: 'APPROVED', changes_requested: 'CHANGES_REQUESTED', commented: 'COMMENTED' } as const;

function toReview({ id, author, state, body, sha, createdAt, isDismissed }: FakeReview) {
  const word = isDismissed ? 'DISMISSED' : STATES[state];
  return { id, user: toUser(author), state: word, body, commit_id: sha, submitted_at: createdAt };
}

function toCheckRun({ id, sha, name, app, status, conclusion, url }: FakeCheckRun) {
  const result = status === 'completed' ? conclusion : null;
  return { id, name, head_sha: sha, status, conclusion: result, html_url: url || null, app: { id: app } };
}
