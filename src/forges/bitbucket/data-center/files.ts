import type { ApiClient } from '../../api-client.ts';
import type { FileApi } from '../../write-contract.ts';

/**
 * Files of Bitbucket Data Center.
 * https://developer.atlassian.com/server/bitbucket/rest/latest/api-group-repository/
 */
export function createDataCenterFiles(client: ApiClient): FileApi {
  return {
    async find(repo, path, ref) {
      const parts = ['projects', repo.owner, 'repos', repo.name, 'raw', ...path.split('/')];
      const query = ref === undefined ? {} : { at: ref };
      const { ok, bytes } = await client.send('GET', parts, undefined, { query, accept: [404] });
      return ok ? bytes : undefined;
    },
  };
}
