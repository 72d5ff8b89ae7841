import type { ApiClient, Query } from '../api-client.ts';
import { toOwnerRefused } from '../hook-place.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { objectAt, textAt } from '../read.ts';
import type { RepositoryApi } from '../write-contract.ts';
import { toRepository } from './native.ts';

/** Repositories of GitHub. https://docs.github.com/en/rest/repos/repos */
export function createGitHubRepositories(client: ApiClient): RepositoryApi {
  return {
    async *list(owner) {
      const { path, query } = await findList(client, owner);
      for await (const entry of readPages(client, LINKED_PAGES, path, { ...query, per_page: '100' })) {
        const repository = toRepository(objectAt(entry));
        if (repository !== undefined) yield repository;
      }
    },
    async find(fullName) {
      const { ok, body } = await client.get(['repos', ...fullName.split('/')]);
      return ok ? toRepository(objectAt(body)) : undefined;
    },
  };
}

/** The list of a person has only what is public; one's own repositories are all in another one. */
async function findList(client: ApiClient, owner?: string): Promise<{ path: readonly string[]; query?: Query }> {
  if (owner === undefined) return { path: ['user', 'repos'] };
  if ((await client.get(['orgs', owner])).ok) return { path: ['orgs', owner, 'repos'], query: { type: 'all' } };
  const me = await client.get(['user']);
  if (textAt(me.body, 'login')?.toLowerCase() === owner.toLowerCase()) {
    return { path: ['user', 'repos'], query: { affiliation: 'owner' } };
  }
  if (!(await client.get(['users', owner])).ok) throw toOwnerRefused(owner);
  return { path: ['users', owner, 'repos'] };
}
