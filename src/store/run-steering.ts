import { type Kysely, sql } from 'kysely';
import { settleBooks } from './run-books.ts';
import { moveFollowers } from './runs.ts';
import type { Database } from './schema.ts';
import { transact } from './transact.ts';

/** What a person does to runs. Each call is one transaction with the books. */

/** Cancels runs that are not over, those under way too: what they still report is ignored. @returns the ids that were cancelled. */
export async function cancelRuns(
  db: Kysely<Database>,
  ids: readonly string[],
  { reason, nowAt }: { readonly reason: string; readonly nowAt: string },
): Promise<string[]> {
  return await transact(db, async (trx) => {
    const { rows } = await sql<{ id: string; delivery_id: string | null }>`
      update runs set state = 'cancelled', reason = ${reason}, code = null, next_at = null, holder = null, lease_until = null,
        finished_at = ${nowAt}::timestamptz
      where id = any(${[...ids]}::uuid[]) and state in ('queued', 'running', 'waiting', 'failed')
      returning id, delivery_id`.execute(trx);
    const changes = rows.flatMap(({ delivery_id: deliveryId }) =>
      deliveryId === null ? [] : [{ deliveryId, open: -1, dead: 0, effected: 0 }],
    );
    const cancelled = rows.map(({ id }) => id);
    await settleBooks(trx, [...changes, ...(await moveFollowers(trx, cancelled, nowAt))]);
    return cancelled;
  });
}

/**
 * Gets runs going again that are dead, cancelled, waiting or between two attempts, with all their attempts before them; their finished
 * steps are remembered. Runs that were cancelled because of them wait for them again, and breakers in their way are closed.
 * One of these that was cancelled because of another of these follows it as before, not beside it. A run whose input could not be rendered has nothing to send and stays dead. @returns the ids that go on.
 */
export async function redriveRuns(
  db: Kysely<Database>,
  ids: readonly string[],
  { nowAt }: { readonly nowAt: string },
): Promise<string[]> {
  return await transact(db, async (trx) => {
    const { rows } = await sql<{ id: string; before: string; delivery_id: string | null }>`
      with chosen as (
        select id, state as before from runs
        where id = any(${[...ids]}::uuid[]) and state in ('dead', 'cancelled', 'waiting', 'failed') and input::text <> 'null'
          and not coalesce(after_run = any(${[...ids]}::uuid[]) and code = 'run_not_movable', false)
        order by id for update
      )
      update runs set state = 'queued', reason = null, code = null, next_at = ${nowAt}::timestamptz, burned = 0, intent = null,
        first_attempt_at = null, finished_at = null
      from chosen where runs.id = chosen.id
      returning runs.id, chosen.before, runs.delivery_id`.execute(trx);
    const redriven = rows.map(({ id }) => id);
    const { rows: followers } = await sql<{ delivery_id: string | null }>`
      update runs set state = 'waiting', reason = 'Waits for the run before it in the same rule.', code = null, finished_at = null
      from runs ended
      where runs.chain = ended.chain and runs.position > ended.position and runs.after_run is not null
        and runs.state = 'cancelled' and runs.code = 'run_not_movable' and ended.id = any(${redriven}::uuid[])
      returning runs.delivery_id`.execute(trx);
    await sql`
      delete from breakers using runs
      where runs.id = any(${redriven}::uuid[]) and breakers.scope in ('destination:' || runs.destination,
        'credential:' || runs.credential, 'credential:' || runs.credential || '@' || coalesce(runs.order_key, runs.destination))`.execute(
      trx,
    );
    const begunAgain = rows.filter(({ before }) => before === 'dead' || before === 'cancelled');
    await settleBooks(trx, [
      ...begunAgain.flatMap(({ delivery_id: deliveryId, before }) =>
        deliveryId === null ? [] : [{ deliveryId, open: 1, dead: before === 'dead' ? -1 : 0, effected: 0 }],
      ),
      ...followers.flatMap(({ delivery_id: deliveryId }) =>
        deliveryId === null ? [] : [{ deliveryId, open: 1, dead: 0, effected: 0 }],
      ),
    ]);
    return redriven;
  });
}
