import { type ApiClient, toUnreadable } from '../api-client.ts';
import type { OwnAccount } from '../api-contract.ts';
import { findOwnText, type Written } from '../own.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { bodyAt, booleanAt, idAt, textAt } from '../read.ts';
import type { CommentApi, ForgeComment, SubjectRef } from '../write-contract.ts';
import { toSubject } from './place.ts';

/**
 * Notes of GitLab. A note that holds nothing but quick actions is none and answers 202; see `toForgeText`, which disarms them.
 * https://docs.gitlab.com/api/notes/
 */
export function createGitLabComments(client: ApiClient, account: () => Promise<OwnAccount>): CommentApi {
  return {
    findOwn: (subject, text) => findOwnText(readNotes(client, subject), text, account),
    async create(subject, body) {
      return getComment((await client.send('POST', [...toSubject(subject), 'notes'], { body })).body, subject);
    },
    async update(subject, id, body) {
      return getComment((await client.send('PUT', [...toSubject(subject), 'notes', id], { body })).body, subject);
    },
  };
}

async function* readNotes(client: ApiClient, subject: SubjectRef): AsyncGenerator<Written<ForgeComment> | undefined> {
  const query = { sort: 'asc', order_by: 'created_at', per_page: '100' };
  for await (const item of readPages(client, LINKED_PAGES, [...toSubject(subject), 'notes'], query)) {
    const what = booleanAt(item, 'system') === true ? undefined : toComment(item, subject);
    yield what && { what, body: what.body, authorId: idAt(item, 'author', 'id') };
  }
}

function toComment(item: unknown, { repo, subject, number }: SubjectRef): ForgeComment | undefined {
  const id = idAt(item, 'id');
  const author = textAt(item, 'author', 'username');
  if (id === undefined || author === undefined) return undefined;
  const kind = subject === 'pull' ? 'merge_requests' : 'issues';
  const url = repo.url === undefined ? undefined : `${repo.url}/-/${kind}/${number}#note_${id}`;
  return { id, body: bodyAt(item, 'body') ?? '', author, url };
}

function getComment(item: unknown, subject: SubjectRef): ForgeComment {
  const comment = toComment(item, subject);
  if (comment === undefined) throw toUnreadable('a comment');
  return comment;
}
