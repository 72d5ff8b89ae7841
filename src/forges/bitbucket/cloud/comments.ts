import { type ApiClient, toUnreadable } from '../../api-client.ts';
import type { OwnAccount } from '../../api-contract.ts';
import { findOwnText, type Written } from '../../own.ts';
import { CLOUD_PAGES, readPages } from '../../pages.ts';
import { bodyAt, booleanAt, idAt, textAt } from '../../read.ts';
import type { CommentApi, ForgeComment, SubjectRef } from '../../write-contract.ts';
import { readLogin } from './account.ts';

/**
 * Comments of Bitbucket Cloud, on pull requests and in its issue tracker. Raw HTML is shown as text there.
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-issue-tracker/
 */
export function createCloudComments(client: ApiClient, account: () => Promise<OwnAccount>): CommentApi {
  const toContent = (raw: string) => ({ content: { raw } });
  return {
    findOwn: (subject, text) => findOwnText(readComments(client, subject), text, account),
    async create(subject, body) {
      return getComment((await client.send('POST', toPath(subject), toContent(body))).body);
    },
    async update(subject, id, body) {
      return getComment((await client.send('PUT', [...toPath(subject), id], toContent(body))).body);
    },
  };
}

function toPath({ repo, subject, number }: SubjectRef): readonly string[] {
  const kind = subject === 'pull' ? 'pullrequests' : 'issues';
  return ['repositories', repo.owner, repo.name, kind, String(number), 'comments'];
}

async function* readComments(
  client: ApiClient,
  subject: SubjectRef,
): AsyncGenerator<Written<ForgeComment> | undefined> {
  for await (const item of readPages(client, CLOUD_PAGES, toPath(subject), { pagelen: '100' })) {
    const what = booleanAt(item, 'deleted') === true ? undefined : toComment(item);
    yield what && { what, body: what.body, authorId: idAt(item, 'user', 'uuid') };
  }
}

function toComment(item: unknown): ForgeComment | undefined {
  const id = idAt(item, 'id');
  if (id === undefined) return undefined;
  return {
    id,
    body: bodyAt(item, 'content', 'raw') ?? '',
    author: readLogin(item, 'user') ?? 'unknown',
    url: textAt(item, 'links', 'html', 'href'),
  };
}

function getComment(item: unknown): ForgeComment {
  const comment = toComment(item);
  if (comment === undefined) throw toUnreadable('a comment');
  return comment;
}
