import { type ApiClient, toUnreadable } from '../api-client.ts';
import type { OwnAccount } from '../api-contract.ts';
import { findOwnText, type Written } from '../own.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { bodyAt, idAt, textAt } from '../read.ts';
import type { CommentApi, ForgeComment } from '../write-contract.ts';

/**
 * Comments of Gitea, Forgejo and Gogs; a pull request is an issue here. The list of one issue has no pages.
 * https://gitea.com/api/swagger#/issue/issueGetComments https://github.com/gogs/docs-api/blob/master/Issues/Comments.md
 */
export function createGiteaComments(client: ApiClient, account: () => Promise<OwnAccount>): CommentApi {
  return {
    async findOwn({ repo, number }, text) {
      const path = ['repos', repo.owner, repo.name, 'issues', String(number), 'comments'];
      return findOwnText(readComments(client, path), text, account);
    },
    async create({ repo, number }, body) {
      const path = ['repos', repo.owner, repo.name, 'issues', String(number), 'comments'];
      return getComment((await client.send('POST', path, { body })).body);
    },
    async update({ repo }, id, body) {
      const path = ['repos', repo.owner, repo.name, 'issues', 'comments', id];
      return getComment((await client.send('PATCH', path, { body })).body);
    },
  };
}

async function* readComments(
  client: ApiClient,
  path: readonly string[],
): AsyncGenerator<Written<ForgeComment> | undefined> {
  for await (const item of readPages(client, LINKED_PAGES, path)) {
    const what = toComment(item);
    yield what && { what, body: what.body, authorId: idAt(item, 'user', 'id') };
  }
}

function toComment(item: unknown): ForgeComment | undefined {
  const id = idAt(item, 'id');
  const author = textAt(item, 'user', 'login') ?? textAt(item, 'user', 'username');
  if (id === undefined || author === undefined) return undefined;
  return { id, body: bodyAt(item, 'body') ?? '', author, url: textAt(item, 'html_url') };
}

function getComment(item: unknown): ForgeComment {
  const comment = toComment(item);
  if (comment === undefined) throw toUnreadable('a comment');
  return comment;
}
