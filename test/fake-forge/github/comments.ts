import { type FakeComment, FakeRefusal, type FakeRequest, type FakeRoute, type FakeSubject } from '../contract.ts';
import { writeComment } from '../deeds.ts';
import { getComment } from '../gitea/comments.ts';
import { doerOf } from '../gitea/place.ts';
import { toLinkedPage } from '../pages.ts';
import { getRepository, getSubject, getText } from '../state.ts';
import { toUser } from './account.ts';

const MAX_BODY_LENGTH = 65_536;

export const commentRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number/comments',
    answer(request) {
      const subject = toSubject(request);
      const comments = subject.comments.map((comment) => toComment(comment, subject, request));
      return toLinkedPage(request, comments, { name: 'per_page', default: 30, most: 100 });
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues/:number/comments',
    answer(request) {
      const subject = toSubject(request);
      const comment = writeComment(doerOf(request), subject, getBody(request));
      return { status: 201, body: toComment(comment, subject, request) };
    },
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:name/issues/comments/:id',
    answer(request) {
      const { params, state, token } = request;
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const { subject, comment } = getComment(repository, params['id'] ?? '');
      if (comment.author !== token.account) throw new FakeRefusal(403, 'Must have admin rights to Repository.');
      comment.body = getBody(request);
      return { body: toComment(comment, subject, request) };
    },
  },
];

/** @throws FakeRefusal 422. */
function getBody({ body }: FakeRequest): string {
  const text = getText(body, 'body');
  if (text.length > MAX_BODY_LENGTH) throw new FakeRefusal(422, 'body is too long (maximum is 65536 characters)');
  return text;
}

function toSubject({ state, params }: FakeRequest): FakeSubject {
  return getSubject(getRepository(state, params['owner'] ?? '', params['name'] ?? ''), params['number'] ?? '');
}

function toComment(comment: FakeComment, { kind, number }: FakeSubject, { params, baseUrl }: FakeRequest) {
  const page = `${baseUrl}/${params['owner']}/${params['name']}/${kind === 'pull' ? 'pull' : 'issues'}/${number}`;
  return {
    id: comment.id,
    html_url: `${page}#issuecomment-${comment.id}`,
    user: toUser(comment.author),
    body: comment.body,
    created_at: comment.createdAt,
  };
}
