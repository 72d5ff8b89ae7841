import { type ApiClient, toUnreadable } from '../api-client.ts';
import type { OwnAccount } from '../api-contract.ts';
import { findOwnText, type Written } from '../own.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { bodyAt, idAt, textAt } from '../read.ts';
import type { CommentApi, ForgeComment, SubjectRef } from '../write-contract.ts';

/**
 * Comments of GitHub; a pull request is an issue here.
 * https://docs.github.com/en/rest/issues/comments
 */
export function createGitHubComments(client: ApiClient, account: () => Promise<OwnAccount>): CommentApi {
  return {
    findOwn: (subject, text) => findOwnText(readComments(client, toPath(subject)), text, account),
    async create(subject, body) {
      return getComment((await client.send('POST', toPath(subject), { body })).body);
    },
    async update({ repo }, id, body) {
      const path = ['repos', repo.owner, repo.name, 'issues', 'comments', id];
      return getComment((await client.send('PATCH', path, { body })).body);
    },
  };
}

function toPath({ repo, number }: SubjectRef): readonly string[] {
  return ['repos', repo.owner, repo.name, 'issues', String(number), 'comments'];
}

async function* readComments(
  client: ApiClient,
  path: readonly string[],
): AsyncGenerator<Written<ForgeComment> | undefined> {
  for await (const item of readPages(client, LINKED_PAGES, path, { per_page: '100' })) {
    const what = toComment(item);
    yield what && { what, body: what.body, authorId: idAt(item, 'user', 'id') };
  }
}

function toComment(item: unknown): ForgeComment | undefined {
  const id = idAt(item, 'id');
  if (id === undefined) return undefined;
  // The user is null once the account is deleted.
  const author = textAt(item, 'user', 'login') ?? 'ghost';
  return { id, body: bodyAt(item, 'body') ?? '', author, url: textAt(item, 'html_url') };
}

function getComment(item: unknown): ForgeComment {
  const comment = toComment(item);
  if (comment === undefined) throw toUnreadable('a comment');
  return comment;
}
