import { type FakeComment, FakeRefusal, type FakeRequest, type FakeRoute, type FakeSubject } from '../contract.ts';
import { addComment } from '../gitea/comments.ts';
import { toDataCenterPage } from '../pages.ts';
import { getRepository, getSubject } from '../state.ts';
import { toUser } from './account.ts';

const PULL = '/projects/:owner/repos/:name/pull-requests/:id';
const MAX_TEXT_LENGTH = 32_768;

/** Comments of Bitbucket Data Center: listed among the activities, newest first, and edited by version. */
export const commentRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: `${PULL}/activities`,
    answer(request) {
      const { comments } = toSubject(request);
      const activities = comments.map((comment) => ({
        action: 'COMMENTED',
        commentAction: 'ADDED',
        comment: toComment(comment),
      }));
      return toDataCenterPage(request, [{ action: 'APPROVED', user: {} }, ...activities.toReversed()]);
    },
  },
  {
    method: 'POST',
    path: `${PULL}/comments`,
    answer(request) {
      const { state, token } = request;
      const comment = {
        id: state.nextId(),
        body: getBody(request),
        author: token.account,
        createdAt: state.nextTime(),
      };
      return { status: 201, body: toComment(addComment(toSubject(request), comment)) };
    },
  },
  {
    method: 'GET',
    path: `${PULL}/comments/:comment`,
    answer: (request) => ({ body: toComment(getComment(request)) }),
  },
  {
    method: 'PUT',
    path: `${PULL}/comments/:comment`,
    answer(request) {
      const comment = getComment(request);
      if (comment.author !== request.token.account) throw new FakeRefusal(403, 'You are not permitted to edit this.');
      if (request.body['version'] !== comment.version) throw new FakeRefusal(409, 'The comment has been updated.');
      comment.body = getBody(request);
      comment.version += 1;
      return { body: toComment(comment) };
    },
  },
];

function getComment(request: FakeRequest): FakeComment {
  const found = toSubject(request).comments.find(({ id }) => String(id) === request.params['comment']);
  if (found === undefined) throw new FakeRefusal(404, 'Comment does not exist.');
  return found;
}

function getBody({ body }: FakeRequest): string {
  const text = body['text'];
  if (typeof text !== 'string' || text === '') throw new FakeRefusal(400, 'Please enter a non-empty comment.');
  if (text.length > MAX_TEXT_LENGTH) throw new FakeRefusal(400, 'Please enter a shorter comment.');
  return text;
}

function toSubject({ state, params }: FakeRequest): FakeSubject {
  return getSubject(getRepository(state, params['owner'] ?? '', params['name'] ?? ''), params['id'] ?? '', 'pull');
}

function toComment({ id, body, author, version, createdAt }: FakeComment) {
  return { id, version, text: body, author: toUser(author), createdDate: Date.parse(createdAt) };
}
