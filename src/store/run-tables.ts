import type { ColumnType } from 'kysely';
import type { BigInteger, Json, Timestamp } from './columns.ts';

/** The tables of runs and of what belongs to them: breakers, digests, the ledger, schedules. */

/** The states of a run; `src/jobs/` has the state machine. */
export type RunState =
  'queued' | 'running' | 'waiting' | 'succeeded' | 'unchanged' | 'skipped' | 'failed' | 'dead' | 'cancelled';

/** A named part of a run, finished or not. */
export interface StepRecord {
  readonly name: string;
  readonly attempt: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** What it gave, remembered for later attempts; present once it finished. */
  readonly output?: unknown;
  readonly error?: string;
  readonly log?: readonly string[];
}

/** One attempt of a run. */
export interface AttemptRecord {
  readonly number: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The state it ended in. */
  readonly state: RunState;
  readonly code?: string;
  readonly detail?: string;
}

/** What a rule says about its runs; null where it says nothing. */
export interface RunOptions {
  readonly retryForMs: number | null;
  readonly maxAttempts: number | null;
  readonly timeoutMs: number | null;
  readonly onUnknown: 'resend' | 'stop';
}

/** One row per action and event (or schedule, or person): the truth about a run. */
export interface RunsTable {
  /** Follows from event, rule, action and target, so that a replay finds it again. */
  id: string;
  /** Order of insertion. */
  ordinal: ColumnType<number, never, never>;
  created_at: Timestamp;
  event_id: string | null;
  event_received_at: ColumnType<Date | null, Date | string | null, never>;
  /** Our id of the delivery whose books it is in; null for schedules, people and trigger replays. */
  delivery_id: string | null;
  origin: 'event' | 'schedule' | 'replay' | 'manual';
  rule: string;
  /** Full name of the repository whose own file holds the rule; null for the hub's. */
  rule_source: string | null;
  action: string;
  /** Place in the rule's `do`, from 0. */
  position: number;
  /** Shared by the runs that one event and one rule made. */
  chain: string;
  /** The run that must succeed before this one begins. */
  after_run: string | null;
  forge: string | null;
  repo: string | null;
  subject: string | null;
  number: number | null;
  destination: string;
  order_key: string | null;
  credential: string | null;
  /** Rendered; secrets as references. Null in JSON when it could not be rendered. */
  input: Json<unknown>;
  options: Json<RunOptions>;
  priority: number;
  hops: number;
  state: RunState;
  /** Why it waits, failed, was skipped, is dead or was cancelled. */
  reason: string | null;
  /** Error code behind `reason`. */
  code: string | null;
  /** When it may be claimed; null while it is held, terminal, or waits for something else than time. */
  next_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Attempts begun. */
  attempt: number;
  /** Attempts that count against the limit: those that failed. */
  burned: number;
  first_attempt_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  started_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  finished_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Who works on it: the id of an inbox, of which one process at a time can be the owner. */
  holder: string | null;
  lease_until: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Step whose effect is under way and cannot be recognised afterwards. */
  intent: string | null;
  steps: Json<readonly StepRecord[]>;
  /** The last 50. */
  attempts: Json<readonly AttemptRecord[]>;
  /** API calls spent, by credential. */
  calls: Json<Readonly<Record<string, number>>>;
  result: Json<unknown> | null;
}

/** Runs per delivery, counted, so that its class in the books follows without a query over runs. */
export interface DeliveryRunsTable {
  delivery_id: string;
  received_at: Timestamp;
  inbox_id: string;
  /** The forge whose books it is in; null when it was stored before there were any. */
  forge: string | null;
  /** A rule raised a trigger for it. */
  triggered: boolean;
  open: number;
  dead: number;
  effected: number;
}

/** Destinations and credentials that are left alone. A row exists while the breaker is open. */
export interface BreakersTable {
  scope: string;
  kind: 'destination' | 'credential';
  opened_at: Timestamp;
  /** When one run may probe; null for a credential, which must change. */
  until: ColumnType<Date | null, Date | string | null, Date | string | null>;
  failures: number;
  /** SHA-256 of the credential that was refused. */
  fingerprint: Buffer | null;
  code: string;
  reason: string;
}

/** One message that stands for several runs within a window; `digests.ts` has the protocol. */
export interface DigestsTable {
  id: string;
  /** Hash of rule, action, destination and what is grouped. */
  scope: string;
  /** Counts the digests of a scope, from 1; the last may be open. */
  ordinal: number;
  opened_at: Timestamp;
  closes_at: Timestamp;
  /** What the other side calls the message; null before it was sent. */
  message: string | null;
  entries: number;
  /** What all entries come to, as JSON text. */
  state: string;
  /** The last sending that was begun, the last entry it shows and what it says: all kept before it is sent. */
  revision: number;
  revision_through: number;
  revision_state: string;
  shown_through: number;
  next_edit_at: Timestamp;
}

/** A run that joined a digest, so that it joins once. */
export interface DigestEntriesTable {
  digest_id: string;
  number: number;
  run_id: string;
}

/** A source of runs: in the ledger, what one looks at to see whether things go on. */
export interface LedgerNodesTable {
  id: string;
  title: string;
  forge: string | null;
  repo: string | null;
  first_run_at: Timestamp;
  last_run_at: Timestamp;
  last_run_id: string;
  last_status: string;
  runs: BigInteger;
  failures: BigInteger;
}

export interface LedgerRunsTable {
  /** Id of the run that recorded it. */
  id: string;
  ordinal: ColumnType<number, never, never>;
  node_id: string;
  trigger: string;
  started_at: Timestamp;
  finished_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  status: string;
  counts: Json<Readonly<Record<string, number>>>;
  title: string | null;
  url: string | null;
  actor: string | null;
  forge: string | null;
  repo: string | null;
  event_id: string | null;
  /** The runs that the same event and rule made. */
  chain: string | null;
}

/** When a rule with a schedule is next due. */
export interface SchedulesTable {
  rule: string;
  cron: string;
  next_at: Timestamp;
  last_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** A rule that caused itself too often, for one subject. */
export interface RulePausesTable {
  rule: string;
  scope: string;
  paused_at: Timestamp;
  reason: string;
}
