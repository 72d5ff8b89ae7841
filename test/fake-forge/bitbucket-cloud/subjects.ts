import type { FakeRequest, FakeRoute, FakeSubject } from '../contract.ts';
import { getPull } from '../deeds.ts';
import { repositoryOf } from '../gitea/place.ts';
import { toCloudPage } from '../pages.ts';
import { getSubject } from '../state.ts';
import { toUser } from './account.ts';

/** Issues and pull requests of Bitbucket Cloud, as they are read. */
export const subjectRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repositories/:owner/:name/issues/:id',
    answer: (request) => ({ body: toIssue(subjectOf(request, 'issue'), request) }),
  },
  {
    method: 'GET',
    path: '/repositories/:owner/:name/pullrequests/:id',
    answer: (request) => ({ body: toPull(subjectOf(request, 'pull'), request) }),
  },
  {
    method: 'GET',
    path: '/repositories/:owner/:name/pullrequests',
    answer(request) {
      const found = repositoryOf(request)
        .subjects.filter(({ kind, state }) => kind === 'pull' && state === 'open')
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      return toCloudPage(
        request,
        found.map((subject) => toPull(subject, request)),
      );
    },
  },
];

function subjectOf(request: FakeRequest, kind: FakeSubject['kind']): FakeSubject {
  return getSubject(repositoryOf(request), request.params['id'] ?? '', kind);
}

function toIssue(subject: FakeSubject, request: FakeRequest) {
  const assignee = request.state.accounts.find(({ login }) => subject.assignees.includes(login));
  return {
    type: 'issue',
    id: subject.number,
    title: subject.title,
    content: { raw: subject.body, markup: 'markdown', html: '' },
    state: subject.state === 'open' ? 'new' : 'resolved',
    reporter: toUser(subject.author),
    assignee: assignee === undefined ? null : toUser(assignee),
    created_on: subject.createdAt,
    links: { html: { href: `https://bitbucket.org/${toName(request)}/issues/${subject.number}` } },
  };
}

const STATES = { open: 'OPEN', closed: 'DECLINED', merged: 'MERGED' } as const;

function toPull(subject: FakeSubject, request: FakeRequest) {
  const pull = getPull(subject);
  const verdicts = new Map(
    subject.reviews.filter(({ isDismissed }) => !isDismissed).map((review) => [review.author.login, review]),
  );
  return {
    type: 'pullrequest',
    id: subject.number,
    title: subject.title,
    description: subject.body,
    summary: { raw: subject.body, markup: 'markdown', html: '' },
    state: STATES[subject.state],
    draft: pull.isDraft,
    author: toUser(subject.author),
    source: { branch: { name: pull.headBranch }, commit: { hash: pull.headSha.slice(0, 12) } },
    destination: { branch: { name: pull.baseBranch }, commit: { hash: '1405df66cbe2' } },
    participants: [...verdicts.values()].map(({ author, state }) => ({
      user: toUser(author),
      role: 'REVIEWER',
      approved: state === 'approved',
      state: state === 'commented' ? null : state,
    })),
    created_on: subject.createdAt,
    links: { html: { href: `https://bitbucket.org/${toName(request)}/pull-requests/${subject.number}` } },
  };
}

function toName(request: FakeRequest): string {
  const { owner, name } = repositoryOf(request);
  return `${owner}/${name}`;
}
