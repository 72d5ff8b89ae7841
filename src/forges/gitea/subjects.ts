import { type ApiClient, toUnreadable } from '../api-client.ts';
import { LINKED_PAGES, type PageStyle, readPages } from '../pages.ts';
import { booleanAt, idAt, integerAt, namesAt, numberAt, objectAt, textAt, timeAt, wholeAt } from '../read.ts';
import { type ForgeSubject, MAX_COMMENTS, type SubjectApi, type WrittenComment } from '../work-contract.ts';
import { toPath, toSeconds } from './issues.ts';

/** Up to so many comments are read at once, without asking for the last ones only. */
const FEW_COMMENTS = 300;
const DAY_MS = 86_400_000;
/** How far back from the last change of an issue its last comments are looked for, before all are read. */
const DAYS_BACK = [7, 90] as const;

/**
 * What issues and pull requests of Gitea, Forgejo and Gogs say; a pull request is an issue too. The list of comments has no pages and
 * begins with the oldest, so of a long conversation only what changed lately is asked for.
 * https://gitea.com/api/swagger#/issue/issueGetIssue https://gitea.com/api/swagger#/issue/issueGetComments
 */
export function createGiteaSubjects(client: ApiClient): SubjectApi {
  return {
    find: async (subject) => findIssueSubject(client, toPath(subject), subject.number),
    async listComments(subject, limit) {
      if (limit < 1) return [];
      const count = Math.min(limit, MAX_COMMENTS);
      const path = [...toPath(subject), 'comments'];
      const { body } = await client.send('GET', toPath(subject));
      const changedAt = timeAt(body, 'updated_at');
      if (changedAt !== undefined && (integerAt(body, 'comments') ?? 0) > FEW_COMMENTS) {
        for (const days of DAYS_BACK) {
          const sinceMs = Date.parse(changedAt) - days * DAY_MS;
          const last = await readLast(client, path, count, { since: toSeconds(new Date(sinceMs).toISOString()) });
          // An older comment that was edited since is listed too: the last ones are all here only if they were made since.
          if (last.length === count && Date.parse(last[0]?.createdAt ?? '') >= sinceMs) return last;
        }
      }
      return readLast(client, path, count, {});
    },
  };
}

/** The issue or pull request at a path, as Gitea's relatives and GitHub have it. */
export async function findIssueSubject(
  client: ApiClient,
  path: readonly string[],
  number: number,
): Promise<ForgeSubject | undefined> {
  const { status, body } = await client.send('GET', path, undefined, { accept: [404, 410] });
  if (status === 404 || status === 410) return undefined;
  const found = numberAt(body, 'number');
  if (found === undefined) throw toUnreadable('an issue');
  // One that was moved to another repository is redirected to, and has another number there.
  return found === number ? toSubject(body, number) : undefined;
}

function toSubject(item: unknown, number: number): ForgeSubject {
  const isMerged =
    booleanAt(item, 'pull_request', 'merged') === true || textAt(item, 'pull_request', 'merged_at') !== undefined;
  const closed = textAt(item, 'state') === 'closed' ? 'closed' : 'open';
  const assignees = namesAt(item, 'assignees', 'login');
  // Gogs has one only.
  const one = textAt(item, 'assignee', 'login') ?? textAt(item, 'assignee', 'username');
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: wholeAt(item, 'body'),
    state: isMerged ? 'merged' : closed,
    author: toAuthor(item, 'user'),
    labels: namesAt(item, 'labels', 'name'),
    assignees: assignees.length === 0 && one !== undefined ? [one] : assignees,
    url: textAt(item, 'html_url'),
  };
}

/** A comment as Gitea's relatives and GitHub have it; undefined for one without id or time. */
export function toWrittenComment(item: unknown): WrittenComment | undefined {
  const id = idAt(item, 'id');
  const createdAt = timeAt(item, 'created_at');
  if (id === undefined || createdAt === undefined) return undefined;
  return {
    id,
    body: wholeAt(item, 'body'),
    author: toAuthor(item, 'user'),
    authorId: idAt(item, 'user', 'id'),
    createdAt,
    url: textAt(item, 'html_url'),
  };
}

/** The login of an account; GitHub's word for one that is deleted. */
export function toAuthor(item: unknown, ...path: string[]): string {
  const user = objectAt(item, ...path);
  return textAt(user, 'login') ?? textAt(user, 'username') ?? 'ghost';
}

/** Whole, since it is the end of the list that is wanted. */
const WHOLE_PAGES: PageStyle = {
  ...LINKED_PAGES,
  toItems({ body }) {
    // Go writes an empty list as null.
    if (!Array.isArray(body) && body !== null) throw toUnreadable('a list of comments');
    return body ?? [];
  },
};

async function readLast(
  client: ApiClient,
  path: readonly string[],
  count: number,
  query: Readonly<Record<string, string>>,
): Promise<readonly WrittenComment[]> {
  const last: WrittenComment[] = [];
  for await (const item of readPages(client, WHOLE_PAGES, path, query)) {
    const comment = toWrittenComment(item);
    if (comment !== undefined) last.push(comment);
    if (last.length > count) last.shift();
  }
  return last;
}
