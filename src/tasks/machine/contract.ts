import type { FettleError } from '../../core/errors.ts';
import type { Repository } from '../../core/event.ts';
import type {
  FollowUp,
  GateVerdict,
  HeardComment,
  NewEntry,
  Task,
  TaskEventType,
  TaskOptions,
  TaskReason,
  TaskResult,
  Understanding,
} from '../contract.ts';

/**
 * How a task moves. Everything but the claim, which picks one of many in a single statement, is a pure decision over one row that is
 * locked meanwhile.
 *
 *   open ──▶ blocked ──read, blockers gone, allowed──▶ queued ──claim──▶ leased ──complete──▶ (gates) ──▶ (approval) ──▶ succeeded
 *              ▲                                          ▲               │ ▲
 *              └────────── blocker, quarantine ───────────┤               │ └──answer── needs_input ◀──ask── leased
 *                                                         │               │
 *                                                         ├── release, requeue; failed retryably or expired: attempt + 1
 *                                                         └── … and dead once the attempts are used up
 *   leased ──fail, not retryable──▶ failed          leased ──gates reject──▶ leased, with the reasons
 *   awaiting_approval ──approve──▶ queued (before) or succeeded (after);  ──reject──▶ cancelled (before) or leased / queued (after)
 *   anything that is not over ──withdraw, close, cancel──▶ cancelled;  a closed subject whose work was submitted ──▶ succeeded
 *   leased with what was handed in ──expire, release──▶ blocked, until the gates have judged it
 *   anything that is over ──open, reopen──▶ blocked, in the next round;   dead, failed, cancelled ──requeue──▶ queued
 *
 * The proof of the last lease stays on the row after the lease ended, so that its holder is recognised: a cancelled one is told so by its
 * next heartbeat, a second complete with the same result gets the same answer, everything else is `lease_stale`. Completing a task
 * whose subject was closed meanwhile is still taken, since closing it may be what the work did. In `needs_input` an expired lease burns no
 * attempt and leaves the question; the answer then queues the task.
 *
 * Reasons that the forge can take back (`assignee`, `label`) stand as long as they stand there, whatever becomes of the task: a withdrawal takes
 * one away from a task that is over too, so that `reopen` of a subject that nobody is assigned to any more opens nothing. The others count for
 * the round that they opened. A reason that is given again takes the place of the earlier one.
 *
 * A person overrules gates: `approve` and `reject` hold for whatever is handed in and not yet decided. A quarantine outlasts rounds; only
 * `requeue` ends it. What a person called off does not come back with a subject that is reopened,
 * only when it is opened anew or requeued.
 *
 * Entries: `opened`, `withdrawn`, `closed`, `read`, `blocked`, `unblocked`, `selected`, `claimed`, `note`, `asked`, `answered`, `submitted`,
 * `passed`, `rejected`, `succeeded`, `failed`, `released`, `expired`, `late`, `approved`, `cancelled`, `requeued`, `quarantined`, `waived`,
 * and what `news` calls them.
 *
 * A lease is alive while `leaseUntil` is set and ahead; `agent`, `principal`, `leaseHash` and `claimedAt` stay when it ends, until the next
 * round. The claim sets them and `fence + 1`, `state: leased`, `leaseUntil`; empties `reason`, `percent`, `note`, `question`, `submitted` and
 * `verdicts`; and counts `revision` and `lastEntry` up by one, for the one entry that `toClaimed` returns; `heardThrough` is then `lastEntry`.
 */

/** Who says that it holds the task. */
export interface LeaseProof {
  /** Hex of the SHA-256 of the token that was sent. */
  readonly hash: string;
  readonly principal: string;
}

/** What is known of the subject when a task is opened or read. */
export interface SubjectFacts {
  readonly title: string;
  readonly body: string;
  readonly url: string | null;
  readonly author: string | null;
  readonly labels: readonly string[];
  readonly repository: Repository | null;
}

/** Who should do it, and why. */
export interface Selection {
  /** Null when nobody is capable, or no agents are configured (`isOpen`). */
  readonly agent: string | null;
  /** No profiles are known: any agent may take it. */
  readonly isOpen: boolean;
  /** One sentence or two for people: who was chosen, what it would cost, why not the others. */
  readonly because: string;
  /** The chosen one first, then the others that could, cheapest first. */
  readonly capable: readonly string[];
}

/** What a task waits for. */
export interface Blockers {
  readonly count: number;
  /** In words, such as `Waits for #12 and #14.`; null when there is none. */
  readonly reason: string | null;
}

export type TaskCommand =
  // Agents
  | {
      readonly kind: 'heartbeat';
      readonly lease: LeaseProof;
      readonly note?: string | undefined;
      readonly percent?: number | undefined;
    }
  | { readonly kind: 'ask'; readonly lease: LeaseProof; readonly question: string }
  | { readonly kind: 'complete'; readonly lease: LeaseProof; readonly result: TaskResult }
  | { readonly kind: 'fail'; readonly lease: LeaseProof; readonly error: string; readonly retryable: boolean }
  | { readonly kind: 'release'; readonly lease: LeaseProof; readonly handover?: string | undefined }
  // Time
  | { readonly kind: 'expire' }
  // What Fettle found out
  | {
      readonly kind: 'read';
      readonly facts: SubjectFacts;
      readonly understanding: Understanding;
      readonly selection: Selection;
      readonly blockers: Blockers;
    }
  | { readonly kind: 'block'; readonly blockers: Blockers }
  | { readonly kind: 'select'; readonly selection: Selection }
  | { readonly kind: 'judge'; readonly fence: number; readonly verdicts: readonly GateVerdict[] }
  | { readonly kind: 'answer'; readonly comment: HeardComment; readonly permission: string }
  // What happened on the forge
  | {
      readonly kind: 'open';
      readonly reason: TaskReason;
      readonly options: TaskOptions;
      readonly priority: number;
      readonly facts: SubjectFacts;
      /** The subject was closed since: a task that is over stays so, and has one more reason to be opened with its subject. */
      readonly isLate?: true | undefined;
    }
  | { readonly kind: 'withdraw'; readonly by: TaskReason['by']; readonly value: string; readonly actor: string | null }
  | { readonly kind: 'close'; readonly how: 'closed' | 'merged' | 'deleted'; readonly actor: string | null }
  | { readonly kind: 'reopen'; readonly actor: string | null }
  | {
      readonly kind: 'news';
      /** `commented`, `edited`, `labeled`, `unlabeled`, `reviewed`, `pushed` … */
      readonly what: string;
      readonly by: string | null;
      readonly data: Readonly<Record<string, unknown>>;
      /** What of the subject changed with it. */
      readonly facts?: Partial<SubjectFacts> | undefined;
      /** The text or labels changed, so that it is to be read again. */
      readonly isToBeRead: boolean;
      /** A comment that may answer the question, while there is one. */
      readonly comment?: HeardComment | undefined;
    }
  // People
  | {
      readonly kind: 'approve' | 'reject' | 'cancel' | 'requeue' | 'quarantine';
      readonly by: string;
      readonly note: string | null;
    }
  | { readonly kind: 'waive'; readonly by: string; readonly note: string | null; readonly blockers: Blockers };

/** What a command comes to. */
export interface Decision {
  /** The task afterwards; the very same object when nothing changed. `revision`, `lastEntry` and `updatedAt` are already counted up. */
  readonly task: Task;
  /** In order; their numbers follow from `lastEntry`. */
  readonly entries: readonly NewEntry[];
  readonly events: readonly TaskEventType[];
  readonly follow: readonly FollowUp[];
  /** How the lease that was held ended, when it did. */
  readonly leaseEnded: 'completed' | 'failed' | 'released' | 'expired' | 'withdrawn' | null;
  /** The command is refused although something is kept of it: to be thrown once the rest is committed. */
  readonly refusal?: FettleError | undefined;
}

/** What `decide` goes by besides the task. */
export interface DecideContext {
  readonly nowAt: string;
  /** How long a task is kept for the agent that was selected. */
  readonly patienceMs: number;
}

/** @throws FettleError `lease_stale`, `task_cancelled`, `task_not_movable`; then nothing changes. */
export type Decide = (task: Task, command: TaskCommand, context: DecideContext) => Decision;
