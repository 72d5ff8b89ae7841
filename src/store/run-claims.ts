import { type Kysely, sql } from 'kysely';
import { takeAdvisoryLock } from './advisory-lock.ts';
import { PREPARED } from './prepared.ts';
import type { AttemptRecord, RunOptions, StepRecord } from './run-tables.ts';
import type { Database } from './schema.ts';

/** A run that a worker holds, with its event. */
export interface ClaimedRun {
  readonly id: string;
  readonly createdAt: Date;
  readonly deliveryId: string | null;
  readonly rule: string;
  readonly ruleSource: string | null;
  readonly action: string;
  readonly chain: string;
  readonly forge: string | null;
  readonly repo: string | null;
  readonly destination: string;
  readonly orderKey: string | null;
  readonly credential: string | null;
  readonly input: unknown;
  readonly options: RunOptions;
  readonly hops: number;
  readonly attempt: number;
  readonly burned: number;
  readonly firstAttemptAt: Date;
  readonly startedAt: Date;
  readonly intent: string | null;
  readonly steps: readonly StepRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly calls: Readonly<Record<string, number>>;
  /** Another run waits for this one. */
  readonly isFollowed: boolean;
  /** JSON text of the event, without `seq`; null when there is none or retention dropped it. */
  readonly event: string | null;
  readonly seq: number | null;
}

export interface ClaimRequest {
  readonly holder: string;
  readonly nowAt: string;
  readonly leaseUntilAt: string;
  readonly limit: number;
  /** Most runs at a time per destination, by action. */
  readonly limits: Readonly<Record<string, number>>;
  /** How many times that may be claimed at once, and how many runs of one order key, by destination; 1 where it says nothing. */
  readonly ahead: Readonly<Record<string, number>>;
  /** How many more may be claimed, for destinations of which runs are held already. */
  readonly room: Readonly<Record<string, number>>;
  /** Do not wait for the disk: a crash of the database may undo the claim, and what was done with it is then done again. */
  readonly isLazy?: boolean;
}

export interface Claim {
  /** In the order in which runs of the same key are to be worked on. */
  readonly runs: ClaimedRun[];
  /** When the next run that was not claimed is due; past when it is held up by others. Null when none waits for a time. */
  readonly nextDueAt: Date | null;
}

/** Within this time of its first attempt a run keeps its place before later ones of the same key. */
const ORDER_KEPT = '10 minutes';
/** Due runs that one claim looks at: those due longest, and as many of rules with a higher priority. */
const CANDIDATES = 300;
/** How long a probe of a destination that failed may take before another is sent. */
const PROBE = '1 minute';
/** Without statistics the planner would read all due runs to take the first few. */
const SETTINGS = { enable_bitmapscan: 'off' };

/**
 * Claims runs that may be worked on now. A run may when it is due, its destination and credential are not left alone, no run of its
 * order key is under way, and each earlier one of that key that is still within its first ten minutes is claimed with it. Claims take
 * turns, so that two processes never work on one key; of a destination whose rest is over one run probes.
 *
 * A run that is cancelled meanwhile stays so. What a claim costs must not grow with what waits: runs behind a key that is held up are passed over without looking at each, and the
 * order within a key is looked up once per key, from its first run on, whenever that became due.
 */
export async function claimRuns(db: Kysely<Database>, request: ClaimRequest): Promise<Claim> {
  const { holder, limit } = request;
  const now = sql`${request.nowAt}::timestamptz`;
  const full = Object.keys(request.room).filter((destination) => (request.room[destination] ?? 0) <= 0);
  const orderKept = sql`${now} - ${sql.raw(`interval '${ORDER_KEPT}'`)}`;
  const ahead = sql`coalesce((${JSON.stringify(request.ahead)}::jsonb ->> destination)::integer, 1)`;
  const columns = sql`id, action, destination, order_key, priority, ordinal`;
  const isReady = sql`(next_at <= ${now} and destination <> all(${full}::text[])
    and 'destination:' || destination not in (select scope from closed)
    and (credential is null or ('credential:' || credential not in (select scope from closed)
      and 'credential:' || credential || '@' || coalesce(order_key, destination) not in (select scope from closed))))`;
  const due = sql`
    select ${columns} from runs where state in ('queued', 'failed', 'waiting') and ${isReady}
      and (order_key is null or order_key not in (select order_key from held_up))`;
  return await db.transaction().execute(async (trx) => {
    const settings = request.isLazy === true ? { ...SETTINGS, synchronous_commit: 'off' } : SETTINGS;
    await takeAdvisoryLock(trx, 'claims', settings);
    const { rows } = await sql<
      Omit<ClaimedRun, 'id'> & { readonly id: string | null; readonly nextDueAt: Date | null }
    >`${PREPARED}
      with rested as (
        update breakers set until = ${now} + interval '${sql.raw(PROBE)}'
        where kind = 'destination' and until <= ${now}
        returning scope
      ), closed as materialized (
        select scope from breakers where until is null or until > ${now}
      ), held_up as materialized (
        select order_key from runs where state = 'running' and order_key is not null
        union
        select order_key from runs where state = 'failed' and order_key is not null and next_at > ${now}
          and first_attempt_at > ${orderKept}
      ), due as materialized (
        (${due} and priority > 0 order by priority desc, next_at limit ${CANDIDATES})
        union all
        (${due} and priority <= 0 order by next_at limit ${CANDIDATES})
      ), keys as (
        select order_key, min(${ahead}) as ahead from due where order_key is not null group by order_key
      ), first_of_key as materialized (
        select first.*, row_number() over (partition by first.order_key order by first.ordinal) > keys.ahead as is_beyond
        from keys cross join lateral (
          select ${columns}, ${isReady} as is_ready from runs
          where order_key = keys.order_key and state in ('queued', 'failed') and coalesce(first_attempt_at, ${now}) > ${orderKept}
          order by ordinal limit keys.ahead + 1) as first
      ), stops as (
        select order_key, min(ordinal) as ordinal from first_of_key where is_beyond or not is_ready group by order_key
      ), placed as (
        select candidates.*, row_number() over key_in_order as place_in_key, max(priority) over in_key as urgency,
          case when min(destination) over in_key = max(destination) over in_key then ${ahead} else 1 end as places
        from (select * from due union select ${columns} from first_of_key where is_ready) as candidates
        left join stops on stops.order_key = candidates.order_key
        where stops.ordinal is null or candidates.ordinal < stops.ordinal
        window in_key as (partition by coalesce(candidates.order_key, id::text)), key_in_order as (in_key order by candidates.ordinal)
      ), allowed as (
        select *, row_number() over (partition by destination order by urgency desc, ordinal) as place_at_destination
        from placed where place_in_key <= places
      ), chosen as materialized (
        select id from allowed
        where place_at_destination <= case when 'destination:' || destination in (select scope from rested) then 1 else
          coalesce((${JSON.stringify(request.room)}::jsonb ->> destination)::integer,
            (${JSON.stringify(request.limits)}::jsonb ->> action)::integer * ${ahead}, 1) end
        order by urgency desc, ordinal
        limit ${limit}
      ), claimed as (
        update runs set state = 'running', attempt = attempt + 1, holder = ${holder}, lease_until = ${request.leaseUntilAt}::timestamptz,
          started_at = ${now}, first_attempt_at = coalesce(first_attempt_at, ${now}), next_at = null
        where id in (select id from chosen) and state in ('queued', 'failed', 'waiting')
        returning *
      ), next as (
        select min(next_at) as due_at from runs
        where state in ('queued', 'failed', 'waiting') and next_at is not null and id not in (select id from chosen)
      )
      select next.due_at as "nextDueAt",
        claimed.id, created_at as "createdAt", claimed.delivery_id as "deliveryId", rule, rule_source as "ruleSource",
        claimed.action, chain, claimed.forge, claimed.repo, destination, order_key as "orderKey", credential, input::jsonb as input,
        options::jsonb as options, hops, attempt, burned, first_attempt_at as "firstAttemptAt", started_at as "startedAt", intent,
        steps::jsonb as steps, attempts::jsonb as attempts, calls::jsonb as calls,
        exists (select 1 from runs follower where follower.after_run = claimed.id and follower.state = 'waiting') as "isFollowed",
        events.event::text as event, events.seq
      from next
      left join claimed on true
      left join events on events.received_at = claimed.event_received_at and events.id = claimed.event_id
      order by claimed.ordinal`.execute(trx);
    const runs = rows.filter((row): row is ClaimedRun & { nextDueAt: Date | null } => row.id !== null);
    return { runs, nextDueAt: rows[0]?.nextDueAt ?? null };
  });
}

/** When the next run is due; undefined when none waits for a time. */
export async function findNextDueAt(db: Kysely<Database>): Promise<Date | undefined> {
  const row = await db
    .selectFrom('runs')
    .select('next_at')
    .where('state', 'in', ['queued', 'failed', 'waiting'])
    .where('next_at', 'is not', null)
    .orderBy('next_at')
    .limit(1)
    .executeTakeFirst();
  return row?.next_at ?? undefined;
}

/**
 * Renews what a holder works on. What it does not name is left to its lease: nobody works on it any more.
 * @returns the ids it still holds: one that is missing was cancelled or given to somebody else.
 */
export async function extendLeases(
  db: Kysely<Database>,
  holder: string,
  ids: readonly string[],
  leaseUntilAt: string,
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    update runs set lease_until = ${leaseUntilAt}::timestamptz
    where id = any(${[...ids]}::uuid[]) and holder = ${holder} and state = 'running'
    returning id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** Gives back runs that were claimed and not begun, as if they had never been claimed. */
export async function releaseRuns(
  db: Kysely<Database>,
  holder: string,
  ids: readonly string[],
  nowAt: string,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update runs set state = 'queued', holder = null, lease_until = null, next_at = ${nowAt}::timestamptz, attempt = attempt - 1,
      first_attempt_at = case when attempt = 1 then null else first_attempt_at end,
      started_at = case when attempt = 1 then null else started_at end
    where id = any(${[...ids]}::uuid[]) and holder = ${holder} and state = 'running'`.execute(db);
}

/**
 * Gives back the runs of workers that are gone: those whose lease is over, and all of `formerHolder`, an inbox whose owner was
 * another process before this one. A run that was in the middle of an effect nobody can recognise waits for a decision, unless
 * its rule says to send again; every other one is due at once.
 */
export async function reclaimRuns(
  db: Kysely<Database>,
  { nowAt, formerHolder }: { readonly nowAt: string; readonly formerHolder: string | null },
): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    update runs set holder = null, lease_until = null,
      state = case when intent is null or options ->> 'onUnknown' = 'resend' then 'queued' else 'waiting' end,
      next_at = case when intent is null or options ->> 'onUnknown' = 'resend' then ${nowAt}::timestamptz end,
      code = case when intent is null or options ->> 'onUnknown' = 'resend' then code else 'outcome_unknown' end,
      reason = case when intent is null or options ->> 'onUnknown' = 'resend' then reason
        else 'The process ended during step ' || intent || ': it is not known whether the effect was made.' end
    where state = 'running' and (lease_until < ${nowAt}::timestamptz or holder = ${formerHolder}::uuid)
    returning id`.execute(db);
  return rows.length;
}
