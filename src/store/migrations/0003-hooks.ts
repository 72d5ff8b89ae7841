import { type Kysely, sql } from 'kysely';

/** The webhooks that Fettle installed on forges, and who works on a place of theirs right now. See `../schema.ts`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table hooks (
    forge text not null,
    level text not null,
    place text not null,
    hook_id text not null,
    url text not null,
    asked text[] not null,
    taken text[] not null,
    secret bytea not null,
    installed_at timestamptz not null,
    installed_by text not null,
    state text not null,
    detail text not null,
    since timestamptz not null,
    checked_at timestamptz not null,
    primary key (forge, level, place)
  )`,
  `create index hooks_checked_at on hooks (checked_at)`,
  `create table hook_claims (
    forge text not null,
    level text not null,
    place text not null,
    holder uuid not null,
    until timestamptz not null,
    primary key (forge, level, place)
  )`,
  // Nothing ever wrote it: what is known of a hook is in `hooks`, which also has places that were never heard from.
  `alter table repositories drop column hook`,
];
