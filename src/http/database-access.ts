import type { Kysely } from 'kysely';
import { FettleError } from '../core/errors.ts';
import type { Database } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

/** The open database; throws `store_unavailable` while there is none. */
export type GetDatabase = () => Kysely<Database>;

/** HTTP begins before the store is open, and outlives its replacement: routes ask for the database at each request. */
export function createDatabaseAccess(findStore: () => Store | undefined): GetDatabase {
  return () => {
    const store = findStore();
    if (store !== undefined) return store.db;
    throw new FettleError(
      'store_unavailable',
      'The database is not open yet. Deliveries are already accepted; try again in a moment.',
      { retryAfterSeconds: 5 },
    );
  };
}
