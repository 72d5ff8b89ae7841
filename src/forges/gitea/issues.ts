import type { Repository } from '../../core/event.ts';
import { type ApiClient, toUnreadable } from '../api-client.ts';
import type { OwnAccount } from '../api-contract.ts';
import { findOwnText, type Written } from '../own.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { bodyAt, idAt, listAt, numberAt, textAt, timeAt } from '../read.ts';
import type { ForgeIssue, IssueApi, SubjectRef } from '../write-contract.ts';
import { ensureLabels } from './labels.ts';

const GITEA_LABELS = { organisations: true, answersAll: true };

/**
 * Issues of Gitea and Forgejo; a pull request is one as well. Assignees are set all at once.
 * https://gitea.com/api/swagger#/issue/issueCreateIssue https://gitea.com/api/swagger#/issue/issueEditIssue
 */
export function createGiteaIssues(client: ApiClient, account: () => Promise<OwnAccount>): IssueApi {
  const get = async (subject: SubjectRef) => getIssue((await client.send('GET', toPath(subject))).body);
  const edit = async (subject: SubjectRef, change: object) =>
    getIssue((await client.send('PATCH', toPath(subject), change)).body);
  return {
    get,
    async findOwn(repo, text, since) {
      const { login } = await account();
      const query = { state: 'all', type: 'issues', created_by: login, since: toSeconds(since), limit: '50' };
      return findOwnText(readIssues(client, repo, query, since), text, account);
    },
    async create(repo, { title, body, labels, assignees }) {
      const ids = await ensureLabels(client, GITEA_LABELS, repo, labels);
      const path = ['repos', repo.owner, repo.name, 'issues'];
      return getIssue((await client.send('POST', path, { title, body, labels: ids, assignees })).body);
    },
    setState: (subject, state) => edit(subject, { state }),
    async assign(subject, { add, remove }) {
      const { assignees } = await get(subject);
      const kept = assignees.filter((login) => !remove.includes(login) && !add.includes(login));
      return edit(subject, { assignees: [...kept, ...add] });
    },
  };
}

/** Issues as Gitea's relatives list them, newest first, down to those made before `since`. */
export async function* readIssues(
  client: ApiClient,
  repo: Repository,
  query: Readonly<Record<string, string>>,
  since: string,
): AsyncGenerator<Written<ForgeIssue> | undefined> {
  for await (const item of readPages(client, LINKED_PAGES, ['repos', repo.owner, repo.name, 'issues'], query)) {
    // Forges count whole seconds.
    if (Date.parse(timeAt(item, 'created_at') ?? '') < Date.parse(since) - 1_000) return;
    const what = toIssue(item);
    yield what && { what, body: bodyAt(item, 'body') ?? '', authorId: idAt(item, 'user', 'id') };
  }
}

export function getIssue(item: unknown): ForgeIssue {
  const issue = toIssue(item);
  if (issue === undefined) throw toUnreadable('an issue');
  return issue;
}

function toIssue(item: unknown): ForgeIssue | undefined {
  const number = numberAt(item, 'number');
  if (number === undefined) return undefined;
  const one = textAt(item, 'assignee', 'login') ?? textAt(item, 'assignee', 'username');
  const assignees = listAt(item, 'assignees').flatMap((user) => textAt(user, 'login') ?? []);
  return {
    number,
    state: textAt(item, 'state') === 'closed' ? 'closed' : 'open',
    assignees: assignees.length === 0 && one !== undefined ? [one] : assignees,
    url: textAt(item, 'html_url'),
  };
}

export function toPath({ repo, number }: SubjectRef): readonly string[] {
  return ['repos', repo.owner, repo.name, 'issues', String(number)];
}

/** Gitea wants times without fractions. */
export function toSeconds(time: string): string {
  return new Date(Date.parse(time)).toISOString().replace(/\.\d+Z$/, 'Z');
}
