import { FettleError } from '../core/errors.ts';
import type { GetDatabase, Store } from '../store/store.ts';

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
