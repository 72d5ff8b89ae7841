import { FakeRefusal, type FakeRoute } from '../contract.ts';
import { addCommit, mergePull, needWrite, openSubject, reviewPull } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getText, toText } from '../state.ts';
import { doerOf, repositoryOf, sceneOf, subjectOf } from './place.ts';
import { toPullRequest, toReview, toState } from './shapes.ts';

const SIZE = { name: 'limit', default: 30, most: 50 } as const;
const VERDICTS = { APPROVED: 'approved', REQUEST_CHANGES: 'changes_requested', COMMENT: 'commented' } as const;

/** Pull requests of Gitea, newest first; the list of reviews has no `Link`, only a count. */
export const pullRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/pulls',
    answer(request) {
      const { query } = request;
      const found = repositoryOf(request)
        .subjects.filter(({ kind }) => kind === 'pull')
        .filter(({ state }) => query.get('state') === 'all' || (query.get('state') ?? 'open') === toState(state))
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      const scene = sceneOf(request);
      return toLinkedPage(
        request,
        found.map((subject) => toPullRequest(subject, scene)),
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
      const isThere = doer.repository.subjects.some(
        ({ state, pull }) => state === 'open' && pull?.headBranch === head && pull.baseBranch === base,
      );
      if (isThere) throw new FakeRefusal(409, 'pull request already exists for these targets');
      const pull = { headBranch: head, baseBranch: base, headSha: addCommit(doer), isDraft: isDraft(title) };
      const subject = openSubject(doer, 'pull', { title, body: toText(body['body']) }, { pull });
      return { status: 201, body: toPullRequest(subject, sceneOf(request)) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/pulls/:number',
    answer: (request) => ({ body: toPullRequest(subjectOf(request, 'pull'), sceneOf(request)) }),
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/pulls/:number/merge',
    answer(request) {
      getText(request.body, 'Do');
      mergePull(doerOf(request), subjectOf(request, 'pull'));
      return { status: 200 };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/pulls/:number/reviews',
    answer(request) {
      const subject = subjectOf(request, 'pull');
      const scene = sceneOf(request);
      const reviews = subject.reviews.map((review) => toReview(review, subject, scene));
      const { body } = toLinkedPage(request, reviews, SIZE);
      return { headers: { 'x-total-count': String(reviews.length) }, body };
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/pulls/:number/reviews',
    answer(request) {
      const { body } = request;
      const subject = subjectOf(request, 'pull');
      const event = toText(body['event']);
      const verdict = Object.hasOwn(VERDICTS, event) ? VERDICTS[event as keyof typeof VERDICTS] : undefined;
      if (verdict === undefined) throw new FakeRefusal(422, 'unknown review event');
      const review = reviewPull(doerOf(request), subject, verdict, toText(body['body']));
      return { body: toReview(review, subject, sceneOf(request)) };
    },
  },
];

export function isDraft(title: string): boolean {
  return /^\s*(WIP:|\[WIP\])/i.test(title);
}
