import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database, HooksTable, HookState } from './schema.ts';

/**
 * The webhooks that Fettle installed, and claims on places. A claim is what keeps two processes, or an install and the watch, from
 * making two hooks in one place: whoever holds it works there, and it ends by itself when its holder died.
 */

/** Names one place of one forge. */
export interface HookKey {
  readonly forge: string;
  readonly level: HooksTable['level'];
  /** Full name of the repository, name of the organisation, or empty for the whole instance. */
  readonly place: string;
}

/** What was installed. */
export interface InstalledHook extends HookKey {
  /** The forge's own id of it. */
  readonly hookId: string;
  readonly url: string;
  /** Events asked for, and those of them that the forge took. */
  readonly asked: readonly string[];
  readonly taken: readonly string[];
  /** Hash of the secret it was last given. */
  readonly secret: Buffer;
}

/** A hook and what is known of it. */
export interface ManagedHook extends InstalledHook {
  readonly installedAt: Date;
  readonly installedBy: string;
  readonly state: HookState;
  readonly detail: string;
  readonly since: Date;
  readonly checkedAt: Date;
}

/** What a look at the forge gave. */
export interface HookFinding {
  readonly state: HookState;
  /** A sentence; empty when it is `ok`. */
  readonly detail: string;
}

/** All installed hooks, or those of one forge, by forge, level and place. */
export async function listHooks(db: Kysely<Database>, forge?: string): Promise<ManagedHook[]> {
  const rows = await db
    .selectFrom('hooks')
    .selectAll()
    .$if(forge !== undefined, (query) => query.where('forge', '=', forge ?? ''))
    .orderBy('forge')
    .orderBy('level')
    .orderBy('place')
    .execute();
  return rows.map(toHook);
}

export async function findHook(db: Kysely<Database>, key: HookKey): Promise<ManagedHook | undefined> {
  const row = await db.selectFrom('hooks').selectAll().where(isKey(key)).executeTakeFirst();
  return row === undefined ? undefined : toHook(row);
}

/** Notes that a hook was just installed or brought in order; who installed it first is kept. */
export async function putHook(db: Kysely<Database>, hook: InstalledHook, by: string, at: Date): Promise<void> {
  const present = { hook_id: hook.hookId, url: hook.url, asked: hook.asked, taken: hook.taken, secret: hook.secret };
  await db
    .insertInto('hooks')
    .values({
      forge: hook.forge,
      level: hook.level,
      place: hook.place,
      ...present,
      installed_at: at,
      installed_by: by,
      state: 'ok',
      detail: '',
      since: at,
      checked_at: at,
    })
    .onConflict((conflict) =>
      conflict.columns(['forge', 'level', 'place']).doUpdateSet({
        ...present,
        state: 'ok',
        detail: '',
        since: sql`case when hooks.state = 'ok' then hooks.since else ${at}::timestamptz end`,
        checked_at: at,
      }),
    )
    .execute();
}

/** Notes what a look at the forge gave. Does nothing for a hook that was removed meanwhile. */
export async function setHookState(db: Kysely<Database>, key: HookKey, finding: HookFinding, at: Date): Promise<void> {
  const { state, detail } = finding;
  await db
    .updateTable('hooks')
    .set({
      state,
      detail,
      since: sql`case when state = ${state} then since else ${at}::timestamptz end`,
      checked_at: at,
    })
    .where(isKey(key))
    .execute();
}

export async function deleteHook(db: Kysely<Database>, key: HookKey): Promise<void> {
  await db.deleteFrom('hooks').where(isKey(key)).execute();
}

/**
 * Takes some of the hooks that nobody looked at since `before`, the longest unseen first, and marks them as seen, so that no other
 * process takes them as well. Only those of the given forges.
 */
export async function takeDueHooks(
  db: Kysely<Database>,
  due: { readonly forges: readonly string[]; readonly before: Date; readonly now: Date; readonly limit: number },
): Promise<ManagedHook[]> {
  if (due.forges.length === 0) return [];
  const { rows } = await sql<Selectable<HooksTable>>`
    update hooks set checked_at = ${due.now}::timestamptz
    where (forge, level, place) in (
      select forge, level, place from hooks
      where checked_at <= ${due.before}::timestamptz and forge = any(${due.forges}::text[])
      order by checked_at
      limit ${due.limit}
      for update skip locked
    )
    returning *`.execute(db);
  return rows.map(toHook);
}

/** Takes a place until `until`. False while somebody else holds it. */
export async function claimHookPlace(
  db: Kysely<Database>,
  key: HookKey,
  claim: { readonly holder: string; readonly now: Date; readonly until: Date },
): Promise<boolean> {
  const { rows } = await sql`
    insert into hook_claims as claimed (forge, level, place, holder, until)
    values (${key.forge}, ${key.level}, ${key.place}, ${claim.holder}, ${claim.until}::timestamptz)
    on conflict (forge, level, place) do update set holder = excluded.holder, until = excluded.until
    where claimed.until < ${claim.now}::timestamptz
    returning 1`.execute(db);
  return rows.length > 0;
}

/** Gives a place back, unless somebody else has taken it meanwhile. */
export async function releaseHookPlace(db: Kysely<Database>, key: HookKey, holder: string): Promise<void> {
  await db.deleteFrom('hook_claims').where(isKey(key)).where('holder', '=', holder).execute();
}

export interface HookCount {
  readonly forge: string;
  readonly state: HookState;
  readonly count: number;
}

/** How many hooks of each forge are in which state; for a metric. */
export async function countHookStates(db: Kysely<Database>): Promise<HookCount[]> {
  return await db
    .selectFrom('hooks')
    .select(({ fn }) => ['forge', 'state', fn.countAll<number>().as('count')])
    .groupBy(['forge', 'state'])
    .orderBy('forge')
    .orderBy('state')
    .execute();
}

/** How often a repository is heard from. */
export interface Rhythm {
  readonly repo: string;
  /** Days with at least one event. */
  readonly activeDays: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** The rhythm of repositories of a forge since a moment. */
export async function listRhythms(
  db: Kysely<Database>,
  forge: string,
  repos: readonly string[],
  since: Date,
): Promise<Rhythm[]> {
  if (repos.length === 0) return [];
  const names = repos.map((repo) => repo.toLowerCase());
  const { rows } = await sql<Rhythm>`
    select lower(repo collate "C") as repo, count(distinct (received_at at time zone 'UTC')::date)::integer as "activeDays",
      min(received_at) as "firstAt", max(received_at) as "lastAt"
    from events
    where lower(repo collate "C") = any(${names}::text[]) and forge = ${forge} and received_at >= ${since}::timestamptz
    group by 1`.execute(db);
  return rows;
}

function isKey({ forge, level, place }: HookKey) {
  return sql<boolean>`forge = ${forge} and level = ${level} and place = ${place}`;
}

function toHook(row: Selectable<HooksTable>): ManagedHook {
  return {
    forge: row.forge,
    level: row.level,
    place: row.place,
    hookId: row.hook_id,
    url: row.url,
    asked: row.asked,
    taken: row.taken,
    secret: row.secret,
    installedAt: row.installed_at,
    installedBy: row.installed_by,
    state: row.state,
    detail: row.detail,
    since: row.since,
    checkedAt: row.checked_at,
  };
}
