import { FettleError } from '../../../core/errors.ts';
import { type ApiClient, toUnreadable } from '../../api-client.ts';
import type { OwnAccount } from '../../api-contract.ts';
import { findOwnText, type Written } from '../../own.ts';
import { DATA_CENTER_PAGES, readPages } from '../../pages.ts';
import { bodyAt, idAt, integerAt, objectAt, textAt } from '../../read.ts';
import type { CommentApi, ForgeComment, SubjectRef } from '../../write-contract.ts';

/**
 * Comments of Bitbucket Data Center, on pull requests; it has no issues. Its list of comments wants a file, so general ones are found among
 * the activities; and an edit must name the version that it replaces. Raw HTML is shown as text there.
 * https://developer.atlassian.com/server/bitbucket/rest/latest/api-group-pull-requests/
 */
export function createDataCenterComments(client: ApiClient, account: () => Promise<OwnAccount>): CommentApi {
  return {
    findOwn: async (subject, text) => findOwnText(readComments(client, subject), text, account),
    async create(subject, text) {
      return getComment((await client.send('POST', [...toPath(subject), 'comments'], { text })).body, subject);
    },
    async update(subject, id, text) {
      const path = [...toPath(subject), 'comments', id];
      const version = integerAt((await client.send('GET', path)).body, 'version');
      const { status, body } = await client.send('PUT', path, { text, version }, { accept: [409] });
      if (status === 409)
        throw new FettleError('upstream_failed', 'The comment was edited by somebody else meanwhile.');
      return getComment(body, subject);
    },
  };
}

/** @throws FettleError `input_invalid` for an issue. */
function toPath({ repo, subject, number }: SubjectRef): readonly string[] {
  if (subject === 'issue')
    throw new FettleError('input_invalid', 'Bitbucket Data Center has pull requests, no issues.');
  return ['projects', repo.owner, 'repos', repo.name, 'pull-requests', String(number)];
}

async function* readComments(
  client: ApiClient,
  subject: SubjectRef,
): AsyncGenerator<Written<ForgeComment> | undefined> {
  const path = [...toPath(subject), 'activities'];
  for await (const activity of readPages(client, DATA_CENTER_PAGES, path, { limit: '100' })) {
    const comment = textAt(activity, 'action') === 'COMMENTED' ? objectAt(activity, 'comment') : undefined;
    const what = comment && toComment(comment, subject);
    yield what && { what, body: what.body, authorId: idAt(comment, 'author', 'id') };
  }
}

function toComment(item: unknown, { repo, number }: SubjectRef): ForgeComment | undefined {
  const id = idAt(item, 'id');
  const author = textAt(item, 'author', 'slug') ?? textAt(item, 'author', 'name');
  if (id === undefined || author === undefined) return undefined;
  const page = repo.url?.replace(/\/browse$/, '');
  const url = page === undefined ? undefined : `${page}/pull-requests/${number}/overview?commentId=${id}`;
  return { id, body: bodyAt(item, 'text') ?? '', author, url };
}

function getComment(item: unknown, subject: SubjectRef): ForgeComment {
  const comment = toComment(item, subject);
  if (comment === undefined) throw toUnreadable('a comment');
  return comment;
}
