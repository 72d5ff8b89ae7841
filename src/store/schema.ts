import type { ColumnType, Generated, Insertable, Selectable } from 'kysely';
import type { BigInteger, Json, Timestamp } from './columns.ts';
import type {
  BreakersTable,
  DeliveryRunsTable,
  DigestEntriesTable,
  DigestsTable,
  LedgerNodesTable,
  LedgerRunsTable,
  RulePausesTable,
  RunsTable,
  SchedulesTable,
} from './run-tables.ts';
import type {
  TaskAgentsTable,
  TaskCursorTable,
  TaskDependenciesTable,
  TaskEntriesTable,
  TaskLeasesTable,
  TaskRequestsTable,
  TasksTable,
} from './task-tables.ts';

/** The tables, as Kysely sees them. `migrations/` makes them; a test compares both. All times are UTC. */

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
  /** How many of its deliveries are in `forge_books` too. Versions that did not know that table drained the others. */
  counted: Generated<number>;
}

/** The books of an inbox by forge. Whoever changes a row holds the lock of the inbox's row. */
export interface ForgeBooksTable {
  inbox_id: string;
  forge: string;
  /** Drained deliveries; counted for itself, so that a class that is counted wrongly shows. */
  received: BigInteger;
  duplicate: BigInteger;
  effected: BigInteger;
  filtered: BigInteger;
  dead: BigInteger;
  open: BigInteger;
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

export interface Database {
  sequencer: SequencerTable;
  inboxes: InboxesTable;
  forge_books: ForgeBooksTable;
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
  tasks: TasksTable;
  task_entries: TaskEntriesTable;
  task_leases: TaskLeasesTable;
  task_dependencies: TaskDependenciesTable;
  task_agents: TaskAgentsTable;
  task_requests: TaskRequestsTable;
  task_cursor: TaskCursorTable;
}

export type Inbox = Selectable<InboxesTable>;
export type ForgeBooks = Selectable<ForgeBooksTable>;
export type DeliveryRow = Insertable<DeliveriesTable>;
