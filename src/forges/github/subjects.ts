import { type ApiClient, toUnreadable } from '../api-client.ts';
import { findIssueSubject, toWrittenComment } from '../gitea/subjects.ts';
import { toPath } from '../gitea/issues.ts';
import { MAX_COMMENTS, type SubjectApi } from '../work-contract.ts';

const PAGE_SIZE = 100;

/**
 * What issues and pull requests of GitHub say; a pull request is an issue too. An issue that was deleted, and one of a repository that has
 * none, is 410. Comments come oldest first, so the last page is asked for, and the one before it where that does not suffice.
 * https://docs.github.com/en/rest/issues/issues#get-an-issue https://docs.github.com/en/rest/issues/comments#list-issue-comments
 */
export function createGitHubSubjects(client: ApiClient): SubjectApi {
  return {
    find: async (subject) => findIssueSubject(client, toPath(subject), subject.number),
    async listComments(subject, limit) {
      if (limit < 1) return [];
      const count = Math.min(limit, MAX_COMMENTS);
      const ask = async (page: number) => {
        const query = { per_page: String(PAGE_SIZE), page: String(page) };
        const { body, headers } = await client.send('GET', [...toPath(subject), 'comments'], undefined, { query });
        if (!Array.isArray(body)) throw toUnreadable('a list of comments');
        return { items: body as unknown[], last: toLastPage(headers['link']) };
      };
      const first = await ask(1);
      let items = first.items;
      if (first.last > 1) {
        items = (await ask(first.last)).items;
        if (items.length < count) {
          const before = first.last === 2 ? first : await ask(first.last - 1);
          items = [...before.items, ...items];
        }
      }
      return items.flatMap((item) => toWrittenComment(item) ?? []).slice(-count);
    },
  };
}

/** The number of the last page, 1 when the header names none. */
function toLastPage(link = ''): number {
  const address = link.split(',').find((part) => /;\s*rel="?last"?/.test(part));
  const url = URL.parse(/<([^>]*)>/.exec(address ?? '')?.[1] ?? '');
  const page = Number(url?.searchParams.get('page') ?? '1');
  return Number.isSafeInteger(page) && page > 0 ? page : 1;
}
