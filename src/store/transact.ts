import type { Kysely, Transaction } from 'kysely';
import { isConflict } from './database-errors.ts';
import type { Database } from './schema.ts';

/** Attempts before a conflict is told; each loser of a deadlock lets another one through. */
const MOST_ATTEMPTS = 5;

/** Runs a transaction, and runs it again when it got in the way of another one. `work` must have no effect outside it. */
export async function transact<T>(db: Kysely<Database>, work: (trx: Transaction<Database>) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !isConflict(error)) throw error;
    }
  }
}
