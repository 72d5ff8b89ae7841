import type { ApiClient } from '../api-client.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { textAt } from '../read.ts';
import type { CommitStatus, StatusApi } from '../write-contract.ts';

/**
 * Commit statuses of Gitea and Forgejo: each is kept, the one with the highest index counts.
 * https://gitea.com/api/swagger#/repository/repoCreateStatus
 */
export function createGiteaStatuses(client: ApiClient): StatusApi {
  return {
    async find(repo, sha, context) {
      const path = ['repos', repo.owner, repo.name, 'statuses', sha];
      const query = { sort: 'highestindex', limit: '50' };
      for await (const item of readPages(client, LINKED_PAGES, path, query)) {
        if (textAt(item, 'context') !== context) continue;
        return {
          context,
          state: toState(textAt(item, 'status') ?? textAt(item, 'state')),
          description: textAt(item, 'description'),
          url: textAt(item, 'target_url'),
        };
      }
      return undefined;
    },
    async set(repo, sha, { context, state, description, url }) {
      const path = ['repos', repo.owner, repo.name, 'statuses', sha];
      await client.send('POST', path, { context, state, description, target_url: url });
    },
  };
}

/** `warning` is Gitea's own; it does not hold up a merge. */
function toState(word: string | undefined): CommitStatus['state'] {
  if (word === 'warning' || word === 'success') return 'success';
  return word === 'failure' || word === 'error' ? word : 'pending';
}
