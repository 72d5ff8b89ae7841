import type { ApiClient } from '../api-client.ts';
import { toOwnerRefused } from '../hook-place.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import type { RepositoryApi } from '../write-contract.ts';
import { repositoryAt } from './native.ts';

/**
 * Repositories of Gitea, Forgejo and Gogs. Without an owner: those that the token's account owns or was given access to, because a public
 * instance has those of everybody else as well. Gogs sends a list as a whole.
 */
export function createGiteaRepositories(client: ApiClient): RepositoryApi {
  return {
    async *list(owner) {
      const path = owner === undefined ? ['user', 'repos'] : await findOwnerPath(client, owner);
      for await (const entry of readPages(client, LINKED_PAGES, path, { limit: '50' })) {
        const repository = repositoryAt(entry);
        if (repository !== undefined) yield repository;
      }
    },
    async find(fullName) {
      const { ok, body } = await client.get(['repos', ...fullName.split('/')]);
      return ok ? repositoryAt(body) : undefined;
    },
  };
}

/** An organisation's list has what the token may see there; a person's is asked for elsewhere. */
async function findOwnerPath(client: ApiClient, owner: string): Promise<readonly string[]> {
  for (const kind of ['orgs', 'users']) {
    const answer = await client.get([kind, owner, 'repos'], { limit: '1' });
    if (answer.ok) return [kind, owner, 'repos'];
  }
  throw toOwnerRefused(owner);
}
