import { FakeRefusal, type FakeRequest, type FakeReview, type FakeRoute } from '../contract.ts';
import { addCommit, getPull, mergePull, needWrite, openSubject, permissionOf, reviewPull } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getSubject, getText, toText } from '../state.ts';
import { toUser } from './account.ts';
import { toSubject } from './issues.ts';
import { doerOf, getProject } from './place.ts';

const SIZE = { name: 'per_page', default: 20, most: 100 } as const;
const PLACE = '/projects/:project/merge_requests';
const LEVELS = { none: 0, read: 20, write: 30, admin: 40 } as const;

/** Merge requests of GitLab, their approvals and reviewers, and the members of a project. */
export const pullRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: PLACE,
    answer(request) {
      const wanted = request.query.get('state') ?? 'all';
      const words = { open: 'opened', closed: 'closed', merged: 'merged' } as const;
      const found = getProject(request)
        .subjects.filter(({ kind, state }) => kind === 'pull' && (wanted === 'all' || wanted === words[state]))
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      return toLinkedPage(
        request,
        found.map((subject) => toSubject(subject, request)),
        SIZE,
      );
    },
  },
  {
    method: 'POST',
    path: PLACE,
    answer(request) {
      const { body } = request;
      const doer = doerOf(request);
      needWrite(doer);
      const title = getText(body, 'title');
      const pull = {
        headBranch: getText(body, 'source_branch'),
        baseBranch: getText(body, 'target_branch'),
        headSha: addCommit(doer),
        isDraft: /^\s*(draft:|\[draft\])/i.test(title),
      };
      const taken = doer.repository.subjects.filter(({ kind }) => kind === 'pull').map(({ number }) => number);
      const number = Math.max(0, ...taken) + 1;
      const subject = openSubject(doer, 'pull', { title, body: toText(body['description']) }, { number, pull });
      return { status: 201, body: toSubject(subject, request) };
    },
  },
  {
    method: 'PUT',
    path: `${PLACE}/:iid/merge`,
    answer(request) {
      const subject = subjectOf(request);
      mergePull(doerOf(request), subject);
      return { body: toSubject(subject, request) };
    },
  },
  {
    method: 'POST',
    path: `${PLACE}/:iid/approve`,
    answer(request) {
      reviewPull(doerOf(request), subjectOf(request), 'approved', '');
      return { status: 201, body: { approved_by: toApprovals(request) } };
    },
  },
  {
    method: 'GET',
    path: `${PLACE}/:iid/approvals`,
    answer(request) {
      const approved = toApprovals(request);
      return { body: { approved: approved.length > 0, approved_by: approved, user_has_approved: false } };
    },
  },
  {
    method: 'GET',
    path: `${PLACE}/:iid/reviewers`,
    answer(request) {
      const states = { approved: 'approved', changes_requested: 'requested_changes', commented: 'reviewed' } as const;
      const reviewers = latestOf(request).map(({ author, state, createdAt }) => ({
        user: toUser(author),
        state: states[state],
        created_at: createdAt,
      }));
      return { body: reviewers };
    },
  },
  {
    method: 'GET',
    path: '/projects/:project/members/all/:user',
    answer(request) {
      const project = getProject(request);
      const account = request.state.accounts.find(({ id }) => String(id) === request.params['user']);
      const level = account === undefined ? 0 : LEVELS[permissionOf(project, account)];
      if (account === undefined || level === 0) throw new FakeRefusal(404, 'Not found');
      return { body: { ...toUser(account), access_level: level } };
    },
  },
];

function subjectOf(request: FakeRequest) {
  return getSubject(getProject(request), request.params['iid'] ?? '', 'pull');
}

/** One verdict for each, since who asks for changes loses the approval. */
function latestOf(request: FakeRequest): readonly FakeReview[] {
  const subject = subjectOf(request);
  getPull(subject);
  const standing = subject.reviews.filter(({ isDismissed }) => !isDismissed);
  return [...new Map(standing.map((review) => [review.author.login, review])).values()];
}

function toApprovals(request: FakeRequest) {
  const approved = latestOf(request).filter(({ state }) => state === 'approved');
  return approved.map(({ author, createdAt }) => ({ user: toUser(author), approved_at: createdAt }));
}
