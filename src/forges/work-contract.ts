import type { Repository } from '../core/event.ts';
import type { SubjectRef } from './write-contract.ts';

/** What Fettle reads of the work on a forge: issues with their conversation, pull requests with their reviews and checks. */

/** An issue or pull request, as it is now. */
export interface ForgeSubject {
  readonly number: number;
  readonly title: string;
  /** Markdown, whole. */
  readonly body: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** Login; `ghost` once the account is deleted and the forge names none. */
  readonly author: string;
  readonly labels: readonly string[];
  /** Logins. */
  readonly assignees: readonly string[];
  readonly url?: string | undefined;
}

export interface WrittenComment {
  readonly id: string;
  readonly body: string;
  /** Login, and the id where the forge asks for it to tell a permission. */
  readonly author: string;
  readonly authorId?: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly url?: string | undefined;
}

/** Most comments and open pull requests that are read. */
export const MAX_COMMENTS = 100;
export const MAX_PULLS = 50;

export interface SubjectApi {
  /**
   * Undefined when there is none or the token may not see it. Where a forge counts issues and pull requests together, the number alone
   * says which is meant.
   */
  find(subject: SubjectRef): Promise<ForgeSubject | undefined>;
  /**
   * The last comments, oldest first, at most 100; notes that the forge itself makes, and those that only members see, are left out.
   * @throws FettleError `upstream_refused` when there is no such subject.
   */
  listComments(subject: SubjectRef, limit: number): Promise<readonly WrittenComment[]>;
}

export interface ForgePull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly isDraft: boolean;
  readonly author: string;
  readonly headBranch: string;
  /** Empty where the forge does not know it, or not yet. */
  readonly headSha: string;
  readonly baseBranch: string;
  readonly url?: string | undefined;
}

/** The latest verdict of one reviewer. */
export interface ForgeReview {
  readonly author: string;
  readonly state: 'approved' | 'changes_requested';
}

/** The latest result of one check or commit status. */
export interface ForgeCheck {
  readonly name: string;
  readonly state: 'pending' | 'success' | 'failure';
  readonly url?: string | undefined;
}

export interface PullApi {
  /** Undefined when there is none or the token may not see it. */
  find(repo: Repository, number: number): Promise<ForgePull | undefined>;
  /** Newest first, at most 50. */
  listOpen(repo: Repository): Promise<readonly ForgePull[]>;
  /**
   * Dismissed verdicts, approvals that the forge calls outdated, and comments without a verdict are left out. Who asked for changes keeps
   * asking after the next push, as on the forges themselves.
   */
  listReviews(repo: Repository, number: number): Promise<readonly ForgeReview[]>;
  /**
   * Statuses and, where the forge has them besides, check runs; skipped and neutral ones count as success. At most
   * 300, each name once: the worst of several of one name.
   * @throws FettleError `upstream_refused` for a commit that is not there.
   */
  listChecks(repo: Repository, sha: string): Promise<readonly ForgeCheck[]>;
}

/** The groups, each left out where the kind cannot do it. */
export interface ForgeWork {
  readonly subjects?: SubjectApi;
  readonly pulls?: PullApi;
}
