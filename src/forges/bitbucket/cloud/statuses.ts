import type { ApiClient } from '../../api-client.ts';
import type { StatusApi } from '../../write-contract.ts';
import { toBuild, toBuildKey, toStatus } from '../build-status.ts';

/**
 * Build statuses of Bitbucket Cloud: one of a key replaces the one before.
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/
 */
export function createCloudStatuses(client: ApiClient): StatusApi {
  return {
    async find(repo, sha, context) {
      const key = toBuildKey(context);
      const path = ['repositories', repo.owner, repo.name, 'commit', sha, 'statuses', 'build', key];
      const { status, body } = await client.send('GET', path, undefined, { accept: [404] });
      return status === 404 ? undefined : toStatus(context, body);
    },
    async set(repo, sha, status) {
      const path = ['repositories', repo.owner, repo.name, 'commit', sha, 'statuses', 'build'];
      await client.send('POST', path, toBuild(repo, status));
    },
  };
}
