import type { ApiClient } from '../../api-client.ts';
import { toOwnerRefused } from '../../hook-place.ts';
import { DATA_CENTER_PAGES, readPages } from '../../pages.ts';
import type { RepositoryApi } from '../../write-contract.ts';
import { readRepository } from './repository.ts';

/**
 * Repositories of Bitbucket Data Center, those of a project or all that the token can see.
 * https://developer.atlassian.com/server/bitbucket/rest/latest/api-group-project/
 */
export function createDataCenterRepositories(client: ApiClient): RepositoryApi {
  return {
    async *list(owner) {
      const path = owner === undefined ? ['repos'] : ['projects', owner, 'repos'];
      if (owner !== undefined && !(await client.get(path, { limit: '1' })).ok) throw toOwnerRefused(owner);
      for await (const entry of readPages(client, DATA_CENTER_PAGES, path, { limit: '100' })) {
        const repository = readRepository(entry);
        if (repository !== undefined) yield repository;
      }
    },
    async find(fullName) {
      const [project = '', slug = ''] = fullName.split('/');
      const { ok, body } = await client.get(['projects', project, 'repos', slug]);
      return ok ? readRepository(body) : undefined;
    },
  };
}
