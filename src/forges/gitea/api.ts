import type { ForgeApi, OwnAccount, RepositoryPermission, SubjectEdge } from '../api-contract.ts';
import { type ApiAccess, type ApiClient, createApiClient, toAuthorization, toUnanswered } from '../api-client.ts';
import { rememberAccount } from '../own.ts';
import { booleanAt, idAt, listAt, textAt, timeAt } from '../read.ts';
import { createGiteaComments } from './comments.ts';
import { createContentsFiles } from './files.ts';
import { createGiteaIssues } from './issues.ts';
import { createGiteaLabels } from './labels.ts';
import { createGiteaStatuses } from './statuses.ts';
import { createGiteaWorkflows } from './workflows.ts';
import { createGiteaHooks, GITEA_HOOKS } from './hooks.ts';
import { createGiteaPulls } from './pulls.ts';
import { createGiteaRepositories } from './repositories.ts';
import { createGiteaSubjects } from './subjects.ts';

/** The API of Gitea and Forgejo. Undefined without an address: neither has one instance that could be meant. */
export function createGiteaApi({ url, token, http }: ApiAccess): ForgeApi | undefined {
  if (url === null) return undefined;
  const client = createApiClient(http, `${url}/api/v1`, toAuthorization('token', token));
  const account = rememberAccount(() => getOwnAccount(client));
  return {
    comments: createGiteaComments(client, account),
    labels: createGiteaLabels(client, { organisations: true, answersAll: true }),
    issues: createGiteaIssues(client, account),
    statuses: createGiteaStatuses(client),
    files: createContentsFiles(client),
    workflows: createGiteaWorkflows(client),
    hooks: createGiteaHooks(client, GITEA_HOOKS),
    repositories: createGiteaRepositories(client),
    subjects: createGiteaSubjects(client),
    pulls: createGiteaPulls(client),
    async findPermission(repo, actor) {
      const path = ['repos', repo.owner, repo.name, 'collaborators', actor.login, 'permission'];
      const { ok, body } = await client.get(path);
      return ok ? toPermission(textAt(body, 'permission')) : undefined;
    },
    getOwnAccount: () => getOwnAccount(client),
    async getVersion() {
      return textAt((await client.get(['version'])).body, 'version');
    },
    async findSubjectEdges(repo, number, at) {
      const atMs = Date.parse(at);
      const { ok, body } = await client.get(['repos', repo.owner, repo.name, 'issues', String(number), 'timeline'], {
        since: toIsoSeconds(atMs - MAX_EARLIER_MS),
        before: toIsoSeconds(atMs + MAX_LATER_MS),
        limit: '50',
      });
      return ok ? toEdges(listAt(body), atMs) : undefined;
    },
  };
}

/**
 * Whom the token belongs to; Gogs has the same question.
 * @throws FettleError `upstream_failed`.
 */
export async function getOwnAccount(client: ApiClient): Promise<OwnAccount> {
  const answer = await client.get(['user']);
  const id = idAt(answer.body, 'id');
  const login = textAt(answer.body, 'login') ?? textAt(answer.body, 'username');
  if (!answer.ok || id === undefined || login === undefined) throw toUnanswered('the account of the token', answer);
  return { id, login };
}

function toPermission(word: string | undefined): RepositoryPermission | undefined {
  if (word === 'owner') return 'admin';
  return word === 'admin' || word === 'write' || word === 'read' || word === 'none' ? word : undefined;
}

/**
 * The timeline counts whole seconds, and one change of several labels makes one entry for each, perhaps across the turn of a
 * second; the subject's own update time follows. So a change is the last entry not later than a second after `at`, with
 * what lies at most a second before it. Entries further back belong to another change.
 */
const MAX_EARLIER_MS = 5_000;
const MAX_LATER_MS = 1_000;
const SAME_CHANGE_MS = 1_000;

function toEdges(timeline: readonly unknown[], atMs: number): readonly SubjectEdge[] | undefined {
  const entries = timeline.flatMap((entry) => {
    const edge = toEdge(entry);
    const entryMs = Date.parse(timeAt(entry, 'created_at') ?? '');
    const near = entryMs >= atMs - MAX_EARLIER_MS && entryMs <= atMs + MAX_LATER_MS;
    return edge !== undefined && near ? [{ edge, entryMs }] : [];
  });
  if (entries.length === 0) return undefined;
  const lastMs = Math.max(...entries.map(({ entryMs }) => entryMs));
  return entries.filter(({ entryMs }) => entryMs >= lastMs - SAME_CHANGE_MS).map(({ edge }) => edge);
}

/** A label entry says with the body `1` that the label was added; older versions number the types. */
function toEdge(entry: unknown): SubjectEdge | undefined {
  const type = textAt(entry, 'type') ?? idAt(entry, 'type');
  if (type === 'label' || type === '7') {
    const value = textAt(entry, 'label', 'name');
    return value === undefined ? undefined : { verb: textAt(entry, 'body') === '1' ? 'labeled' : 'unlabeled', value };
  }
  if (type === 'assignees' || type === '9') {
    const value = textAt(entry, 'assignee', 'login');
    const removed = booleanAt(entry, 'removed_assignee') === true;
    return value === undefined ? undefined : { verb: removed ? 'unassigned' : 'assigned', value };
  }
  return undefined;
}

function toIsoSeconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
