import type { ColumnType, Generated, Insertable, Selectable } from 'kysely';

/** The tables, as Kysely sees them. `migrations/` makes them; a test compares both. All times are UTC. */

type Timestamp = ColumnType<Date, Date | string, Date | string>;
/** A 64-bit number that stays below 2^53; the pool parses it to a JavaScript number. */
type BigInteger = ColumnType<number, number, number>;
type Json<T> = ColumnType<T, string, string>;

/** One row: the last `seq` given out. Updated as the last statement before commit, so `seq` order is commit order. */
export interface SequencerTable {
  id: Generated<boolean>;
  value: BigInteger;
  /** All events up to here were dropped by retention; an older cursor gets a `gap`. */
  pruned_through: BigInteger;
}

/** One row per inbox that ever drained into this database: how far, and the books of its deliveries. */
export interface InboxesTable {
  id: string;
  host: string;
  /** Numbers up to here were never this database's: they were drained into another one. 0 as a rule. */
  starts_after: BigInteger;
  /** Numbers up to here are in `deliveries`; a drain that repeats after a crash skips them. */
  drained_through: BigInteger;
  /** The highest number the inbox has answered, as last reported. */
  answered_through: BigInteger;
  seen_at: Timestamp;
  duplicate: BigInteger;
  effected: BigInteger;
  filtered: BigInteger;
  dead: BigInteger;
  /** Deliveries that still have a run which is not terminal. */
  open: Generated<number>;
}

/** Where a delivery stands in the books; `pending` while one of its runs is not terminal. */
export type DeliveryOutcome = 'pending' | 'effected' | 'filtered' | 'duplicate' | 'dead';

/** One row per request that was answered 200. Partitioned by week of `received_at`. */
export interface DeliveriesTable {
  id: string;
  received_at: Timestamp;
  inbox_id: string;
  number: BigInteger;
  forge: string;
  kind: string;
  /** The forge's own id, as received. */
  forge_delivery_id: string | null;
  /** The forge's own event name. */
  event: string;
  state: 'accepted' | 'duplicate';
  duplicate_of: string | null;
  duplicate_by: 'id' | 'meaning' | null;
  /** The class of the books. */
  outcome: DeliveryOutcome;
  remote_address: string | null;
  headers: Json<Record<string, string>>;
  /** zstd-compressed. */
  body: Buffer;
  body_bytes: number;
  /** SHA-256 of the body as received. */
  body_sha256: Buffer;
  /** Why the delivery could not be understood, for the culprit of a failed batch. */
  error: string | null;
}

/** Delivery ids seen, for as long as retention. Unpartitioned and narrow. */
export interface DeliveryKeysTable {
  forge: string;
  key: string;
  delivery_id: string;
  received_at: Timestamp;
}

/** Meanings seen, for `dedupe.meaningWindow`. */
export interface MeaningsTable {
  hash: Buffer;
  delivery_id: string;
  received_at: Timestamp;
}

/** One row per event. Partitioned by week of `received_at`. The columns beside `event` serve filters. */
export interface EventsTable {
  seq: BigInteger;
  id: string;
  received_at: Timestamp;
  delivery_id: string | null;
  forge: string;
  type: string;
  repo: string | null;
  actor: string | null;
  subject: string | null;
  number: number | null;
  label: string | null;
  trigger: string | null;
  /** The forge's own action, `native.action`, ASCII letters in lower case. */
  action: string | null;
  /** The event without `seq`, as JSON text. */
  event: ColumnType<string, string, string>;
  /** The rules that matched: `[{"rule","trigger"}]`; null when none did. */
  matched: ColumnType<string | null, string | null, string | null>;
}

/** Last known snapshots of an issue or pull request on snapshot forges, oldest first. */
export interface SubjectsTable {
  forge: string;
  key: string;
  snapshots: Json<readonly unknown[]>;
  updated_at: Timestamp;
}

/** Last sign of life per repository. */
export interface RepositoriesTable {
  forge: string;
  full_name: string;
  last_event_at: Timestamp;
  last_event_type: string;
  events: BigInteger;
}

/**
 * What is known of an installed webhook: `missing` from the forge, `disabled` there, `changed` by somebody, `silent` although it is in
 * order, `unreachable` when the forge did not tell.
 */
export type HookState = 'ok' | 'missing' | 'disabled' | 'changed' | 'silent' | 'unreachable';

/** One row per webhook that Fettle installed or adopted, and therefore watches. */
export interface HooksTable {
  forge: string;
  level: 'repository' | 'organisation' | 'system';
  /** Full name of the repository, name of the organisation, or empty for the whole instance. */
  place: string;
  /** The forge's own id of it. */
  hook_id: string;
  url: string;
  /** Events that were asked for, and those of them that the forge took: older versions do not know them all. */
  asked: ColumnType<readonly string[], readonly string[], readonly string[]>;
  taken: ColumnType<readonly string[], readonly string[], readonly string[]>;
  /** A slow hash of the secret it was last given, to know whether it carries the present one. */
  secret: Buffer;
  installed_at: Timestamp;
  installed_by: string;
  state: HookState;
  /** A sentence; empty when it is `ok`. */
  detail: string;
  /** Since when it is in this state. */
  since: Timestamp;
  checked_at: Timestamp;
}

/** Who works on a place at the moment, so that two processes cannot both make a hook there. */
export interface HookClaimsTable {
  forge: string;
  level: string;
  place: string;
  holder: string;
  until: Timestamp;
}

export interface TokensTable {
  id: string;
  name: string;
  role: string;
  scopes: Json<unknown>;
  hash: Buffer;
  created_at: Timestamp;
  created_by: string | null;
  last_used_at: Timestamp | null;
  expires_at: Timestamp | null;
  revoked_at: Timestamp | null;
}

export interface SessionsTable {
  hash: Buffer;
  name: string;
  role: string;
  scopes: Json<unknown>;
  created_at: Timestamp;
  expires_at: Timestamp;
}

export interface SignInCodesTable {
  hash: Buffer;
  role: string;
  created_at: Timestamp;
  expires_at: Timestamp;
  used_at: Timestamp | null;
}

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

export interface Database {
  sequencer: SequencerTable;
  inboxes: InboxesTable;
  deliveries: DeliveriesTable;
  delivery_keys: DeliveryKeysTable;
  meanings: MeaningsTable;
  events: EventsTable;
  subjects: SubjectsTable;
  repositories: RepositoriesTable;
  tokens: TokensTable;
  sessions: SessionsTable;
  sign_in_codes: SignInCodesTable;
  runs: RunsTable;
  delivery_runs: DeliveryRunsTable;
  breakers: BreakersTable;
  digests: DigestsTable;
  digest_entries: DigestEntriesTable;
  ledger_nodes: LedgerNodesTable;
  ledger_runs: LedgerRunsTable;
  schedules: SchedulesTable;
  rule_pauses: RulePausesTable;
  hooks: HooksTable;
  hook_claims: HookClaimsTable;
}

export type Inbox = Selectable<InboxesTable>;
export type DeliveryRow = Insertable<DeliveriesTable>;
