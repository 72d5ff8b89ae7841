import type { Repository } from '../core/event.ts';

/**
 * What Fettle does on a forge, in groups: a kind of forge that cannot do something leaves the group out. Every method throws
 * FettleError with the code of what the forge answered, see `toUpstreamError`; texts are passed as they are, in Markdown.
 */

/** An issue or pull request. */
export interface SubjectRef {
  readonly repo: Repository;
  readonly subject: 'issue' | 'pull';
  readonly number: number;
}

export interface ForgeComment {
  readonly id: string;
  readonly body: string;
  /** Login. */
  readonly author: string;
  readonly url?: string | undefined;
}

export interface CommentApi {
  /** The first comment by the token's own account that holds a text. */
  findOwn(subject: SubjectRef, text: string): Promise<ForgeComment | undefined>;
  create(subject: SubjectRef, body: string): Promise<ForgeComment>;
  update(subject: SubjectRef, id: string, body: string): Promise<ForgeComment>;
}

export interface LabelApi {
  list(subject: SubjectRef): Promise<readonly string[]>;
  /** Adds labels; those the repository does not have are made. Gives what the subject has afterwards. */
  add(subject: SubjectRef, names: readonly string[]): Promise<readonly string[]>;
  /** Takes labels away; those it does not have are no error. */
  remove(subject: SubjectRef, names: readonly string[]): Promise<readonly string[]>;
  /** Leaves exactly these. */
  set(subject: SubjectRef, names: readonly string[]): Promise<readonly string[]>;
}

export interface NewIssue {
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
}

export interface ForgeIssue {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly assignees: readonly string[];
  readonly url?: string | undefined;
}

export interface IssueApi {
  get(subject: SubjectRef): Promise<ForgeIssue>;
  /** The newest issue by the token's own account, among those made since `since` (ISO 8601), whose body holds a text. */
  findOwn(repo: Repository, text: string, since: string): Promise<ForgeIssue | undefined>;
  create(repo: Repository, issue: NewIssue): Promise<ForgeIssue>;
  setState(subject: SubjectRef, state: 'open' | 'closed'): Promise<ForgeIssue>;
  /** Adds and removes assignees, by login. */
  assign(subject: SubjectRef, change: { add: readonly string[]; remove: readonly string[] }): Promise<ForgeIssue>;
}

export interface CommitStatus {
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description?: string | undefined;
  readonly url?: string | undefined;
}

export interface StatusApi {
  /** The latest status of that context. */
  find(repo: Repository, sha: string, context: string): Promise<CommitStatus | undefined>;
  set(repo: Repository, sha: string, status: CommitStatus): Promise<void>;
}

export interface WorkflowRef {
  readonly repo: Repository;
  /** File name or id of the workflow; for GitLab left out. */
  readonly workflow?: string | undefined;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** CI/CD variables; GitLab only. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Token of a pipeline trigger, used instead of the forge's own; GitLab only. */
  readonly triggerToken?: string | undefined;
}

export interface WorkflowRun {
  readonly id: string;
  readonly url?: string | undefined;
  readonly state: 'pending' | 'running' | 'success' | 'failure' | 'cancelled';
}

export interface WorkflowApi {
  /** Starts a workflow. Undefined when the forge does not say which run it made. */
  dispatch(workflow: WorkflowRef): Promise<WorkflowRun | undefined>;
  /** The runs of that workflow and ref that were made by dispatch at or after `since` (ISO 8601), newest first, at most 50. */
  listDispatched(workflow: WorkflowRef, since: string): Promise<readonly WorkflowRun[]>;
  get(repo: Repository, id: string): Promise<WorkflowRun>;
}

export interface FileApi {
  /** The content of a file at the default branch, or at `ref`; undefined when there is none. */
  find(repo: Repository, path: string, ref?: string): Promise<Buffer | undefined>;
}

/** Where a webhook hangs: one repository, an organisation or group, or the whole instance. */
export type HookPlace =
  | { readonly level: 'repository'; readonly owner: string; readonly name: string }
  | { readonly level: 'organisation'; readonly owner: string }
  | { readonly level: 'system' };

export interface ForgeHook {
  readonly id: string;
  readonly url: string;
  readonly active: boolean;
  /** In the forge's own words, sorted. */
  readonly events: readonly string[];
  readonly contentType?: string | undefined;
  /** Why the forge disabled it, or what its last delivery got, where it tells. */
  readonly problem?: string | undefined;
  /** What somebody set there that keeps deliveries back or changes them, such as a branch filter; `update` takes it away. */
  readonly hindrance?: string | undefined;
}

export interface HookSpec {
  readonly url: string;
  readonly secret: string;
  /** In the forge's own words. */
  readonly events: readonly string[];
}

export interface HookApi {
  readonly levels: readonly HookPlace['level'][];
  /** The events that Fettle wants there, in the forge's own words. */
  wantedEvents(level: HookPlace['level']): readonly string[];
  list(place: HookPlace): Promise<readonly ForgeHook[]>;
  create(place: HookPlace, hook: HookSpec): Promise<ForgeHook>;
  /** Changes address, events and secret of a hook and switches it on. */
  update(place: HookPlace, id: string, hook: HookSpec): Promise<ForgeHook>;
  remove(place: HookPlace, id: string): Promise<void>;
}

export interface RepositoryApi {
  /** The repositories that the token can see under an owner or group; all of them without one. Pages are read as they are asked for. */
  list(owner?: string): AsyncIterable<Repository>;
  /** Undefined when there is none or the token may not see it. */
  find(fullName: string): Promise<Repository | undefined>;
}

/** The groups, each left out where the kind cannot do it. */
export interface ForgeWrites {
  readonly comments?: CommentApi;
  readonly labels?: LabelApi;
  readonly issues?: IssueApi;
  readonly statuses?: StatusApi;
  readonly workflows?: WorkflowApi;
  readonly files?: FileApi;
  readonly hooks?: HookApi;
  readonly repositories?: RepositoryApi;
}
