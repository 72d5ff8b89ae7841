import { type Kysely, sql } from 'kysely';

/** The foundation: inboxes and their books, deliveries, events, subjects, access. See `../schema.ts` for what each column means. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table sequencer (
    id boolean primary key default true check (id),
    value bigint not null,
    pruned_through bigint not null
  )`,
  `insert into sequencer (value, pruned_through) values (0, 0)`,

  `create table inboxes (
    id uuid primary key,
    host text not null,
    starts_after bigint not null,
    drained_through bigint not null,
    answered_through bigint not null,
    seen_at timestamptz not null,
    duplicate bigint not null,
    effected bigint not null,
    filtered bigint not null,
    dead bigint not null
  )`,

  `create table deliveries (
    id uuid not null,
    received_at timestamptz not null,
    inbox_id uuid not null,
    number bigint not null,
    forge text not null,
    kind text not null,
    forge_delivery_id text,
    event text not null,
    state text not null,
    duplicate_of uuid,
    duplicate_by text,
    outcome text not null,
    remote_address text,
    headers jsonb not null,
    body bytea not null,
    body_bytes integer not null,
    body_sha256 bytea not null,
    error text,
    primary key (received_at, id)
  ) partition by range (received_at)`,
  // Bodies are compressed before they come here; a second compression would only cost time.
  `alter table deliveries alter column body set storage external`,
  `create index deliveries_id on deliveries (id)`,
  `create index deliveries_forge_delivery_id on deliveries (forge, forge_delivery_id)`,

  `create table delivery_keys (
    forge text not null,
    key text not null,
    delivery_id uuid not null,
    received_at timestamptz not null,
    primary key (forge, key)
  )`,
  `create index delivery_keys_received_at on delivery_keys (received_at)`,

  `create table meanings (
    hash bytea primary key,
    delivery_id uuid not null,
    received_at timestamptz not null
  )`,
  `create index meanings_received_at on meanings (received_at)`,

  `create table events (
    seq bigint not null,
    id uuid not null,
    received_at timestamptz not null,
    delivery_id uuid,
    forge text not null,
    type text not null,
    repo text,
    actor text,
    subject text,
    number bigint,
    label text,
    trigger text,
    action text,
    event json not null,
    matched json,
    primary key (received_at, seq)
  ) partition by range (received_at)`,
  `create index events_seq on events (seq)`,
  `create index events_id on events (id)`,
  `create index events_delivery_id on events (delivery_id)`,
  `create index events_type_seq on events (type, seq)`,
  // Names are compared without case; the collation makes beginnings of names a range, and the same range everywhere.
  `create index events_repo_seq on events (lower(repo collate "C"), seq)`,
  `create index events_actor_seq on events (actor, seq)`,
  `create index events_forge_seq on events (forge, seq)`,
  `create index events_action_seq on events (action, seq) where action is not null`,
  `create index events_trigger_seq on events (trigger, seq) where trigger is not null`,
  `create index events_label_seq on events (label, seq) where label is not null`,

  `create table subjects (
    forge text not null,
    key text not null,
    snapshots jsonb not null,
    updated_at timestamptz not null,
    primary key (forge, key)
  )`,
  `create index subjects_updated_at on subjects (updated_at)`,

  `create table repositories (
    forge text not null,
    full_name text not null,
    last_event_at timestamptz not null,
    last_event_type text not null,
    events bigint not null,
    hook jsonb,
    primary key (forge, full_name)
  )`,

  `create table tokens (
    id uuid primary key,
    name text not null,
    role text not null,
    scopes jsonb not null,
    hash bytea not null unique,
    created_at timestamptz not null,
    created_by text,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
  )`,
  `create table sessions (
    hash bytea primary key,
    name text not null,
    role text not null,
    scopes jsonb not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `create table sign_in_codes (
    hash bytea primary key,
    role text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
  )`,
];
