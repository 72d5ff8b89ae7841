import type { ForgePull, PullApi } from '../../forges/work-contract.ts';
import type { RepositoryPermission } from '../../forges/api-contract.ts';
import type { Task, TaskResult } from '../contract.ts';
import type { Repository } from '../../core/event.ts';

/** What the gates of one completion go by. Everything is asked for once and shared. */
export interface GateFacts {
  readonly task: Task;
  readonly result: TaskResult;
  readonly repo: Repository;
  /** How long this completion is being checked. */
  readonly waitedMs: number;
  readonly pull: FoundPull;
  readonly pulls: PullApi;
  /** Lower-case logins of the hub's own accounts. */
  readonly ownLogins: ReadonlySet<string>;
  /** Undefined when the forge does not tell. */
  readonly findPermission: (login: string) => Promise<RepositoryPermission | undefined>;
}

/** The pull request of a completion, or why there is none, in words for the agent. */
export type FoundPull = { readonly pull: ForgePull } | { readonly missing: string };

/** How a program ended that a gate had run. */
export type CommandEnd =
  | { readonly exitCode: number | null; readonly endedBy: string | null; readonly tail: string }
  /** It was not run, and why. */
  | { readonly refused: string };

/** What a program is told about the completion that it checks: by variables and standard input, never by arguments. */
export interface CommandFacts {
  readonly task: Task;
  readonly result: TaskResult;
  readonly pull: ForgePull | null;
}

export type RunCommand = (argv: readonly string[], facts: CommandFacts) => Promise<CommandEnd>;
