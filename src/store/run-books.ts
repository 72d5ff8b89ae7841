import { type Kysely, sql } from 'kysely';
import { PREPARED } from './prepared.ts';
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
 * runs of the same delivery take turns. Rows are locked in the order of their keys, and tables in the order `delivery_runs`, `inboxes`,
 * `forge_books`, `deliveries`, so that processes wait for each other and do not deadlock.
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
  await sql`${PREPARED}
    with input as (
      select "deliveryId" as delivery_id, sum(open)::integer as open, sum(dead)::integer as dead, sum(effected)::integer as effected
      from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb)
        as input ("deliveryId" uuid, open integer, dead integer, effected integer)
      group by 1
    ), held as materialized (
      select known.delivery_id from delivery_runs known join input on input.delivery_id = known.delivery_id
      order by known.delivery_id for update of known
    ), changed as (
      update delivery_runs known set
        open = known.open + input.open, dead = known.dead + input.dead, effected = known.effected + input.effected
      from held join input on input.delivery_id = held.delivery_id
      where known.delivery_id = held.delivery_id
      returning known.delivery_id, known.received_at, known.inbox_id, known.forge,
        ${toClass('known.open - input.open', 'known.dead - input.dead', 'known.effected - input.effected')} as before,
        ${toClass('known.open', 'known.dead', 'known.effected')} as after
    ), moved as (
      select * from changed where before <> after
    ), held_inboxes as materialized (
      select id from inboxes where id in (select inbox_id from moved) order by id for update
    ), counted as (
      update inboxes set ${toAdditions('inboxes')}
      from held_inboxes join (select inbox_id, ${SUMS} from moved group by inbox_id) as sums on sums.inbox_id = held_inboxes.id
      where inboxes.id = held_inboxes.id
      returning inboxes.id
    ), by_forge as (
      update forge_books books set ${toAdditions('books')}
      from counted join (select inbox_id, forge, ${SUMS} from moved group by inbox_id, forge) as sums on sums.inbox_id = counted.id
      where books.inbox_id = counted.id and books.forge = sums.forge
    )
    update deliveries set outcome = moved.after from moved
    where deliveries.received_at = moved.received_at and deliveries.id = moved.delivery_id`.execute(db);
}

function toClass(open: string, dead: string, effected: string) {
  return sql.raw(`case when ${open} > 0 then 'pending' when ${dead} > 0 then 'dead'
    when ${effected} > 0 or known.triggered then 'effected' else 'filtered' end`);
}

const SUMS = sql.raw(
  ['pending', 'dead', 'effected', 'filtered']
    .map((name) => `count(*) filter (where after = '${name}') - count(*) filter (where before = '${name}') as ${name}`)
    .join(', '),
);

function toAdditions(table: string) {
  return sql.raw(`open = ${table}.open + sums.pending, dead = ${table}.dead + sums.dead,
    effected = ${table}.effected + sums.effected, filtered = ${table}.filtered + sums.filtered`);
}

/** The runs of a delivery, counted, when it comes to have some. */
export interface NewDeliveryRuns extends BookChange {
  readonly receivedAt: string;
  readonly inboxId: string;
  readonly forge: string;
  readonly triggered: boolean;
}

/** Opens the books of new deliveries, which the caller counts in their class itself. */
export async function insertDeliveryRuns(db: Kysely<Database>, rows: readonly NewDeliveryRuns[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`${PREPARED}
    insert into delivery_runs (delivery_id, received_at, inbox_id, forge, triggered, open, dead, effected)
    select "deliveryId", "receivedAt", "inboxId", forge, triggered, open, dead, effected
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as input ("deliveryId" uuid, "receivedAt" timestamptz, "inboxId" uuid,
      forge text, triggered boolean, open integer, dead integer, effected integer)`.execute(db);
}

/**
 * Opens the books of deliveries that have none, in the class in which they were counted; those that have books keep them. A delivery has
 * none when it was stored without runs, or when retention dropped them. The first deliveries of an inbox may be in the books of no forge:
 * a version that did not keep these drained them.
 */
export async function ensureDeliveryRuns(db: Kysely<Database>, deliveryIds: readonly string[]): Promise<void> {
  if (deliveryIds.length === 0) return;
  await sql`
    insert into delivery_runs (delivery_id, received_at, inbox_id, forge, triggered, open, dead, effected)
    select deliveries.id, received_at, inbox_id, case when number > coalesce(drained_through - counted, 0) then deliveries.forge end,
      outcome = 'effected', 0,
      case when outcome = 'dead' then greatest(1, (select count(*) from runs where delivery_id = deliveries.id and runs.state = 'dead'))
        else 0 end, 0
    from deliveries left join inboxes on inboxes.id = deliveries.inbox_id
    where deliveries.id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(deliveryIds)}::jsonb))
      and deliveries.state = 'accepted'
    on conflict do nothing`.execute(db);
}
