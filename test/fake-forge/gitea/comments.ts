import { type FakeComment, type FakeRepository, FakeRefusal, type FakeRoute, type FakeSubject } from '../contract.ts';
import { editComment, writeComment } from '../deeds.ts';
import { getText } from '../state.ts';
import { doerOf, repositoryOf, sceneOf, subjectOf } from './place.ts';
import { toComment } from './shapes.ts';

/** Comments of Gitea; those of one issue come without pages, the oldest first. */
export const commentRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number/comments',
    answer(request) {
      const { query } = request;
      const sinceMs = Date.parse(query.get('since') ?? '1970-01-01');
      const beforeMs = Date.parse(query.get('before') ?? '9999-01-01');
      const subject = subjectOf(request);
      const found = subject.comments.filter(({ createdAt, updatedAt = createdAt }) => {
        const atMs = Date.parse(updatedAt);
        return atMs >= sinceMs && atMs <= beforeMs;
      });
      const scene = sceneOf(request);
      return {
        headers: { 'x-total-count': String(found.length) },
        body: found.map((comment) => toComment(comment, subject, scene)),
      };
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues/:number/comments',
    answer(request) {
      const subject = subjectOf(request);
      const comment = writeComment(doerOf(request), subject, getText(request.body, 'body'));
      return { status: 201, body: toComment(comment, subject, sceneOf(request)) };
    },
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:name/issues/comments/:id',
    answer(request) {
      const { subject, comment } = getComment(repositoryOf(request), request.params['id'] ?? '');
      editComment(doerOf(request), subject, comment, getText(request.body, 'body'));
      return { body: toComment(comment, subject, sceneOf(request)) };
    },
  },
];

export function addComment(subject: FakeSubject, comment: Omit<FakeComment, 'version'>): FakeComment {
  const added = { ...comment, version: 0 };
  subject.comments.push(added);
  return added;
}

/** @throws FakeRefusal 404. */
export function getComment(repository: FakeRepository, id: string): { subject: FakeSubject; comment: FakeComment } {
  for (const subject of repository.subjects) {
    const comment = subject.comments.find((each) => String(each.id) === id);
    if (comment !== undefined) return { subject, comment };
  }
  throw new FakeRefusal(404, 'comment does not exist');
}
