import type { FakeRequest, FakeRoute, FakeSubject } from '../contract.ts';
import { getPull } from '../deeds.ts';
import { repositoryOf } from '../gitea/place.ts';
import { toDataCenterPage } from '../pages.ts';
import { getSubject } from '../state.ts';
import { toUser } from './account.ts';

const PULLS = '/projects/:owner/repos/:name/pull-requests';

/** Pull requests of Bitbucket Data Center, as they are read. */
export const pullRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: PULLS,
    answer(request) {
      const found = repositoryOf(request)
        .subjects.filter(({ kind, state }) => kind === 'pull' && state === 'open')
        .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
      if (request.query.get('order') !== 'OLDEST') found.reverse();
      return toDataCenterPage(
        request,
        found.map((subject) => toPull(subject, request)),
      );
    },
  },
  {
    method: 'GET',
    path: `${PULLS}/:id`,
    answer(request) {
      const subject = getSubject(repositoryOf(request), request.params['id'] ?? '', 'pull');
      return { body: toPull(subject, request) };
    },
  },
];

const STATES = { open: 'OPEN', closed: 'DECLINED', merged: 'MERGED' } as const;
const VERDICTS = { approved: 'APPROVED', changes_requested: 'NEEDS_WORK', commented: 'UNAPPROVED' } as const;

function toPull(subject: FakeSubject, request: FakeRequest) {
  const { owner, name } = repositoryOf(request);
  const pull = getPull(subject);
  const verdicts = new Map(
    subject.reviews.filter(({ isDismissed }) => !isDismissed).map((review) => [review.author.login, review]),
  );
  const toRef = (branch: string, latestCommit: string) => ({
    id: `refs/heads/${branch}`,
    displayId: branch,
    latestCommit,
  });
  return {
    id: subject.number,
    version: 1,
    title: subject.title,
    description: subject.body,
    state: STATES[subject.state],
    draft: pull.isDraft,
    author: { user: toUser(subject.author), role: 'AUTHOR', approved: false, status: 'UNAPPROVED' },
    fromRef: toRef(pull.headBranch, pull.headSha),
    toRef: toRef(pull.baseBranch, '1405df66cbe219b0bf6355bc3d60361a8376b6b4'),
    reviewers: [...verdicts.values()].map(({ author, state, sha }) => ({
      user: toUser(author),
      role: 'REVIEWER',
      approved: state === 'approved',
      status: VERDICTS[state],
      lastReviewedCommit: sha,
    })),
    participants: [],
    createdDate: Date.parse(subject.createdAt),
    links: {
      self: [{ href: `${request.baseUrl}/projects/${owner}/repos/${name}/pull-requests/${subject.number}` }],
    },
  };
}
