import type { Actor, Repository } from '../core/event.ts';
import type { ForgeWork } from './work-contract.ts';
import type { ForgeWrites } from './write-contract.ts';

/**
 * What Fettle asks the forges while it understands deliveries, and in the groups of `ForgeWork` and `ForgeWrites` what it reads and does there. `undefined` means
 * that the forge does not tell (it has no such question, or the token may not ask it); a refused token or a failing forge is an error.
 */
export interface ForgeApi extends ForgeWork, ForgeWrites {
  /** What an account may do in a repository, teams and groups included. */
  findPermission(repo: Repository, actor: Actor): Promise<RepositoryPermission | undefined>;
  /**
   * Whom the token belongs to.
   * @throws FettleError `upstream_failed`, also when the token is of a kind that belongs to nobody.
   */
  getOwnAccount(): Promise<OwnAccount>;
  /** The version of the forge's software, where it tells one. */
  getVersion(): Promise<string | undefined>;
  /**
   * Which labels and assignees an issue or pull request gained or lost in the change at that time, from forges that keep a history and
   * whose deliveries do not say. `at` is ISO 8601. Undefined when the history shows no such change.
   */
  findSubjectEdges?(repo: Repository, number: number, at: string): Promise<readonly SubjectEdge[] | undefined>;
}

export type RepositoryPermission = 'none' | 'read' | 'write' | 'admin';

export interface OwnAccount {
  readonly id: string;
  readonly login: string;
  /** What the token may do, in the forge's own words, where it tells. */
  readonly scopes?: readonly string[] | undefined;
}

export interface SubjectEdge {
  readonly verb: 'labeled' | 'unlabeled' | 'assigned' | 'unassigned';
  /** Name of the label, or login of the assignee. */
  readonly value: string;
}
