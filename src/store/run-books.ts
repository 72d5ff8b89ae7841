import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';

/**
 * The books of deliveries that have runs. A delivery is in the first class that fits:
 *
 *   pending    a run of it is not terminal
 *   dead       a run of it is dead
 *   effected   a run of it succeeded or found everything as wanted, or it raised a trigger
 *   filtered   none of these
 *
 * `delivery_runs` counts the runs of a delivery, so that its class follows from one row; the row's lock makes processes that finish
 * runs of the same delivery take turns.
 */

/** What changes for one delivery when runs of it begin, end or begin again. */
export interface BookChange {
  readonly deliveryId: string;
  readonly open: number;
  readonly dead: number;
  readonly effected: number;
}

/** Applies changes and moves each delivery whose class they alter from one column of the books to the other. */
export async function settleBooks(db: Kysely<Database>, changes: readonly BookChange[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    with input as (
      select "deliveryId" as delivery_id, sum(open)::integer as open, sum(dead)::integer as dead, sum(effected)::integer as effected
      from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb)
        as input ("deliveryId" uuid, open integer, dead integer, effected integer)
      group by 1
    ), changed as (
      update delivery_runs known set
        open = known.open + input.open, dead = known.dead + input.dead, effected = known.effected + input.effected
      from input where known.delivery_id = input.delivery_id
      returning known.delivery_id, known.received_at, known.inbox_id,
        ${toClass('known.open - input.open', 'known.dead - input.dead', 'known.effected - input.effected')} as before,
        ${toClass('known.open', 'known.dead', 'known.effected')} as after
    ), moved as (
      select * from changed where before <> after
    ), counted as (
      update inboxes set
        open = inboxes.open + sums.pending, dead = inboxes.dead + sums.dead,
        effected = inboxes.effected + sums.effected, filtered = inboxes.filtered + sums.filtered
      from (
        select inbox_id, ${toDelta('pending')} as pending, ${toDelta('dead')} as dead,
          ${toDelta('effected')} as effected, ${toDelta('filtered')} as filtered
        from moved group by inbox_id
      ) as sums
      where inboxes.id = sums.inbox_id
    )
    update deliveries set outcome = moved.after from moved
    where deliveries.received_at = moved.received_at and deliveries.id = moved.delivery_id`.execute(db);
}

function toClass(open: string, dead: string, effected: string) {
  return sql.raw(`case when ${open} > 0 then 'pending' when ${dead} > 0 then 'dead'
    when ${effected} > 0 or known.triggered then 'effected' else 'filtered' end`);
}

function toDelta(name: string) {
  return sql.raw(`(count(*) filter (where after = '${name}') - count(*) filter (where before = '${name}'))`);
}

/** The runs of a delivery, counted, when it comes to have some. */
export interface NewDeliveryRuns extends BookChange {
  readonly receivedAt: string;
  readonly inboxId: string;
  readonly triggered: boolean;
}

/** Opens the books of new deliveries, which the caller counts in their class itself. */
export async function insertDeliveryRuns(db: Kysely<Database>, rows: readonly NewDeliveryRuns[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into delivery_runs (delivery_id, received_at, inbox_id, triggered, open, dead, effected)
    select "deliveryId", "receivedAt", "inboxId", triggered, open, dead, effected
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as input ("deliveryId" uuid, "receivedAt" timestamptz, "inboxId" uuid,
      triggered boolean, open integer, dead integer, effected integer)`.execute(db);
}

/** Opens the books of deliveries that were stored without runs, such as before a replay; those that have books keep them. */
export async function ensureDeliveryRuns(db: Kysely<Database>, deliveryIds: readonly string[]): Promise<void> {
  if (deliveryIds.length === 0) return;
  await sql`
    insert into delivery_runs (delivery_id, received_at, inbox_id, triggered, open, dead, effected)
    select id, received_at, inbox_id, outcome = 'effected', 0, 0, 0 from deliveries
    where id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(deliveryIds)}::jsonb)) and state = 'accepted'
    on conflict do nothing`.execute(db);
}
