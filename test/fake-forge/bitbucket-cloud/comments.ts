import { type FakeComment, FakeRefusal, type FakeRequest, type FakeRoute, type FakeSubject } from '../contract.ts';
import { addComment } from '../gitea/comments.ts';
import { toCloudPage } from '../pages.ts';
import { getRepository, getSubject } from '../state.ts';
import { toUser } from './account.ts';

const PLACES = ['/repositories/:owner/:name/issues/:id', '/repositories/:owner/:name/pullrequests/:id'] as const;
const MAX_RAW_LENGTH = 32_768;

export const commentRoutes: readonly FakeRoute[] = PLACES.flatMap((place): FakeRoute[] => [
  {
    method: 'GET',
    path: `${place}/comments`,
    answer(request) {
      const subject = toSubject(request);
      const gone = { id: 3, deleted: true, content: { raw: '' }, user: null };
      const comments = [gone, ...subject.comments.map((comment) => toComment(comment, request))];
      const isNewestFirst = request.query.get('sort') === '-created_on';
      return toCloudPage(request, isNewestFirst ? comments.toReversed() : comments);
    },
  },
  {
    method: 'POST',
    path: `${place}/comments`,
    answer(request) {
      const { state, token } = request;
      const body = getRaw(request);
      const comment = { id: state.nextId(), body, author: token.account, createdAt: state.nextTime() };
      return { status: 201, body: toComment(addComment(toSubject(request), comment), request) };
    },
  },
  {
    method: 'PUT',
    path: `${place}/comments/:comment`,
    answer(request) {
      const comment = toSubject(request).comments.find(({ id }) => String(id) === request.params['comment']);
      if (comment === undefined) throw new FakeRefusal(404, 'Comment not found');
      if (comment.author !== request.token.account) throw new FakeRefusal(403, 'Forbidden');
      comment.body = getRaw(request);
      return { body: toComment(comment, request) };
    },
  },
]);

/** @throws FakeRefusal 400. */
function getRaw({ body }: FakeRequest): string {
  const raw = (body['content'] as { raw?: unknown } | undefined)?.raw;
  if (typeof raw !== 'string' || raw === '') throw new FakeRefusal(400, 'content: This field is required.');
  if (raw.length > MAX_RAW_LENGTH) throw new FakeRefusal(400, 'content: Too long.');
  return raw;
}

function toSubject({ state, params, path }: FakeRequest): FakeSubject {
  const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
  return getSubject(repository, params['id'] ?? '', path.includes('/pullrequests/') ? 'pull' : 'issue');
}

function toComment({ id, body, author, createdAt }: FakeComment, { path }: FakeRequest) {
  return {
    id,
    content: { type: 'rendered', raw: body, markup: 'markdown', html: '' },
    user: toUser(author),
    deleted: false,
    created_on: createdAt,
    links: { html: { href: `https://bitbucket.org${path.replace('/2.0/repositories', '')}/_/diff#comment-${id}` } },
  };
}
