import type { ForgeApi, OwnAccount } from '../../api-contract.ts';
import { type ApiAccess, type ApiClient, createApiClient, toAuthorization, toUnanswered } from '../../api-client.ts';
import { rememberAccount } from '../../own.ts';
import { idAt, listAt, textAt } from '../../read.ts';
import { readLogin } from './account.ts';
import { createCloudComments } from './comments.ts';
import { createCloudFiles } from './files.ts';
import { createCloudStatuses } from './statuses.ts';
import { createCloudHooks } from './hooks.ts';
import { createCloudPulls } from './pulls.ts';
import { createCloudRepositories } from './repositories.ts';
import { createCloudSubjects } from './subjects.ts';

/**
 * The API of Bitbucket Cloud. Access tokens of a repository, project or workspace are sent as they are; API tokens of a person
 * need the e-mail address before them, `ada@example.org:token`.
 */
export function createCloudApi({ token, http }: ApiAccess): ForgeApi {
  const personal = token?.includes(':') === true;
  const authorization = personal
    ? toAuthorization('Basic', Buffer.from(token).toString('base64'))
    : toAuthorization('Bearer', token);
  const client = createApiClient(http, 'https://api.bitbucket.org/2.0', authorization);
  const account = rememberAccount(() => getOwnAccount(client));
  return {
    comments: createCloudComments(client, account),
    statuses: createCloudStatuses(client),
    files: createCloudFiles(client),
    hooks: createCloudHooks(client),
    repositories: createCloudRepositories(client),
    subjects: createCloudSubjects(client),
    pulls: createCloudPulls(client),
    async findPermission(repo, actor) {
      if (actor.id === undefined || /["\\]/.test(actor.id)) return undefined;
      // The effective permission, groups and project included; the token must administrate the repository.
      const { ok, body } = await client.get(['workspaces', repo.owner, 'permissions', 'repositories', repo.name], {
        q: `user.uuid="${actor.id}"`,
      });
      if (!ok) return undefined;
      const word = textAt(listAt(body, 'values')[0], 'permission');
      if (word === 'admin' || word === 'write' || word === 'read') return word;
      return repo.private === false ? 'read' : 'none';
    },
    getOwnAccount: () => getOwnAccount(client),
    getVersion: async () => undefined,
  };
}

async function getOwnAccount(client: ApiClient): Promise<OwnAccount> {
  const answer = await client.get(['user']);
  const id = idAt(answer.body, 'uuid');
  const login = readLogin(answer.body);
  if (!answer.ok || id === undefined || login === undefined) throw toUnanswered('the account of the token', answer);
  const scopes = answer.headers['x-oauth-scopes']?.split(',').map((scope) => scope.trim());
  return { id, login, scopes: scopes?.filter((scope) => scope !== '') };
}
