import type { ApiClient } from '../api-client.ts';
import { toUpstreamError } from '../../network/upstream-error.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { textAt } from '../read.ts';
import type { CommitStatus, StatusApi } from '../write-contract.ts';
import { toProject } from './place.ts';
import type { Repository } from '../../core/event.ts';

/**
 * Commit statuses of GitLab, which belong to a pipeline and are its state machine: a status that is pending or runs cannot be made
 * pending again (400), whatever else changes.
 * https://docs.gitlab.com/api/commits/#set-commit-pipeline-status
 */
export function createGitLabStatuses(client: ApiClient): StatusApi {
  const find = async (repo: Repository, sha: string, context: string): Promise<CommitStatus | undefined> => {
    const path = [...toProject(repo), 'repository', 'commits', sha, 'statuses'];
    for await (const item of readPages(client, LINKED_PAGES, path, { name: context, per_page: '100' })) {
      if (textAt(item, 'name') !== context) continue;
      return {
        context,
        state: toState(textAt(item, 'status')),
        description: textAt(item, 'description'),
        url: textAt(item, 'target_url'),
      };
    }
    return undefined;
  };
  return {
    find,
    async set(repo, sha, { context, state, description, url }) {
      const status = { name: context, state: WORDS[state], description, target_url: url };
      const path = [...toProject(repo), 'statuses', sha];
      const answer = await client.send('POST', path, status, { accept: [400] });
      if (answer.ok) return;
      const said = textAt(answer.body, 'message') ?? '';
      const stays = state === 'pending' && said.startsWith('Cannot transition status');
      if (stays && (await find(repo, sha, context))?.state === 'pending') return;
      throw toUpstreamError('GitLab', answer, said);
    },
  };
}

/** GitLab has no word for an error that is no failure. */
const WORDS = { pending: 'pending', success: 'success', failure: 'failed', error: 'failed' } as const;

function toState(word: string | undefined): CommitStatus['state'] {
  if (word === 'success' || word === 'skipped') return 'success';
  return word === 'failed' || word === 'canceled' ? 'failure' : 'pending';
}
