import { type ApiClient, toUnreadable } from '../../api-client.ts';
import { CLOUD_PAGES, readPages, withList } from '../../pages.ts';
import { booleanAt, idAt, numberAt, textAt, timeAt, wholeAt } from '../../read.ts';
import { type ForgeSubject, MAX_COMMENTS, type SubjectApi, type WrittenComment } from '../../work-contract.ts';
import type { SubjectRef } from '../../write-contract.ts';
import { readLogin } from './account.ts';

const COMMENTS = withList(CLOUD_PAGES, 'a list of comments', 'values');
/** States of an issue that still wants something. */
const OPEN_STATES = new Set(['submitted', 'new', 'open', 'on hold']);

/**
 * What pull requests of Bitbucket Cloud say, and issues where a repository has a tracker. Neither has labels; an issue has one assignee.
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-issue-tracker/
 */
export function createCloudSubjects(client: ApiClient): SubjectApi {
  return {
    async find(subject) {
      const { status, body } = await client.send('GET', toPath(subject), undefined, { accept: [404, 410] });
      if (status === 404 || status === 410) return undefined;
      const number = numberAt(body, 'id');
      if (number === undefined) throw toUnreadable('an issue or pull request');
      return subject.subject === 'pull' ? toPullSubject(body, number) : toIssueSubject(body, number);
    },
    async listComments(subject, limit) {
      if (limit < 1) return [];
      const count = Math.min(limit, MAX_COMMENTS);
      const newest: WrittenComment[] = [];
      const query = { sort: '-created_on', pagelen: '100' };
      for await (const item of readPages(client, COMMENTS, [...toPath(subject), 'comments'], query)) {
        const comment = toComment(item);
        if (comment !== undefined) newest.push(comment);
        if (newest.length >= count) break;
      }
      return newest.toReversed();
    },
  };
}

function toPath({ repo, subject, number }: SubjectRef): readonly string[] {
  const kind = subject === 'pull' ? 'pullrequests' : 'issues';
  return ['repositories', repo.owner, repo.name, kind, String(number)];
}

/** What was declined or superseded is closed. */
export function toPullState(item: unknown): ForgeSubject['state'] {
  const word = textAt(item, 'state');
  if (word === 'MERGED') return 'merged';
  return word === 'OPEN' ? 'open' : 'closed';
}

/** The text stands in `summary`; older answers have it as `description` only. */
export function toPullBody(item: unknown): string {
  return wholeAt(item, 'summary', 'raw') || wholeAt(item, 'description');
}

function toPullSubject(item: unknown, number: number): ForgeSubject {
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: toPullBody(item),
    state: toPullState(item),
    author: readLogin(item, 'author') ?? 'ghost',
    labels: [],
    assignees: [],
    url: textAt(item, 'links', 'html', 'href'),
  };
}

function toIssueSubject(item: unknown, number: number): ForgeSubject {
  const assignee = readLogin(item, 'assignee');
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: wholeAt(item, 'content', 'raw'),
    state: OPEN_STATES.has(textAt(item, 'state') ?? '') ? 'open' : 'closed',
    author: readLogin(item, 'reporter') ?? 'ghost',
    labels: [],
    assignees: assignee === undefined ? [] : [assignee],
    url: textAt(item, 'links', 'html', 'href'),
  };
}

/** A deleted comment stays in the list, and so does one of a review that is not yet sent, for its author. */
function toComment(item: unknown): WrittenComment | undefined {
  const id = idAt(item, 'id');
  const createdAt = timeAt(item, 'created_on');
  if (id === undefined || createdAt === undefined) return undefined;
  if (booleanAt(item, 'deleted') === true || booleanAt(item, 'pending') === true) return undefined;
  return {
    id,
    body: wholeAt(item, 'content', 'raw'),
    author: readLogin(item, 'user') ?? 'ghost',
    authorId: idAt(item, 'user', 'uuid'),
    createdAt,
    url: textAt(item, 'links', 'html', 'href'),
  };
}
