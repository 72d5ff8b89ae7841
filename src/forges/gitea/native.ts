import type { Actor, BranchEnd, Commit, EventDraft, Repository } from '../../core/event.ts';
import { bodyAt, booleanAt, idAt, integerAt, listAt, objectAt, present, textAt, timeAt } from '../read.ts';

/** Gitea-family objects → ours. The family's spellings differ by release and by fork; each is read where it is found. */

/** The built-in account that runs Actions. No payload flags it as a bot. */
const ACTIONS_ACCOUNT_ID = '-2';
/** Most commits an event carries. */
const MAX_COMMITS = 100;

/** An object id of zeros stands for "no commit". */
export function isZeroId(id: string): boolean {
  return /^0+$/.test(id);
}

/** The repository at a path; undefined when it has no name. */
export function repositoryAt(value: unknown, ...path: string[]): Repository | undefined {
  const repo = objectAt(value, ...path);
  const fullName = textAt(repo, 'full_name') ?? toFullName(loginOf(objectAt(repo, 'owner')), textAt(repo, 'name'));
  const slash = fullName?.lastIndexOf('/') ?? -1;
  if (fullName === undefined || slash < 1 || slash === fullName.length - 1) return undefined;
  return present({
    id: idAt(repo, 'id'),
    fullName,
    owner: fullName.slice(0, slash),
    name: fullName.slice(slash + 1),
    url: textAt(repo, 'html_url'),
    cloneUrl: textAt(repo, 'clone_url'),
    sshUrl: textAt(repo, 'ssh_url'),
    private: booleanAt(repo, 'private'),
    defaultBranch: textAt(repo, 'default_branch'),
    description: textAt(repo, 'description'),
    language: textAt(repo, 'language'),
    stars: integerAt(repo, 'stars_count'),
    fork: booleanAt(repo, 'fork'),
    archived: booleanAt(repo, 'archived'),
  });
}

/** The account at a path; undefined when it has no name. */
export function actorAt(value: unknown, ...path: string[]): Actor | undefined {
  const user = objectAt(value, ...path);
  const login = loginOf(user);
  if (login === undefined) return undefined;
  const id = idAt(user, 'id');
  return present({
    id,
    login,
    name: textAt(user, 'full_name'),
    email: textAt(user, 'email'),
    bot: login.endsWith('[bot]') || id === ACTIONS_ACCOUNT_ID,
  });
}

/** The permission that `permissions` of a repository states; undefined when it states none. */
export function permissionAt(value: unknown, ...path: string[]): EventDraft['permission'] {
  const [admin, push, pull] = ['admin', 'push', 'pull'].map((name) => booleanAt(value, ...path, 'permissions', name));
  if (admin === undefined || push === undefined || pull === undefined) return undefined;
  if (admin) return 'admin';
  if (push) return 'write';
  return pull ? 'read' : 'none';
}

/** The login names in a list of accounts. */
export function loginsOf(users: readonly unknown[]): string[] {
  return users.map(loginOf).filter((login) => login !== undefined);
}

/** One end of a pull request: `head` and `base` objects, or `head_branch` and `head_repo` on Gogs and old Gitea. */
export function branchEndAt(pull: unknown, end: 'head' | 'base'): BranchEnd | undefined {
  return present({
    ref: textAt(pull, end, 'ref') ?? textAt(pull, `${end}_branch`),
    sha: textAt(pull, end, 'sha'),
    repo: textAt(pull, end, 'repo', 'full_name') ?? textAt(pull, `${end}_repo`, 'full_name'),
  });
}

/** The commits of a push, oldest first. The family lists the newest first, and so does a cut list. */
export function commitsAt(payload: unknown, after: string | undefined): Commit[] {
  const commits = listAt(payload, 'commits')
    .map(toCommit)
    .filter((commit) => commit !== undefined);
  if (commits[0]?.id === after) commits.reverse();
  return commits.slice(-MAX_COMMITS);
}

function toCommit(value: unknown): Commit | undefined {
  const id = textAt(value, 'id');
  if (id === undefined) return undefined;
  return present({
    id,
    message: bodyAt(value, 'message') ?? '',
    url: textAt(value, 'url'),
    timestamp: timeAt(value, 'timestamp'),
    author: present({
      name: textAt(value, 'author', 'name'),
      email: textAt(value, 'author', 'email'),
      login: textAt(value, 'author', 'username'),
    }),
    added: pathsAt(value, 'added'),
    modified: pathsAt(value, 'modified'),
    removed: pathsAt(value, 'removed'),
  });
}

function pathsAt(value: unknown, name: string): string[] | undefined {
  const paths = listAt(value, name)
    .map((_path, index) => textAt(value, name, String(index)))
    .filter((path) => path !== undefined);
  return paths.length === 0 ? undefined : paths;
}

/** Old releases say `username` only, Gogs pushers in some releases `name` only. */
function loginOf(user: unknown): string | undefined {
  return textAt(user, 'login') ?? textAt(user, 'username') ?? textAt(user, 'name');
}

function toFullName(owner: string | undefined, name: string | undefined): string | undefined {
  return owner === undefined || name === undefined ? undefined : `${owner}/${name}`;
}
