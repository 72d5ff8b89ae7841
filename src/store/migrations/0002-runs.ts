import { type Kysely, sql } from 'kysely';

/** Runs and what they need: books per delivery, breakers, digests, the ledger, schedules, paused rules. See `../schema.ts`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table runs (
    id uuid primary key,
    ordinal bigint generated always as identity,
    created_at timestamptz not null,
    event_id uuid,
    event_received_at timestamptz,
    delivery_id uuid,
    origin text not null,
    rule text not null,
    rule_source text,
    action text not null,
    position integer not null,
    chain uuid not null,
    after_run uuid,
    forge text,
    repo text,
    subject text,
    number bigint,
    destination text not null,
    order_key text,
    credential text,
    input json not null,
    options json not null,
    priority integer not null,
    hops integer not null,
    state text not null,
    reason text,
    code text,
    next_at timestamptz,
    attempt integer not null,
    burned integer not null,
    first_attempt_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    holder uuid,
    lease_until timestamptz,
    intent text,
    steps json not null,
    attempts json not null,
    calls json not null,
    result json
  )`,
  `create index runs_due on runs (next_at) where state in ('queued', 'failed', 'waiting') and next_at is not null`,
  `create index runs_urgent on runs (priority desc, next_at)
    where priority > 0 and state in ('queued', 'failed', 'waiting') and next_at is not null`,
  `create index runs_order on runs (order_key, ordinal) where order_key is not null and state in ('queued', 'running', 'failed')`,
  `create index runs_held on runs (holder) where state = 'running'`,
  `create index runs_after on runs (after_run) where after_run is not null and state = 'waiting'`,
  `create index runs_chain on runs (chain) where after_run is not null`,
  `create unique index runs_ordinal on runs (ordinal)`,
  `create index runs_state on runs (state, ordinal)`,
  `create index runs_event on runs (event_id)`,
  `create index runs_delivery on runs (delivery_id)`,
  `create index runs_repo on runs (lower(repo collate "C"), ordinal)`,
  `create index runs_finished_at on runs (finished_at) where finished_at is not null`,

  `create table delivery_runs (
    delivery_id uuid primary key,
    received_at timestamptz not null,
    inbox_id uuid not null,
    forge text,
    triggered boolean not null,
    open integer not null,
    dead integer not null,
    effected integer not null
  )`,
  `create index delivery_runs_received_at on delivery_runs (received_at)`,
  `alter table inboxes add column open bigint not null default 0`,
  `alter table inboxes add column counted bigint not null default 0`,
  `create table forge_books (
    inbox_id uuid not null,
    forge text not null,
    received bigint not null,
    duplicate bigint not null,
    effected bigint not null,
    filtered bigint not null,
    dead bigint not null,
    open bigint not null,
    primary key (inbox_id, forge)
  )`,

  `create table breakers (
    scope text primary key,
    kind text not null,
    opened_at timestamptz not null,
    until timestamptz,
    failures integer not null,
    fingerprint bytea,
    code text not null,
    reason text not null
  )`,

  `create table digests (
    id uuid primary key,
    scope text not null,
    ordinal integer not null,
    opened_at timestamptz not null,
    closes_at timestamptz not null,
    message text,
    entries integer not null,
    state json not null,
    revision integer not null,
    revision_through integer not null,
    revision_state json not null,
    shown_through integer not null,
    next_edit_at timestamptz not null,
    unique (scope, ordinal)
  )`,
  `create index digests_closes_at on digests (closes_at)`,
  `create table digest_entries (
    digest_id uuid not null references digests (id) on delete cascade,
    number integer not null,
    run_id uuid not null unique,
    primary key (digest_id, number)
  )`,

  `create table ledger_nodes (
    id text primary key,
    title text not null,
    forge text,
    repo text,
    first_run_at timestamptz not null,
    last_run_at timestamptz not null,
    last_run_id uuid not null,
    last_status text not null,
    runs bigint not null,
    failures bigint not null
  )`,
  `create table ledger_runs (
    id uuid primary key,
    ordinal bigint generated always as identity,
    node_id text not null references ledger_nodes (id) on delete cascade,
    trigger text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    status text not null,
    counts jsonb not null,
    title text,
    url text,
    actor text,
    forge text,
    repo text,
    event_id uuid,
    chain uuid
  )`,
  `create unique index ledger_runs_ordinal on ledger_runs (ordinal)`,
  `create index ledger_runs_node on ledger_runs (node_id, ordinal)`,
  `create index ledger_runs_chain on ledger_runs (chain)`,

  `create table schedules (
    rule text primary key,
    cron text not null,
    next_at timestamptz not null,
    last_at timestamptz
  )`,
  `create table rule_pauses (
    rule text not null,
    scope text not null,
    paused_at timestamptz not null,
    reason text not null,
    primary key (rule, scope)
  )`,
];
