import type { ForgeApi, OwnAccount, RepositoryPermission } from '../../api-contract.ts';
import { type ApiAccess, type ApiClient, createApiClient, toAuthorization, toUnanswered } from '../../api-client.ts';
import { rememberAccount } from '../../own.ts';
import { idAt, listAt, textAt } from '../../read.ts';
import { createDataCenterComments } from './comments.ts';
import { createDataCenterFiles } from './files.ts';
import { createDataCenterStatuses } from './statuses.ts';
import { createDataCenterHooks } from './hooks.ts';
import { createDataCenterPulls } from './pulls.ts';
import { createDataCenterRepositories } from './repositories.ts';
import { createDataCenterSubjects } from './subjects.ts';

const PERMISSIONS: readonly (readonly [asked: string, permission: RepositoryPermission])[] = [
  ['REPO_ADMIN', 'admin'],
  ['REPO_WRITE', 'write'],
  ['REPO_READ', 'read'],
];

/** The API of Bitbucket Data Center. The token is an HTTP access token. */
export function createDataCenterApi({ token, http }: ApiAccess, url: string): ForgeApi {
  const client = createApiClient(http, `${url}/rest/api/latest`, toAuthorization('Bearer', token));
  const builds = createApiClient(http, `${url}/rest/build-status/latest`, toAuthorization('Bearer', token));
  const account = rememberAccount(() => getOwnAccount(client));
  return {
    comments: createDataCenterComments(client, account),
    statuses: createDataCenterStatuses(client),
    files: createDataCenterFiles(client),
    hooks: createDataCenterHooks(client),
    repositories: createDataCenterRepositories(client),
    subjects: createDataCenterSubjects(client),
    pulls: createDataCenterPulls(client, builds),
    async findPermission(repo, actor) {
      for (const [asked, permission] of PERMISSIONS) {
        const found = await hasPermission(client, asked, repo.owner, repo.name, actor);
        if (found === undefined) return undefined;
        if (found) return permission;
      }
      return 'none';
    },
    getOwnAccount: () => getOwnAccount(client),
    async getVersion() {
      return textAt((await client.get(['application-properties'])).body, 'version');
    },
  };
}

async function getOwnAccount(client: ApiClient): Promise<OwnAccount> {
  const answer = await client.get(['application-properties']);
  // There is no question for it: every answer to somebody signed in names that person in its headers.
  const login = answer.headers['x-ausername'];
  const id = answer.headers['x-auserid'];
  if (!answer.ok || login === undefined || id === undefined) throw toUnanswered('the account of the token', answer);
  return { id, login: toName(login) };
}

/** Whether the person is among those who have at least this permission, through groups and project too. */
async function hasPermission(
  client: ApiClient,
  asked: string,
  projectKey: string,
  repositorySlug: string,
  actor: { readonly id?: string | undefined; readonly login: string; readonly name?: string | undefined },
): Promise<boolean | undefined> {
  const { ok, body } = await client.get(['users'], {
    // Searches user names, display names and e-mail addresses; a slug may be none of them.
    filter: actor.name ?? actor.login,
    'permission.1': asked,
    'permission.1.projectKey': projectKey,
    'permission.1.repositorySlug': repositorySlug,
    limit: '100',
  });
  if (!ok) return undefined;
  return listAt(body, 'values').some((user) =>
    actor.id === undefined ? textAt(user, 'slug') === actor.login : idAt(user, 'id') === actor.id,
  );
}

/** Header values are percent-encoded. */
function toName(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
