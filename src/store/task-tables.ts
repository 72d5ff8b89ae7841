import type { ColumnType } from 'kysely';
import type { Difficulty, TaskState } from '../core/vocabulary.ts';
import type { Json, Timestamp } from './columns.ts';

/** The tables of tasks, and the words their columns hold. `src/tasks/machine/` has the state machine. */

/** Why a task is open. It is cancelled when the last reason that can be taken back is. */
export interface TaskReason {
  readonly by: 'assignee' | 'label' | 'command' | 'api' | 'rule';
  /** Login, label or command; empty for `api` and `rule`. */
  readonly value: string;
  /** Who did it: a login on the forge, or the name of a token. */
  readonly actor: string | null;
  readonly at: string;
  /** `seq` of the event that gave it; absent when no event did. The same event never gives it twice. */
  readonly seq?: number | undefined;
}

/** What a rule or a person says about one task. */
export interface TaskOptions {
  readonly rule: string | null;
  /** Only this agent may take it. */
  readonly agent: string | null;
  /** Agents need all of these among their capabilities, besides the difficulty. */
  readonly skills: readonly string[];
  readonly approval: 'none' | 'before' | 'after' | 'both';
  readonly gates: readonly TaskGate[];
  readonly maxAttempts: number;
  /** How long a lease lasts without a heartbeat. */
  readonly leaseMs: number;
}

/** A condition that Fettle checks before it believes that a task is done. */
export type TaskGate =
  /** A pull request for the task exists, is open or merged, and is no draft. */
  | { readonly kind: 'pull' }
  /** Every check and status of its head commit is green, and there is at least one. */
  | { readonly kind: 'checks' }
  /** Somebody other than its author approved it, and nobody asks for changes. */
  | { readonly kind: 'review' }
  /** A program that the hub allows ends with exit code 0. */
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/** What a gate said about one completion. */
export interface GateVerdict {
  /** `pull`, `checks`, `review`, `command make test`. */
  readonly gate: string;
  readonly state: 'passed' | 'rejected' | 'pending';
  /** Why, and what to do about it. */
  readonly detail: string;
}

/** What an agent says it has done. */
export interface TaskResult {
  readonly summary: string;
  /** Number or address of the pull request. */
  readonly pull?: string;
  readonly branch?: string;
  readonly commits?: readonly string[];
  readonly data?: unknown;
}

/** One row per piece of work; one at most for each issue or pull request. */
export interface TasksTable {
  id: string;
  /** Order of creation. */
  ordinal: ColumnType<number, never, never>;
  /** What it is about, unlike every other: `home/dataforge/app#12`, `home/dataforge/app!12` for a pull request, or a key of its maker. */
  key: string;
  forge: string;
  repo: string | null;
  subject: 'issue' | 'pull' | null;
  number: number | null;
  /** The repository as the event told it; null when there is none. */
  repository: Json<unknown> | null;
  title: string;
  body: string;
  url: string | null;
  author: string | null;
  labels: Json<readonly string[]>;
  reasons: Json<readonly TaskReason[]>;
  /** How often it was opened. */
  round: number;
  state: TaskState;
  /** Why it is blocked, waits, failed, is dead or was cancelled. */
  reason: string | null;
  /** How its subject was closed, when that is what ended it; its last holder may then still hand in what it did. */
  closed: 'closed' | 'merged' | 'deleted' | null;
  /** Who took it out of circulation; only a requeue takes that back, a new round does not. */
  quarantined_by: string | null;
  /** Who allowed it to begin, in this round, where that is asked for. */
  approved_by: string | null;
  priority: number;
  /** Estimated context, in tokens. */
  estimate: number | null;
  difficulty: Difficulty | null;
  /** What was read in the issue; null until it was read in this round. */
  understood: Json<unknown> | null;
  /** Open tasks that wait for this one. */
  dependents: number;
  /** What it waits for itself. */
  blockers: number;
  options: Json<TaskOptions>;
  /** The agent that was selected, and why. */
  chosen_agent: string | null;
  chosen_because: string | null;
  /** Other capable agents may claim it from then on; for a task that is open to all, since when. Null while nobody may. */
  chosen_until: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Attempts of this round that failed or expired. */
  attempt: number;
  /** Grows with each claim; whoever has a lower one has nothing to say. */
  fence: number;
  /** Who holds it, or held it last in this round: the lease is alive only while `lease_until` is set. */
  agent: string | null;
  /** Name of the token that holds the lease, or held it last. */
  principal: string | null;
  /** SHA-256 of the lease token; stays when the lease is over, so that its holder is recognised. */
  lease_hash: Buffer | null;
  /** Null when nobody holds it. */
  lease_until: ColumnType<Date | null, Date | string | null, Date | string | null>;
  claimed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  percent: number | null;
  note: string | null;
  question: string | null;
  /** What the last holder left for the next one. */
  handover: string | null;
  /** The completion that is being checked, or waits for approval. A `blocked` task that has one waits for its gates. */
  submitted: Json<TaskResult> | null;
  verdicts: Json<readonly GateVerdict[]> | null;
  /** What was done in the end. */
  result: Json<TaskResult> | null;
  /** Number of the last entry of the journal. */
  last_entry: number;
  /** The last entry that the holder was given. */
  heard_through: number;
  /** Grows with every change; names the runs that follow from a change. */
  revision: number;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** When it last became claimable in this round. */
  queued_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  finished_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** The journal of a task: what happened, in order, never changed. */
export interface TaskEntriesTable {
  task_id: string;
  /** From 1. */
  number: number;
  at: Timestamp;
  kind: string;
  /** Agent, login, token or `fettle`. */
  by: string | null;
  /** Fence of the lease it belongs to. */
  fence: number | null;
  /** Whether the holder is told with its next heartbeat. */
  is_news: boolean;
  data: Json<unknown>;
}

/** Every lease that was ever given. */
export interface TaskLeasesTable {
  task_id: string;
  fence: number;
  round: number;
  agent: string;
  principal: string;
  claimed_at: Timestamp;
  ended_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  ended: 'completed' | 'failed' | 'released' | 'expired' | 'withdrawn' | null;
  /** What the estimate costs with this agent. */
  cost: number;
}

/** What a subject waits for, whether there are tasks for the two or not. Two texts may say the same, each in a row of its own. */
export interface TaskDependenciesTable {
  forge: string;
  repo: string;
  number: number;
  on_repo: string;
  on_number: number;
  /** Whose text says so. */
  declared_repo: string;
  declared_number: number;
  /** `unknown`: it does not exist or may not be seen; `cycle`: it would wait for itself. Only `closed` and a waiver let the task go on. */
  state: 'open' | 'closed' | 'unknown' | 'cycle';
  title: string | null;
  waived_by: string | null;
}

/** Agents known by API, and when each agent, configured or not, was last heard from. */
export interface TaskAgentsTable {
  name: string;
  /** As in the configuration; null for one that is only known by its claims. */
  profile: Json<unknown> | null;
  seen_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** Answers to requests with an idempotency key. */
export interface TaskRequestsTable {
  principal: string;
  key: string;
  /** SHA-256 of what was asked. */
  fingerprint: Buffer;
  answer: Json<unknown>;
  at: Timestamp;
}

/** One row: how far tasks have followed the stream. */
export interface TaskCursorTable {
  id: ColumnType<boolean, never, never>;
  seq: number;
}
