import { FettleError } from '../../core/errors.ts';
import type { Repository } from '../../core/event.ts';
import { type ApiClient, toUnreadable } from '../api-client.ts';
import type { OwnAccount } from '../api-contract.ts';
import { findOwnText, type Written } from '../own.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { bodyAt, idAt, listAt, numberAt, textAt } from '../read.ts';
import type { ForgeIssue, IssueApi, SubjectRef } from '../write-contract.ts';
import { toList } from './labels.ts';
import { toProject, toSubject } from './place.ts';

/**
 * Issues and merge requests of GitLab. Assignees go by id and all at once; without a licence there is one at most.
 * https://docs.gitlab.com/api/issues/ https://docs.gitlab.com/api/merge_requests/
 */
export function createGitLabIssues(client: ApiClient, account: () => Promise<OwnAccount>): IssueApi {
  const edit = async (subject: SubjectRef, change: object) =>
    getIssue((await client.send('PUT', toSubject(subject), change)).body);
  const getIds = async (logins: readonly string[]) => {
    const ids: number[] = [];
    for (const login of logins) ids.push(await getUserId(client, login));
    return ids;
  };
  return {
    get: async (subject) => getIssue((await client.send('GET', toSubject(subject))).body),
    findOwn: (repo, text, since) => findOwnText(readIssues(client, repo, since), text, account),
    async create(repo, { title, body, labels, assignees }) {
      const issue = { title, description: body, labels: toList(labels), assignee_ids: await getIds(assignees) };
      return getIssue((await client.send('POST', [...toProject(repo), 'issues'], issue)).body);
    },
    setState: (subject, state) => edit(subject, { state_event: state === 'open' ? 'reopen' : 'close' }),
    async assign(subject, { add, remove }) {
      const { body } = await client.send('GET', toSubject(subject));
      const kept = listAt(body, 'assignees').filter((user) => {
        const login = textAt(user, 'username') ?? '';
        return !remove.includes(login) && !add.includes(login);
      });
      const ids = kept.flatMap((user) => idAt(user, 'id') ?? []).map(Number);
      return edit(subject, { assignee_ids: [...ids, ...(await getIds(add))] });
    },
  };
}

/** @throws FettleError `upstream_refused` when nobody has that name. */
async function getUserId(client: ApiClient, login: string): Promise<number> {
  const { body } = await client.send('GET', ['users'], undefined, { query: { username: login } });
  const id = idAt(listAt(body)[0], 'id');
  if (id === undefined) {
    throw new FettleError('upstream_refused', `GitLab knows nobody named ${JSON.stringify(login)}: correct the rule.`);
  }
  return Number(id);
}

async function* readIssues(
  client: ApiClient,
  repo: Repository,
  since: string,
): AsyncGenerator<Written<ForgeIssue> | undefined> {
  const query = {
    scope: 'created_by_me',
    // GitLab leaves out what was made in that very moment.
    created_after: new Date(Date.parse(since) - 1_000).toISOString(),
    order_by: 'created_at',
    sort: 'desc',
    per_page: '100',
  };
  for await (const item of readPages(client, LINKED_PAGES, [...toProject(repo), 'issues'], query)) {
    const what = toIssue(item);
    yield what && { what, body: bodyAt(item, 'description') ?? '', authorId: idAt(item, 'author', 'id') };
  }
}

function getIssue(item: unknown): ForgeIssue {
  const issue = toIssue(item);
  if (issue === undefined) throw toUnreadable('an issue');
  return issue;
}

function toIssue(item: unknown): ForgeIssue | undefined {
  const number = numberAt(item, 'iid');
  if (number === undefined) return undefined;
  return {
    number,
    state: textAt(item, 'state') === 'opened' ? 'open' : 'closed',
    assignees: listAt(item, 'assignees').flatMap((user) => textAt(user, 'username') ?? []),
    url: textAt(item, 'web_url'),
  };
}
