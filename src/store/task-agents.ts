import { type Kysely, sql } from 'kysely';
import type { AgentProfile } from '../config/config.ts';
import { toIsoTime } from '../core/clock.ts';
import { toJsonText } from './json-text.ts';
import type { Database } from './schema.ts';

/** Agents: profiles that were set over the API, and how much each agent has to do. */

export interface AgentRow {
  readonly name: string;
  /** Null for one that is only known by its claims. */
  readonly profile: AgentProfile | null;
  readonly seenAt: string | null;
  /** Tasks that it holds. */
  readonly held: number;
  /** What the tasks that it claimed today (UTC) cost by their estimates. */
  readonly spentToday: number;
}

/**
 * All agents that were ever heard of, and those of `names` too, by name.
 * @param nowAt null stands for the database's time.
 */
export async function listAgentRows(
  db: Kysely<Database>,
  names: readonly string[],
  nowAt: string | null,
): Promise<AgentRow[]> {
  const { rows } = await sql<Omit<AgentRow, 'profile' | 'seenAt'> & { profile: string | null; seenAt: Date | null }>`
    with known as (
      select name, profile, seen_at from task_agents
      union all
      select name, null, null from unnest(${[...names]}::text[]) as name where name not in (select name from task_agents)
    )
    select name, profile, seen_at as "seenAt",
      (select count(*) from tasks where agent = known.name and lease_until is not null)::integer as held,
      (select coalesce(sum(cost), 0) from task_leases where agent = known.name
        and claimed_at >= date_trunc('day', coalesce(${nowAt}::timestamptz, clock_timestamp()), 'UTC')) as "spentToday"
    from known order by name collate "C"`.execute(db);
  return rows.map((row) => ({
    ...row,
    profile: row.profile === null ? null : (JSON.parse(row.profile) as AgentProfile),
    seenAt: row.seenAt === null ? null : toIsoTime(row.seenAt.getTime()),
  }));
}

/** The profile of one agent that was set over the API, and whether there are any such at all. */
export async function findAgentProfile(
  db: Kysely<Database>,
  name: string,
): Promise<{ readonly profile: AgentProfile | null; readonly isAnyKnown: boolean }> {
  const { rows } = await sql<{ profile: string | null; isAnyKnown: boolean }>`
    select (select profile from task_agents where name = ${name}) as profile,
      exists (select 1 from task_agents where profile is not null) as "isAnyKnown"`.execute(db);
  const profile = rows[0]?.profile ?? null;
  return {
    profile: profile === null ? null : (JSON.parse(profile) as AgentProfile),
    isAnyKnown: rows[0]?.isAnyKnown === true,
  };
}

/** Sets a profile; null takes it away. @returns whether there was one. */
export async function saveAgentProfile(
  db: Kysely<Database>,
  name: string,
  profile: AgentProfile | null,
): Promise<boolean> {
  const { rows } = await sql<{ had: boolean }>`
    with before as (select profile is not null as had from task_agents where name = ${name}), saved as (
      insert into task_agents (name, profile) values (${name}, ${profile === null ? null : toJsonText(profile)}::json)
      on conflict (name) do update set profile = excluded.profile
    )
    select coalesce((select had from before), false) as had`.execute(db);
  return rows[0]?.had === true;
}

/** Notes that an agent was heard from. @param nowAt null stands for the database's time. */
export async function touchAgent(db: Kysely<Database>, name: string, nowAt: string | null): Promise<void> {
  await sql`
    insert into task_agents (name, seen_at) values (${name}, coalesce(${nowAt}::timestamptz, clock_timestamp()))
    on conflict (name) do update set seen_at = greatest(task_agents.seen_at, excluded.seen_at)`.execute(db);
}
