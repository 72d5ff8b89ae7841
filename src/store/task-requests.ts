import { type Kysely, sql, type Transaction } from 'kysely';
import { toJsonText } from './json-text.ts';
import type { Database } from './schema.ts';

/** Answers to requests with an idempotency key, kept by the transaction that did what was asked. */

/** Whose request it is, and which. */
export interface RequestKey {
  readonly principal: string;
  readonly key: string;
}

/** After this time a key may be used again, in the words of the database. */
const KEPT = '1 day';

/**
 * Takes a key for a request; waits for another request with the same key that is under way.
 * @param fingerprint hex of a SHA-256 of what is asked.
 * @returns what was asked and answered under the key before, null for nothing; undefined when it was free, and is now taken, with nothing
 *   for its answer until there is another.
 */
export async function takeRequestKey(
  trx: Transaction<Database>,
  { principal, key }: RequestKey,
  fingerprint: string,
): Promise<{ readonly fingerprint: string; readonly answer: unknown } | undefined> {
  const { rows: taken } = await sql`
    insert into task_requests (principal, key, fingerprint, answer, at)
    values (${principal}, ${key}, decode(${fingerprint}, 'hex'), 'null', clock_timestamp())
    on conflict (principal, key) do update
    set fingerprint = excluded.fingerprint, answer = excluded.answer, at = excluded.at
    where task_requests.at < clock_timestamp() - interval '${sql.raw(KEPT)}'
    returning key`.execute(trx);
  if (taken.length > 0) return undefined;
  const { rows } = await sql<{ fingerprint: string; answer: unknown }>`
    select encode(fingerprint, 'hex') as fingerprint, answer::jsonb as answer
    from task_requests where principal = ${principal} and key = ${key}`.execute(trx);
  return rows[0];
}

/** Keeps the answer for a key that this transaction took, or that was answered before. */
export async function saveAnswer(db: Kysely<Database>, { principal, key }: RequestKey, answer: unknown): Promise<void> {
  await sql`
    update task_requests set answer = ${toJsonText(answer)}::json
    where principal = ${principal} and key = ${key}`.execute(db);
}

/** Lets go of a key under which nothing was done. */
export async function dropRequestKey(trx: Transaction<Database>, { principal, key }: RequestKey): Promise<void> {
  await trx.deleteFrom('task_requests').where('principal', '=', principal).where('key', '=', key).execute();
}
