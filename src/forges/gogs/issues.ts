import { FettleError } from '../../core/errors.ts';
import type { ApiClient } from '../api-client.ts';
import type { OwnAccount } from '../api-contract.ts';
import { getIssue, readIssues, toPath } from '../gitea/issues.ts';
import { ensureLabels } from '../gitea/labels.ts';
import { findOwnText } from '../own.ts';
import type { IssueApi, SubjectRef } from '../write-contract.ts';

/** Gogs knows no labels of organisations, and does not answer a change with all labels. */
export const GOGS_LABELS = { organisations: false, answersAll: false };

/**
 * Issues of Gogs: one assignee at most, and a list for each state.
 * https://github.com/gogs/docs-api/tree/master/Issues
 */
export function createGogsIssues(client: ApiClient, account: () => Promise<OwnAccount>): IssueApi {
  const get = async (subject: SubjectRef) => getIssue((await client.send('GET', toPath(subject))).body);
  const edit = async (subject: SubjectRef, change: object) =>
    getIssue((await client.send('PATCH', toPath(subject), change)).body);
  return {
    get,
    async findOwn(repo, text, since) {
      const open = await findOwnText(readIssues(client, repo, { state: 'open' }, since), text, account);
      return open ?? findOwnText(readIssues(client, repo, { state: 'closed' }, since), text, account);
    },
    async create(repo, { title, body, labels, assignees }) {
      const assignee = toOne(assignees);
      const ids = await ensureLabels(client, GOGS_LABELS, repo, labels);
      const issue = { title, body, labels: ids, ...(assignee === undefined ? {} : { assignee }) };
      return getIssue((await client.send('POST', ['repos', repo.owner, repo.name, 'issues'], issue)).body);
    },
    setState: (subject, state) => edit(subject, { state }),
    async assign(subject, { add, remove }) {
      const { assignees } = await get(subject);
      const kept = assignees.filter((login) => !remove.includes(login));
      return edit(subject, { assignee: toOne(add) ?? kept[0] ?? '' });
    },
  };
}

function toOne(logins: readonly string[]): string | undefined {
  if (logins.length > 1) {
    throw new FettleError('input_invalid', `Gogs has one assignee per issue, not ${logins.length}: name one.`);
  }
  return logins[0];
}
