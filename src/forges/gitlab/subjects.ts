import { type ApiClient, toUnanswered, toUnreadable } from '../api-client.ts';
import { LINKED_PAGES, readPages, withList } from '../pages.ts';
import { booleanAt, idAt, namesAt, numberAt, textAt, timeAt, wholeAt } from '../read.ts';
import { type ForgeSubject, MAX_COMMENTS, type SubjectApi, type WrittenComment } from '../work-contract.ts';
import type { SubjectRef } from '../write-contract.ts';
import { toSubject } from './place.ts';

const NOTES = withList(LINKED_PAGES, 'a list of comments');

/**
 * What issues and merge requests of GitLab say. Notes that GitLab itself makes stand between the others; internal ones are left out, since
 * what is said of them may be read by more people than they.
 * https://docs.gitlab.com/api/issues/#retrieve-a-project-issue https://docs.gitlab.com/api/merge_requests/#retrieve-a-merge-request
 * https://docs.gitlab.com/api/notes/
 */
export function createGitLabSubjects(client: ApiClient): SubjectApi {
  return {
    async find(subject) {
      const body = await findVisible(client, toSubject(subject), 'an issue or merge request');
      if (body === undefined) return undefined;
      const number = numberAt(body, 'iid');
      if (number === undefined) throw toUnreadable('an issue or merge request');
      return toForgeSubject(body, number);
    },
    async listComments(subject, limit) {
      if (limit < 1) return [];
      const count = Math.min(limit, MAX_COMMENTS);
      const newest: WrittenComment[] = [];
      const query = { sort: 'desc', order_by: 'created_at', activity_filter: 'only_comments', per_page: '100' };
      for await (const note of readPages(client, NOTES, [...toSubject(subject), 'notes'], query)) {
        const comment = toWrittenComment(note, subject);
        if (comment !== undefined) newest.push(comment);
        if (newest.length >= count) break;
      }
      return newest.toReversed();
    },
  };
}

/**
 * What is at a path; undefined when there is nothing or the account may not see it. GitLab answers 404 for a project that is hidden, and 403 where
 * a project shows its issues to members only.
 * @throws FettleError `access_refused` when it is the token that lacks a scope.
 */
export async function findVisible(client: ApiClient, path: readonly string[], what: string): Promise<unknown> {
  const answer = await client.send('GET', path, undefined, { accept: [403, 404] });
  if (answer.status === 403 && /insufficient_(granular_)?scope/.test(textAt(answer.body, 'error') ?? '')) {
    throw toUnanswered(what, answer);
  }
  return answer.ok ? answer.body : undefined;
}

/** `locked` is a merge request while it is being merged. */
export function toState(item: unknown): ForgeSubject['state'] {
  const word = textAt(item, 'state');
  if (word === 'merged') return 'merged';
  return word === 'closed' ? 'closed' : 'open';
}

/** GitLab hands the work of deleted accounts to one of this name. */
export function toAuthor(item: unknown): string {
  return textAt(item, 'author', 'username') ?? 'ghost';
}

function toForgeSubject(item: unknown, number: number): ForgeSubject {
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: wholeAt(item, 'description'),
    state: toState(item),
    author: toAuthor(item),
    labels: namesAt(item, 'labels', 'name'),
    assignees: namesAt(item, 'assignees', 'username'),
    url: textAt(item, 'web_url'),
  };
}

function toWrittenComment(note: unknown, { repo, subject, number }: SubjectRef): WrittenComment | undefined {
  const id = idAt(note, 'id');
  const createdAt = timeAt(note, 'created_at');
  const isInternal = booleanAt(note, 'internal') === true || booleanAt(note, 'confidential') === true;
  if (id === undefined || createdAt === undefined || isInternal || booleanAt(note, 'system') === true) return undefined;
  const kind = subject === 'pull' ? 'merge_requests' : 'issues';
  return {
    id,
    body: wholeAt(note, 'body'),
    author: toAuthor(note),
    authorId: idAt(note, 'author', 'id'),
    createdAt,
    url: repo.url === undefined ? undefined : `${repo.url}/-/${kind}/${number}#note_${id}`,
  };
}
