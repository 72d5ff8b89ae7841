import { type ApiClient, toUnreadable } from '../../api-client.ts';
import { DATA_CENTER_PAGES, readPages, withList } from '../../pages.ts';
import { idAt, listAt, numberAt, objectAt, textAt, timeAt, wholeAt } from '../../read.ts';
import { type ForgeSubject, MAX_COMMENTS, type SubjectApi, type WrittenComment } from '../../work-contract.ts';
import type { SubjectRef } from '../../write-contract.ts';
import { readLogin } from './user.ts';

const ACTIVITIES = withList(DATA_CENTER_PAGES, 'a list of activities', 'values');
/** Answers to answers are read to this depth. */
const MAX_DEPTH = 10;

/**
 * What pull requests of Bitbucket Data Center say; it has no issues, labels or assignees. Comments stand among the activities, newest first, with
 * their answers within.
 * https://developer.atlassian.com/server/bitbucket/rest/latest/api-group-pull-requests/
 */
export function createDataCenterSubjects(client: ApiClient): SubjectApi {
  return {
    async find(subject) {
      if (subject.subject === 'issue') return undefined;
      const { status, body } = await client.send('GET', toPath(subject), undefined, { accept: [404] });
      if (status === 404) return undefined;
      const number = numberAt(body, 'id');
      if (number === undefined) throw toUnreadable('a pull request');
      return toSubject(body, number);
    },
    async listComments(subject, limit) {
      if (limit < 1) return [];
      const count = Math.min(limit, MAX_COMMENTS);
      const found = new Map<string, WrittenComment>();
      for await (const activity of readPages(client, ACTIVITIES, [...toPath(subject), 'activities'], {
        limit: '100',
      })) {
        if (textAt(activity, 'action') !== 'COMMENTED') continue;
        for (const comment of readThread(objectAt(activity, 'comment'), subject)) found.set(comment.id, comment);
        if (found.size >= count) break;
      }
      const sorted = [...found.values()].toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
      return sorted.slice(-count);
    },
  };
}

/** An issue has an address that nothing is at. */
function toPath({ repo, subject, number }: SubjectRef): readonly string[] {
  const kind = subject === 'pull' ? 'pull-requests' : 'issues';
  return ['projects', repo.owner, 'repos', repo.name, kind, String(number)];
}

export function toState(item: unknown): ForgeSubject['state'] {
  const word = textAt(item, 'state');
  if (word === 'MERGED') return 'merged';
  return word === 'OPEN' ? 'open' : 'closed';
}

/** The address of its page. */
export function toUrl(item: unknown): string | undefined {
  return textAt(listAt(item, 'links', 'self')[0], 'href');
}

function toSubject(item: unknown, number: number): ForgeSubject {
  return {
    number,
    title: textAt(item, 'title') ?? '',
    body: wholeAt(item, 'description'),
    state: toState(item),
    author: readLogin(item, 'author', 'user') ?? 'ghost',
    labels: [],
    assignees: [],
    url: toUrl(item),
  };
}

function* readThread(item: unknown, subject: SubjectRef, depth = 0): Generator<WrittenComment> {
  const id = idAt(item, 'id');
  const createdAt = timeAt(item, 'createdDate');
  if (id === undefined || createdAt === undefined) return;
  const page = subject.repo.url?.replace(/\/browse$/, '');
  yield {
    id,
    body: wholeAt(item, 'text'),
    author: readLogin(item, 'author') ?? 'ghost',
    authorId: idAt(item, 'author', 'id'),
    createdAt,
    url: page === undefined ? undefined : `${page}/pull-requests/${subject.number}/overview?commentId=${id}`,
  };
  if (depth === MAX_DEPTH) return;
  for (const answer of listAt(item, 'comments')) yield* readThread(answer, subject, depth + 1);
}
