import type { ApiClient } from '../../api-client.ts';
import type { StatusApi } from '../../write-contract.ts';
import { toBuild, toBuildKey, toStatus } from '../build-status.ts';

/**
 * Builds of Bitbucket Data Center, from 7.4: one of a key replaces the one before.
 * https://developer.atlassian.com/server/bitbucket/how-tos/updating-build-status-for-commits/
 */
export function createDataCenterStatuses(client: ApiClient): StatusApi {
  const toPath = (owner: string, name: string, sha: string) =>
    ['projects', owner, 'repos', name, 'commits', sha, 'builds'] as const;
  return {
    async find(repo, sha, context) {
      const query = { key: toBuildKey(context) };
      const { status, body } = await client.send('GET', toPath(repo.owner, repo.name, sha), undefined, {
        query,
        accept: [404],
      });
      return status === 404 ? undefined : toStatus(context, body);
    },
    async set(repo, sha, status) {
      await client.send('POST', toPath(repo.owner, repo.name, sha), toBuild(repo, status));
    },
  };
}
