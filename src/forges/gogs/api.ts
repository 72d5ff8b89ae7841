import type { ForgeApi } from '../api-contract.ts';
import { type ApiAccess, createApiClient, toAuthorization } from '../api-client.ts';
import { getOwnAccount } from '../gitea/api.ts';

/**
 * The API of Gogs, an ancestor of Gitea's: it tells neither its version, nor a history, nor what a collaborator may do. Only
 * the owner of a personal repository is known beforehand.
 */
export function createGogsApi({ url, token, http }: ApiAccess): ForgeApi | undefined {
  if (url === null) return undefined;
  const client = createApiClient(http, `${url}/api/v1`, toAuthorization('token', token));
  return {
    findPermission: async (repo, actor) => (repo.owner === actor.login ? 'admin' : undefined),
    getOwnAccount: () => getOwnAccount(client),
    getVersion: async () => undefined,
  };
}
