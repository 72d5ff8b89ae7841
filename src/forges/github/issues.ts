import type { Repository } from '../../core/event.ts';
import { type ApiClient, toUnreadable } from '../api-client.ts';
import type { OwnAccount } from '../api-contract.ts';
import { findOwnText, type Written } from '../own.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { bodyAt, idAt, listAt, numberAt, textAt, timeAt } from '../read.ts';
import type { ForgeIssue, IssueApi, SubjectRef } from '../write-contract.ts';

/**
 * Issues of GitHub; a pull request is one as well. Who cannot be assigned is silently left out.
 * https://docs.github.com/en/rest/issues/issues https://docs.github.com/en/rest/issues/assignees
 */
export function createGitHubIssues(client: ApiClient, account: () => Promise<OwnAccount>): IssueApi {
  const get = async (subject: SubjectRef) => getIssue((await client.send('GET', toPath(subject))).body);
  return {
    get,
    async findOwn(repo, text, since) {
      const { login } = await account();
      return findOwnText(readIssues(client, repo, login, since), text, account);
    },
    async create(repo, { title, body, labels, assignees }) {
      const issue = { title, body, labels, assignees };
      return getIssue((await client.send('POST', ['repos', repo.owner, repo.name, 'issues'], issue)).body);
    },
    async setState(subject, state) {
      return getIssue((await client.send('PATCH', toPath(subject), { state })).body);
    },
    async assign(subject, { add, remove }) {
      const path = [...toPath(subject), 'assignees'];
      if (remove.length > 0) await client.send('DELETE', path, { assignees: remove });
      if (add.length > 0) await client.send('POST', path, { assignees: add });
      return get(subject);
    },
  };
}

function toPath({ repo, number }: SubjectRef): readonly string[] {
  return ['repos', repo.owner, repo.name, 'issues', String(number)];
}

/** Newest first, down to those made before `since`. */
async function* readIssues(
  client: ApiClient,
  repo: Repository,
  creator: string,
  since: string,
): AsyncGenerator<Written<ForgeIssue> | undefined> {
  const query = { state: 'all', creator, sort: 'created', direction: 'desc', since, per_page: '100' };
  for await (const item of readPages(client, LINKED_PAGES, ['repos', repo.owner, repo.name, 'issues'], query)) {
    // GitHub counts whole seconds.
    if (Date.parse(timeAt(item, 'created_at') ?? '') < Date.parse(since) - 1_000) return;
    const what = toIssue(item);
    yield what && { what, body: bodyAt(item, 'body') ?? '', authorId: idAt(item, 'user', 'id') };
  }
}

function getIssue(item: unknown): ForgeIssue {
  const issue = toIssue(item);
  if (issue === undefined) throw toUnreadable('an issue');
  return issue;
}

function toIssue(item: unknown): ForgeIssue | undefined {
  const number = numberAt(item, 'number');
  if (number === undefined) return undefined;
  return {
    number,
    state: textAt(item, 'state') === 'closed' ? 'closed' : 'open',
    assignees: listAt(item, 'assignees').flatMap((user) => textAt(user, 'login') ?? []),
    url: textAt(item, 'html_url'),
  };
}
