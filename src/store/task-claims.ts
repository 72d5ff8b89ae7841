import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { applySettings, takeNamedLock } from './advisory-lock.ts';
import { PREPARED } from './prepared.ts';
import type { Database } from './schema.ts';
import type { ListedTask } from './task-list.ts';
import type { TasksTable } from './task-tables.ts';
import { toTask } from './tasks.ts';

/** Who claims, and what it may take. A null asks for nothing. */
export interface TaskClaim {
  readonly agent: string;
  readonly principal: string;
  /** Hex of the SHA-256 of the lease token. */
  readonly leaseHash: string;
  /** Null stands for the database's time. */
  readonly nowAt: string | null;
  /** Largest context in tokens; a task may take half of it. */
  readonly contextLimit: number | null;
  /** Difficulties that it is up to; a task of unknown difficulty counts as `high`. */
  readonly difficulties: readonly string[] | null;
  /** Skills, in lower case; a task needs all of its own among them. */
  readonly skills: readonly string[] | null;
  /** Lists of labels, in lower case; a task needs one of each list. */
  readonly labels: readonly string[] | null;
  readonly alsoLabels: readonly string[] | null;
  /** Labels that it must not have, in lower case. */
  readonly notLabels: readonly string[] | null;
  /** Full names of repositories, as stored. */
  readonly repos: readonly string[] | null;
  /** Only this task. */
  readonly task: string | null;
  /** Most tasks that the agent holds at a time. */
  readonly concurrency: number | null;
  /** Most that the tasks which the agent claims in a day (UTC) may cost by their estimates. */
  readonly budgetPerDay: number | null;
  /** Price of a million tokens. */
  readonly cost: number;
}

/**
 * Gives the next task to an agent: by priority, then by how much waits for it, then by age. One statement picks it, takes it and records the
 * lease; rows that others are about to take are passed over, so that claims never wait for each other. Those of one agent with a limit
 * take turns instead, since how much it holds is counted.
 *
 * The row is as `toClaimed` expects it: counted up for the one entry of the journal that the caller adds.
 */
export async function claimTask(trx: Transaction<Database>, claim: TaskClaim): Promise<ListedTask | undefined> {
  await takeTurn(trx, claim);
  const { rows } = await sql<Selectable<TasksTable>>`${PREPARED}
    with moment as materialized (
      select coalesce(${claim.nowAt}::timestamptz, clock_timestamp()) as at
    ), spent as materialized (
      select coalesce(sum(cost), 0) as cost from task_leases
      where ${claim.budgetPerDay}::double precision is not null and agent = ${claim.agent}
        and claimed_at >= date_trunc('day', (select at from moment), 'UTC')
    ), chosen as materialized (
      select id from tasks
      where state = 'queued' ${claim.task === null ? sql`` : sql`and id = ${claim.task}::uuid`}
        and (${claim.concurrency}::integer is null or ${claim.concurrency}::integer > (
          select count(*) from tasks held where held.agent = ${claim.agent} and held.lease_until is not null))
        and (chosen_agent is null or chosen_agent = ${claim.agent} or chosen_until <= (select at from moment))
        and (options ->> 'agent' is null or options ->> 'agent' = ${claim.agent})
        and (${claim.contextLimit}::bigint is null or estimate is null or estimate * 2 <= ${claim.contextLimit}::bigint)
        and (${claim.budgetPerDay}::double precision is null
          or (select cost from spent) + ${toCost(claim)} <= ${claim.budgetPerDay}::double precision)
        and (${listOf(claim.difficulties)} is null or coalesce(difficulty, 'high') = any(${listOf(claim.difficulties)}))
        and (${listOf(claim.skills)} is null or not exists (
          select 1 from json_array_elements_text(options -> 'skills') as skill where lower(skill) <> all(${listOf(claim.skills)})))
        and (${listOf(claim.repos)} is null or repo = any(${listOf(claim.repos)}))
        and ${hasLabel(claim.labels)} and ${hasLabel(claim.alsoLabels)}
        and (${listOf(claim.notLabels)} is null or not exists (
          select 1 from json_array_elements_text(labels) as label where lower(label) = any(${listOf(claim.notLabels)})))
      order by priority desc, dependents desc, ordinal
      limit 1
      for update skip locked
    ), taken as materialized (
      -- Only when the lock is had: whoever held the task before has ended by then.
      select id, coalesce(${claim.nowAt}::timestamptz, clock_timestamp()) as at from chosen
    ), claimed as (
      update tasks set state = 'leased', reason = null, fence = fence + 1, agent = ${claim.agent}, principal = ${claim.principal},
        lease_hash = decode(${claim.leaseHash}, 'hex'), claimed_at = taken.at,
        lease_until = taken.at + (options ->> 'leaseMs')::double precision * interval '1 millisecond',
        percent = null, note = null, question = null, submitted = null, verdicts = null, revision = revision + 1,
        last_entry = last_entry + 1, heard_through = last_entry + 1, updated_at = taken.at
      from taken
      where tasks.id = taken.id
      returning tasks.*
    ), recorded as (
      insert into task_leases (task_id, fence, round, agent, principal, claimed_at, cost)
      select id, fence, round, agent, principal, claimed_at, ${toCost(claim)} from claimed
    )
    select * from claimed`.execute(trx);
  const [row] = rows;
  return row === undefined ? undefined : { ordinal: row.ordinal, task: toTask(row) };
}

/**
 * Without statistics the planner would read and sort all that waits to take the first; and since most filters ask for nothing, it would rather
 * plan anew for each claim, which takes several times as long as the claim.
 */
const SETTINGS = { enable_sort: 'off', enable_bitmapscan: 'off', plan_cache_mode: 'force_generic_plan' };

async function takeTurn(trx: Transaction<Database>, { agent, concurrency, budgetPerDay }: TaskClaim): Promise<void> {
  if (concurrency !== null || budgetPerDay !== null) await takeNamedLock(trx, 'agents', agent, SETTINGS);
  else await applySettings(trx, SETTINGS);
}

/** What a task costs with this agent by its estimate; nothing while that is unknown. */
function toCost({ cost }: TaskClaim) {
  return sql<number>`coalesce(estimate, 0) * ${cost}::double precision / 1000000`;
}

function listOf(values: readonly string[] | null) {
  return sql`${values === null ? null : [...values]}::text[]`;
}

function hasLabel(labels: readonly string[] | null) {
  return sql<boolean>`(${listOf(labels)} is null or exists (
    select 1 from json_array_elements_text(labels) as label where lower(label) = any(${listOf(labels)})))`;
}

/** Repositories and labels of the tasks that can be claimed now: what globs are held against. */
export interface ReadyNames {
  readonly repos: readonly string[];
  readonly labels: readonly string[];
}

/** Only what is asked for is read; the rest is empty. */
export async function listReadyNames(
  db: Kysely<Database>,
  wanted: { readonly repos: boolean; readonly labels: boolean },
): Promise<ReadyNames> {
  const { rows } = await sql<{ kind: 'repo' | 'label'; name: string }>`${PREPARED}
    select distinct 'repo' as kind, repo as name from tasks where ${wanted.repos} and state = 'queued' and repo is not null
    union all
    select distinct 'label', label from tasks, json_array_elements_text(labels) as label
    where ${wanted.labels} and state = 'queued'`.execute(db);
  const namesOf = (wantedKind: 'repo' | 'label') =>
    rows.filter(({ kind }) => kind === wantedKind).map(({ name }) => name);
  return { repos: namesOf('repo'), labels: namesOf('label') };
}

/** Whether any task can be claimed by anybody. */
export async function hasReadyTask(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ is_ready: boolean }>`${PREPARED}
    select exists (select 1 from tasks where state = 'queued') as is_ready`.execute(db);
  return rows[0]?.is_ready === true;
}
