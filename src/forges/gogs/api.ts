import type { ForgeApi } from '../api-contract.ts';
import { type ApiAccess, createApiClient, toAuthorization } from '../api-client.ts';
import { getOwnAccount } from '../gitea/api.ts';
import { createGiteaComments } from '../gitea/comments.ts';
import { createContentsFiles } from '../gitea/files.ts';
import { createGiteaLabels } from '../gitea/labels.ts';
import { rememberAccount } from '../own.ts';
import { createGogsIssues, GOGS_LABELS } from './issues.ts';
import { createGiteaHooks, GOGS_HOOKS } from '../gitea/hooks.ts';
import { createGiteaRepositories } from '../gitea/repositories.ts';
import { createGiteaSubjects } from '../gitea/subjects.ts';

/**
 * The API of Gogs, an ancestor of Gitea's: it tells neither its version, nor a history, nor what a collaborator may do. Only
 * the owner of a personal repository is known beforehand.
 */
export function createGogsApi({ url, token, http }: ApiAccess): ForgeApi | undefined {
  if (url === null) return undefined;
  const client = createApiClient(http, `${url}/api/v1`, toAuthorization('token', token));
  const account = rememberAccount(() => getOwnAccount(client));
  return {
    comments: createGiteaComments(client, account),
    labels: createGiteaLabels(client, GOGS_LABELS),
    issues: createGogsIssues(client, account),
    files: createContentsFiles(client),
    hooks: createGiteaHooks(client, GOGS_HOOKS),
    repositories: createGiteaRepositories(client),
    subjects: createGiteaSubjects(client),
    findPermission: async (repo, actor) => (repo.owner === actor.login ? 'admin' : undefined),
    getOwnAccount: () => getOwnAccount(client),
    getVersion: async () => undefined,
  };
}
