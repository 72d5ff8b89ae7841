import type { ForgeConfig } from '../../src/config/config.ts';
import type { ForgeKind } from '../../src/core/vocabulary.ts';
import type { ApiTransport } from '../../src/forges/api-client.ts';
import type { ForgeApi } from '../../src/forges/api.ts';

/**
 * A forge for tests: a real HTTP server with a memory, which answers in the shapes and with the refusals of the real one. What is in it
 * is in `state`; what came is in `requests`. Each kind is a folder here, each group of its API a file with routes in that folder;
 * to add a group, add the file and a line in the folder's `dialect.ts`.
 */
export interface FakeForge {
  readonly kind: FakeKind;
  /** Address of the server, without a slash at the end. */
  readonly url: string;
  readonly state: FakeState;
  /** Every request that came, in order, with what it was answered. */
  readonly requests: readonly FakeRecord[];
  /** How the forge would stand in the configuration, as `home`. */
  readonly config: ForgeConfig;
  /** Sends what is meant for the forge's public address to this server. */
  readonly transport: ApiTransport;
  /** The API that Fettle makes of it, with the token of the account `fettle`, or with another one. */
  api(token?: string): ForgeApi;
  /** Decides about each request before its route does, until it is set to undefined. */
  interfere: Interference | undefined;
}

/** The two Bitbuckets have nothing in common but the name. */
export type FakeKind = Exclude<ForgeKind, 'bitbucket'> | 'bitbucket-cloud' | 'bitbucket-data-center';

/**
 * What happens instead of an answer: another answer; `drop` closes the connection before anything is done, `drop-after` does what was
 * asked and then closes it, `hang` never answers. Undefined lets the request through.
 */
export type Interference = (request: FakeRequest) => FakeAnswer | 'drop' | 'drop-after' | 'hang' | undefined;

export interface FakeAccount {
  readonly id: number;
  readonly login: string;
  readonly name: string;
}

export interface FakeToken {
  readonly account: FakeAccount;
  readonly scopes: readonly string[];
  /** False: everything but reading is answered 403. */
  readonly mayWrite: boolean;
}

export interface FakeState {
  readonly accounts: FakeAccount[];
  readonly tokens: Map<string, FakeToken>;
  readonly repositories: FakeRepository[];
  /** Labels of organisations, by name of the organisation. */
  readonly organisationLabels: Map<string, FakeLabel[]>;
  /** Who wants to hear of what changes; see `deeds.ts`. */
  readonly listeners: ((change: FakeChange) => void)[];
  /** The next id of whatever is made. */
  nextId(): number;
  /** The time of whatever is made: a second later each time, ISO 8601. */
  nextTime(): string;
  /** What a group of routes keeps besides, made when it is first asked for. */
  keep<T>(name: string, create: () => T): T;
}

export interface FakeRepository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly labels: FakeLabel[];
  readonly subjects: FakeSubject[];
  readonly statuses: FakeStatus[];
  /** Commits that exist. */
  readonly commits: Set<string>;
  /** Content by `<branch or commit>:<path>`. */
  readonly files: Map<string, Buffer>;
  readonly checkRuns: FakeCheckRun[];
  /** By login; who is not in it may write. With `none` a private repository is not to be seen. */
  readonly permissions: Map<string, FakePermission>;
  /** Keeps its owner from being an organisation. */
  readonly personal: boolean;
}

export type FakePermission = 'none' | 'read' | 'write' | 'admin';

export interface FakeLabel {
  readonly id: number;
  readonly name: string;
  readonly color: string;
}

export interface FakeSubject {
  readonly id: number;
  readonly kind: 'issue' | 'pull';
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed' | 'merged';
  readonly author: FakeAccount;
  readonly createdAt: string;
  /** Moves with every change. */
  updatedAt: string;
  closedAt: string | null;
  labels: string[];
  assignees: string[];
  readonly comments: FakeComment[];
  /** Labels and assignees that came and went. */
  readonly history: FakeEdge[];
  /** What only a pull request has. */
  readonly pull: FakePull | null;
  readonly reviews: FakeReview[];
}

export interface FakePull {
  readonly headBranch: string;
  headSha: string;
  readonly baseBranch: string;
  isDraft: boolean;
  merge: { readonly sha: string; readonly by: FakeAccount; readonly at: string } | null;
}

export interface FakeReview {
  readonly id: number;
  readonly author: FakeAccount;
  readonly state: 'approved' | 'changes_requested' | 'commented';
  readonly body: string;
  readonly createdAt: string;
  /** The commit it is about. */
  readonly sha: string;
  isDismissed: boolean;
}

export interface FakeEdge {
  readonly id: number;
  readonly verb: 'labeled' | 'unlabeled' | 'assigned' | 'unassigned';
  readonly value: string;
  readonly by: FakeAccount;
  readonly at: string;
}

export interface FakeComment {
  readonly id: number;
  body: string;
  readonly author: FakeAccount;
  readonly createdAt: string;
  updatedAt?: string;
  /** Times it was edited; Bitbucket Data Center asks for it. */
  version: number;
  /** Made by the forge itself; GitLab keeps such notes among the others. */
  readonly system?: boolean;
  /** For members only; GitLab. */
  readonly internal?: boolean;
}

export interface FakeStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  /** In the forge's own word. */
  readonly state: string;
  readonly description: string;
  readonly url: string;
  readonly createdAt: string;
  /** A job whose failure does not matter; GitLab. */
  readonly allowFailure?: boolean;
}

/** GitHub; in its words. */
export interface FakeCheckRun {
  readonly id: number;
  readonly sha: string;
  readonly name: string;
  readonly app: number;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly url: string;
}

/** What became different, for those who are told by webhooks. */
export type FakeChange = { readonly repository: FakeRepository; readonly by: FakeAccount } & (
  | { readonly kind: 'opened' | 'closed' | 'reopened' | 'merged' | 'synchronized'; readonly subject: FakeSubject }
  | { readonly kind: 'labeled' | 'assigned' | 'unassigned'; readonly subject: FakeSubject }
  | {
      readonly kind: 'edited';
      readonly subject: FakeSubject;
      readonly before: { readonly title?: string; readonly body?: string };
    }
  | { readonly kind: 'commented'; readonly subject: FakeSubject; readonly comment: FakeComment }
  | {
      readonly kind: 'comment edited';
      readonly subject: FakeSubject;
      readonly comment: FakeComment;
      readonly before: string;
    }
  | { readonly kind: 'reviewed'; readonly subject: FakeSubject; readonly review: FakeReview }
  | { readonly kind: 'status'; readonly status: FakeStatus }
);

export interface FakeRecord {
  readonly method: string;
  /** Path with the query, as sent. */
  readonly path: string;
  readonly status: number | null;
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parts of the path that the route names, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Parsed JSON; `{}` for an empty body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it came. */
  readonly bytes: Buffer;
  readonly token: FakeToken;
  readonly state: FakeState;
  /** Address of the server, for links. */
  readonly baseUrl: string;
}

export interface FakeAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are sent as they are, all else as JSON; undefined sends nothing. */
  readonly body?: unknown;
}

export interface FakeRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the prefix of the dialect. `:name` stands for one part, `*name` at the end for all that follow. */
  readonly path: string;
  answer(request: FakeRequest): FakeAnswer;
}

/** What is the same for all routes of one kind. */
export interface FakeDialect {
  /** What all paths begin with, such as `/api/v1`. */
  readonly prefixes: readonly string[];
  readonly routes: readonly FakeRoute[];
  /** How a token is sent: all of `Authorization` but the token, with a space at its end. */
  readonly scheme: string;
  /** Another way that is taken too. */
  readonly otherScheme?: string;
  /** The body of a refusal. */
  toRefusal(status: number, message: string): unknown;
  /** Headers of every answer to somebody signed in. */
  toHeaders?(token: FakeToken): Record<string, string>;
}

/** What a route throws to refuse. */
export class FakeRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
