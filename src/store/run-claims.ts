import { type Kysely, sql } from 'kysely';
import { takeAdvisoryLock } from './advisory-lock.ts';
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
  /** Runs under way here, by destination. */
  readonly busy: Readonly<Record<string, number>>;
  /** Destinations that can take no more now. */
  readonly full: readonly string[];
}

/** Within this time of its first attempt a run keeps its place before later ones of the same key. */
const ORDER_KEPT = '10 minutes';
/** Due runs that one claim looks at. */
const CANDIDATES = 500;
/** How long a probe of a destination that failed may take before another is sent. */
const PROBE = '1 minute';

/**
 * Claims runs that may be worked on now. A run may when it is due, its destination and credential are not left alone, no run of its
 * order key is under way, and no earlier one of that key is still within its first ten minutes. Claims take turns, so that two
 * processes never work on one key; of a destination whose rest is over one run probes.
 */
export async function claimRuns(db: Kysely<Database>, request: ClaimRequest): Promise<ClaimedRun[]> {
  const { holder, nowAt, leaseUntilAt, limit } = request;
  return await db.transaction().execute(async (trx) => {
    await takeAdvisoryLock(trx, 'claims');
    const { rows } = await sql<ClaimedRun>`
      with rested as (
        update breakers set until = ${nowAt}::timestamptz + interval '${sql.raw(PROBE)}'
        where kind = 'destination' and until <= ${nowAt}::timestamptz
        returning scope
      ), closed as materialized (
        select scope from breakers where until is null or until > ${nowAt}::timestamptz
      ), candidates as (
        select id, action, destination, order_key, priority, ordinal from runs
        where state in ('queued', 'failed', 'waiting') and next_at <= ${nowAt}::timestamptz
          and destination <> all(${[...request.full]}::text[])
          and 'destination:' || destination not in (select scope from closed)
          and (credential is null or ('credential:' || credential not in (select scope from closed)
            and 'credential:' || credential || '@' || coalesce(order_key, destination) not in (select scope from closed)))
          and (order_key is null or not exists (
            select 1 from runs other where other.order_key = runs.order_key and (other.state = 'running' or (
              other.state in ('queued', 'failed') and other.ordinal < runs.ordinal
              and coalesce(other.first_attempt_at, ${nowAt}::timestamptz) > ${nowAt}::timestamptz - interval '${sql.raw(ORDER_KEPT)}'))))
        order by priority desc, next_at, ordinal
        limit ${CANDIDATES}
      ), placed as (
        select id, action, destination, priority, ordinal,
          row_number() over (partition by coalesce(order_key, id::text) order by ordinal) as place_in_key,
          row_number() over (partition by destination order by priority desc, ordinal) as place_at_destination,
          'destination:' || destination in (select scope from rested) as probes
        from candidates
      ), chosen as (
        select id from placed
        where place_in_key = 1 and place_at_destination <= case when probes then 1 else
          coalesce((${JSON.stringify(request.limits)}::jsonb ->> action)::integer, 1)
            - coalesce((${JSON.stringify(request.busy)}::jsonb ->> destination)::integer, 0) end
        order by priority desc, ordinal
        limit ${limit}
      ), claimed as (
        update runs set state = 'running', attempt = attempt + 1, holder = ${holder}, lease_until = ${leaseUntilAt}::timestamptz,
          started_at = ${nowAt}::timestamptz, first_attempt_at = coalesce(first_attempt_at, ${nowAt}::timestamptz), next_at = null
        where id in (select id from chosen)
        returning *
      )
      select claimed.id, created_at as "createdAt", claimed.delivery_id as "deliveryId", rule, rule_source as "ruleSource",
        claimed.action, chain, claimed.forge, claimed.repo, destination, order_key as "orderKey", credential, input::jsonb as input,
        options::jsonb as options, hops, attempt, burned, first_attempt_at as "firstAttemptAt", started_at as "startedAt", intent,
        steps::jsonb as steps, attempts::jsonb as attempts, calls::jsonb as calls,
        exists (select 1 from runs follower where follower.after_run = claimed.id) as "isFollowed",
        events.event::text as event, events.seq
      from claimed
      left join events on events.received_at = claimed.event_received_at and events.id = claimed.event_id
      order by claimed.ordinal`.execute(trx);
    return rows;
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

/** Renews what a holder holds. @returns the ids it still holds: one that is missing was cancelled or given to somebody else. */
export async function extendLeases(db: Kysely<Database>, holder: string, leaseUntilAt: string): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    update runs set lease_until = ${leaseUntilAt}::timestamptz where holder = ${holder} and state = 'running'
    returning id`.execute(db);
  return new Set(rows.map(({ id }) => id));
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
