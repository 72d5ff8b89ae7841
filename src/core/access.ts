import { createGlobMatcher } from './glob.ts';

/**
 * Who asks. A principal comes from a bearer token, a session cookie or the admin token of the configuration, and is checked
 * route by route. Roles: a viewer reads, an operator also acts (replay, redrive, pause, approve tasks), an admin also manages access
 * and secrets, an agent claims and completes tasks and reads the stream. An operator holds no task: who approves work does not do it.
 */
export const ROLES = ['viewer', 'agent', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What narrows a principal below its role. */
export interface Scopes {
  /** Globs over full repository names; empty means all, and then also what belongs to no repository. */
  readonly repos: readonly string[];
}

export interface Principal {
  readonly name: string;
  readonly role: Role;
  readonly scopes: Scopes;
  readonly via: 'token' | 'session' | 'admin-token';
  /** Id of the token, for `via: token`. */
  readonly tokenId?: string;
}

const INCLUDED: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  agent: ['viewer', 'agent'],
  operator: ['viewer', 'operator'],
  admin: ROLES,
};

/** Whether a role includes another. */
export function includesRole(role: Role, wanted: Role): boolean {
  return INCLUDED[role].includes(wanted);
}

/** Whether scopes let a full repository name be seen; null stands for what belongs to no repository. */
export function createRepositoryFilter(scopes: Scopes): (repo: string | null) => boolean {
  if (scopes.repos.length === 0) return () => true;
  const matches = createGlobMatcher(scopes.repos);
  return (repo) => repo !== null && matches(repo);
}
