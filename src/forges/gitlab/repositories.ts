import type { Repository } from '../../core/event.ts';
import type { ApiClient } from '../api-client.ts';
import { toOwnerRefused } from '../hook-place.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { booleanAt, idAt, objectAt, present, textAt } from '../read.ts';
import type { RepositoryApi } from '../write-contract.ts';
import { splitFullName } from './native.ts';

/** Projects of GitLab. Under a group those of its subgroups too; without one, those that the account is a member of. */
export function createGitLabRepositories(client: ApiClient): RepositoryApi {
  return {
    async *list(owner) {
      const path = owner === undefined ? ['projects'] : await findOwnerPath(client, owner);
      const query = {
        per_page: '100',
        order_by: 'id',
        ...(path[0] === 'groups' ? { include_subgroups: 'true' } : {}),
        ...(owner === undefined ? { membership: 'true' } : {}),
      };
      for await (const entry of readPages(client, LINKED_PAGES, path, query)) {
        const repository = toRepository(entry);
        if (repository !== undefined) yield repository;
      }
    },
    async find(fullName) {
      const { ok, body } = await client.get(['projects', fullName]);
      return ok ? toRepository(body) : undefined;
    },
  };
}

async function findOwnerPath(client: ApiClient, owner: string): Promise<readonly string[]> {
  for (const kind of ['groups', 'users']) {
    const answer = await client.get([kind, owner, 'projects'], { per_page: '1' });
    if (answer.ok) return [kind, owner, 'projects'];
  }
  throw toOwnerRefused(owner);
}

/** The API words a project otherwise than a delivery does: `visibility` is a word, and a fork names its source. */
function toRepository(project: unknown): Repository | undefined {
  const fullName = textAt(project, 'path_with_namespace');
  if (fullName === undefined) return undefined;
  const visibility = textAt(project, 'visibility');
  return present({
    id: idAt(project, 'id'),
    fullName,
    ...splitFullName(fullName),
    url: textAt(project, 'web_url'),
    cloneUrl: textAt(project, 'http_url_to_repo'),
    sshUrl: textAt(project, 'ssh_url_to_repo'),
    private: visibility === undefined ? undefined : visibility !== 'public',
    defaultBranch: textAt(project, 'default_branch'),
    description: textAt(project, 'description'),
    fork: objectAt(project, 'forked_from_project') === undefined ? undefined : true,
    archived: booleanAt(project, 'archived'),
  });
}
