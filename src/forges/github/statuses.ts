import type { ApiClient } from '../api-client.ts';
import { listAt, textAt } from '../read.ts';
import { LINKED_PAGES, type PageStyle, readPages } from '../pages.ts';
import type { CommitStatus, StatusApi } from '../write-contract.ts';

const MAX_DESCRIPTION_LENGTH = 140;
const COMBINED: PageStyle = { ...LINKED_PAGES, toItems: ({ body }) => listAt(body, 'statuses') };

/**
 * Commit statuses of GitHub: each is kept, the combined status has the latest of each context.
 * https://docs.github.com/en/rest/commits/statuses
 */
export function createGitHubStatuses(client: ApiClient): StatusApi {
  return {
    async find(repo, sha, context) {
      const path = ['repos', repo.owner, repo.name, 'commits', sha, 'status'];
      for await (const item of readPages(client, COMBINED, path, { per_page: '100' })) {
        if (textAt(item, 'context') !== context) continue;
        return {
          context,
          state: toState(textAt(item, 'state')),
          description: textAt(item, 'description'),
          url: textAt(item, 'target_url'),
        };
      }
      return undefined;
    },
    async set(repo, sha, { context, state, description, url }) {
      const path = ['repos', repo.owner, repo.name, 'statuses', sha];
      const short = description?.slice(0, MAX_DESCRIPTION_LENGTH);
      await client.send('POST', path, { context, state, description: short, target_url: url });
    },
  };
}

function toState(word: string | undefined): CommitStatus['state'] {
  return word === 'success' || word === 'failure' || word === 'error' ? word : 'pending';
}
