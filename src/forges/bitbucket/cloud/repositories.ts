import type { ApiClient } from '../../api-client.ts';
import { toOwnerRefused } from '../../hook-place.ts';
import { CLOUD_PAGES, readPages } from '../../pages.ts';
import { textAt } from '../../read.ts';
import type { RepositoryApi } from '../../write-contract.ts';
import { readRepository } from './repository.ts';

const PAGE = { pagelen: '100' };

/**
 * Repositories of Bitbucket Cloud: those of one workspace, or of each that the account belongs to, because lists across workspaces are
 * being withdrawn. https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/
 */
export function createCloudRepositories(client: ApiClient): RepositoryApi {
  async function* listWorkspace(workspace: string) {
    for await (const entry of readPages(client, CLOUD_PAGES, ['repositories', workspace], PAGE)) {
      const repository = readRepository(entry);
      if (repository !== undefined) yield repository;
    }
  }
  return {
    async *list(owner) {
      if (owner === undefined) {
        for (const workspace of await listWorkspaces(client)) yield* listWorkspace(workspace);
        return;
      }
      if (!(await client.get(['repositories', owner], { pagelen: '1' })).ok) throw toOwnerRefused(owner);
      yield* listWorkspace(owner);
    },
    async find(fullName) {
      const { ok, body } = await client.get(['repositories', ...fullName.split('/')]);
      return ok ? readRepository(body) : undefined;
    },
  };
}

/** The newer list wraps each workspace in the account's access to it. */
async function listWorkspaces(client: ApiClient): Promise<readonly string[]> {
  const newer = ['user', 'workspaces'];
  const path = (await client.get(newer, { pagelen: '1' })).ok ? newer : ['workspaces'];
  const slugs: string[] = [];
  for await (const entry of readPages(client, CLOUD_PAGES, path, PAGE)) {
    const slug = textAt(entry, 'workspace', 'slug') ?? textAt(entry, 'slug');
    if (slug !== undefined) slugs.push(slug);
  }
  return slugs;
}
