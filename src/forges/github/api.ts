import type { ForgeApi, OwnAccount, RepositoryPermission } from '../api-contract.ts';
import { type ApiAccess, type ApiClient, createApiClient, toAuthorization, toUnanswered } from '../api-client.ts';
import { createContentsFiles } from '../gitea/files.ts';
import { rememberAccount } from '../own.ts';
import { idAt, textAt } from '../read.ts';
import { createGitHubComments } from './comments.ts';
import { createGitHubIssues } from './issues.ts';
import { createGitHubLabels } from './labels.ts';
import { createGitHubStatuses } from './statuses.ts';
import { createGitHubWorkflows } from './workflows.ts';
import { createGitHubHooks } from './hooks.ts';
import { createGitHubPulls } from './pulls.ts';
import { createGitHubRepositories } from './repositories.ts';
import { createGitHubSubjects } from './subjects.ts';

/** The API of github.com, and of GitHub Enterprise Server under its own address. */
export function createGitHubApi({ url, token, http }: ApiAccess): ForgeApi {
  const client = createApiClient(http, toBaseUrl(url), {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...toAuthorization('Bearer', token),
  });
  const account = rememberAccount(() => getOwnAccount(client));
  return {
    comments: createGitHubComments(client, account),
    labels: createGitHubLabels(client),
    issues: createGitHubIssues(client, account),
    statuses: createGitHubStatuses(client),
    files: createContentsFiles(client),
    workflows: createGitHubWorkflows(client),
    hooks: createGitHubHooks(client),
    repositories: createGitHubRepositories(client),
    subjects: createGitHubSubjects(client),
    pulls: createGitHubPulls(client),
    async findPermission(repo, actor) {
      const path = ['repos', repo.owner, repo.name, 'collaborators', actor.login, 'permission'];
      const { ok, body } = await client.get(path);
      return ok ? toPermission(textAt(body, 'permission')) : undefined;
    },
    getOwnAccount: () => getOwnAccount(client),
    async getVersion() {
      return textAt((await client.get(['meta'])).body, 'installed_version');
    },
  };
}

async function getOwnAccount(client: ApiClient): Promise<OwnAccount> {
  const answer = await client.get(['user']);
  const id = idAt(answer.body, 'id');
  const login = textAt(answer.body, 'login');
  if (!answer.ok || id === undefined || login === undefined) throw toUnanswered('the account of the token', answer);
  // Only classic tokens have scopes.
  const scopes = answer.headers['x-oauth-scopes']?.split(',').map((scope) => scope.trim());
  return { id, login, scopes: scopes?.filter((scope) => scope !== '') };
}

function toBaseUrl(url: string | null): string {
  if (url === null || /^https:\/\/(www\.|api\.)?github\.com$/.test(url)) return 'https://api.github.com';
  return `${url}/api/v3`;
}

/** `triage` and `maintain` come as `read` and `write`. */
function toPermission(word: string | undefined): RepositoryPermission | undefined {
  return word === 'admin' || word === 'write' || word === 'read' || word === 'none' ? word : undefined;
}
