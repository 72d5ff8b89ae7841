import type { ForgeApi } from '../api-contract.ts';
import { type ApiAccess, createApiClient, toAuthorization, toUnanswered } from '../api-client.ts';
import { idAt, textAt } from '../read.ts';
import { createOneDevHooks } from './hooks.ts';
import { createOneDevRepositories } from './repositories.ts';

/**
 * The API of OneDev. A token without the rights of its owner is valid but may not ask whom it belongs to (403). What somebody
 * may do follows from roles of projects and groups and cannot be asked for.
 */
export function createOneDevApi({ url, token, http }: ApiAccess): ForgeApi | undefined {
  if (url === null) return undefined;
  const client = createApiClient(http, `${url}/~api`, {
    accept: 'application/json, text/plain',
    ...toAuthorization('Bearer', token),
  });
  return {
    hooks: createOneDevHooks(client),
    repositories: createOneDevRepositories(client),
    findPermission: async () => undefined,
    async getOwnAccount() {
      const answer = await client.get(['users', 'me']);
      const id = idAt(answer.body, 'id');
      const login = textAt(answer.body, 'name');
      if (!answer.ok || id === undefined || login === undefined) throw toUnanswered('the account of the token', answer);
      return { id, login };
    },
    async getVersion() {
      const { ok, body } = await client.get(['version', 'server']);
      return ok && typeof body === 'string' ? body.trim().slice(0, 50) : undefined;
    },
  };
}
