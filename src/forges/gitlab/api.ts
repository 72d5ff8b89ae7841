import type { ForgeApi, OwnAccount, RepositoryPermission } from '../api-contract.ts';
import { type ApiAccess, type ApiClient, createApiClient, toAuthorization, toUnanswered } from '../api-client.ts';
import { rememberAccount } from '../own.ts';
import { idAt, integerAt, listAt, textAt } from '../read.ts';
import { createGitLabComments } from './comments.ts';
import { createGitLabFiles } from './files.ts';
import { createGitLabIssues } from './issues.ts';
import { createGitLabLabels } from './labels.ts';
import { createGitLabStatuses } from './statuses.ts';
import { createGitLabWorkflows } from './workflows.ts';
import { createGitLabHooks } from './hooks.ts';
import { createGitLabPulls } from './pulls.ts';
import { createGitLabRepositories } from './repositories.ts';
import { createGitLabSubjects } from './subjects.ts';

/** The API of gitlab.com, or of an instance under its own address. */
export function createGitLabApi({ url, token, http }: ApiAccess): ForgeApi {
  const client = createApiClient(http, `${url ?? 'https://gitlab.com'}/api/v4`, toAuthorization('Bearer', token));
  const account = rememberAccount(() => getOwnAccount(client));
  return {
    comments: createGitLabComments(client, account),
    labels: createGitLabLabels(client),
    issues: createGitLabIssues(client, account),
    statuses: createGitLabStatuses(client),
    files: createGitLabFiles(client),
    workflows: createGitLabWorkflows(client),
    hooks: createGitLabHooks(client),
    repositories: createGitLabRepositories(client),
    subjects: createGitLabSubjects(client),
    pulls: createGitLabPulls(client),
    async findPermission(repo, actor) {
      const userId = actor.id ?? idAt(listAt((await client.get(['users'], { username: actor.login })).body)[0], 'id');
      if (userId === undefined) return undefined;
      const { status, ok, body } = await client.get(['projects', repo.id ?? repo.fullName, 'members', 'all', userId]);
      if (ok) return toPermission(integerAt(body, 'access_level'));
      // A project that the token cannot see is 404 as well, and names itself.
      if (status !== 404 || /project/i.test(textAt(body, 'message') ?? '')) return undefined;
      return repo.private === false ? 'read' : 'none';
    },
    async getOwnAccount() {
      const found = await getOwnAccount(client);
      const self = await client.get(['personal_access_tokens', 'self']);
      const scopes = listAt(self.body, 'scopes').filter((scope) => typeof scope === 'string');
      return { ...found, scopes: self.ok ? scopes : undefined };
    },
    async getVersion() {
      return textAt((await client.get(['version'])).body, 'version');
    },
  };
}

async function getOwnAccount(client: ApiClient): Promise<OwnAccount> {
  const answer = await client.get(['user']);
  const id = idAt(answer.body, 'id');
  const login = textAt(answer.body, 'username');
  if (!answer.ok || id === undefined || login === undefined) throw toUnanswered('the account of the token', answer);
  return { id, login };
}

/** Guests, planners and reporters read, developers write, maintainers and owners administrate. */
function toPermission(level: number | undefined): RepositoryPermission | undefined {
  if (level === undefined) return undefined;
  if (level >= 40) return 'admin';
  if (level >= 30) return 'write';
  return level >= 10 ? 'read' : 'none';
}
