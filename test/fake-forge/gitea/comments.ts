import { type FakeComment, type FakeRepository, FakeRefusal, type FakeRoute, type FakeSubject } from '../contract.ts';
import { getRepository, getSubject, getText } from '../state.ts';
import { toUser } from './account.ts';

/** Comments of Gitea; those of one issue come without pages. */
export const commentRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number/comments',
    answer({ params, state, baseUrl }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const subject = getSubject(repository, params['number'] ?? '');
      return { body: subject.comments.map((comment) => toComment(comment, subject, repository, baseUrl)) };
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues/:number/comments',
    answer({ params, state, body, token, baseUrl }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const subject = getSubject(repository, params['number'] ?? '');
      const comment = addComment(subject, {
        id: state.nextId(),
        body: getText(body, 'body'),
        author: token.account,
        createdAt: state.nextTime(),
      });
      return { status: 201, body: toComment(comment, subject, repository, baseUrl) };
    },
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:name/issues/comments/:id',
    answer({ params, state, body, token, baseUrl }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const { subject, comment } = getComment(repository, params['id'] ?? '');
      if (comment.author !== token.account) throw new FakeRefusal(403, '');
      comment.body = getText(body, 'body');
      comment.version += 1;
      return { body: toComment(comment, subject, repository, baseUrl) };
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

function toComment(comment: FakeComment, subject: FakeSubject, { owner, name }: FakeRepository, baseUrl: string) {
  const { id, body, author, createdAt } = comment;
  const kind = subject.kind === 'pull' ? 'pulls' : 'issues';
  return {
    id,
    html_url: `${baseUrl}/${owner}/${name}/${kind}/${subject.number}#issuecomment-${id}`,
    user: toUser(author),
    body,
    created_at: createdAt,
    updated_at: createdAt,
  };
}
