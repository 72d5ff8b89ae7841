import { createEventMatcher, type EventFields, type EventFilter } from '../core/event-filter.ts';

/** A filter made ready once for all clients that ask for the same. */
export interface SharedFilter {
  readonly id: number;
  readonly filter: EventFilter;
  readonly matches: (event: EventFields) => boolean;
}

/** The filters in use. `take` and `release` are called in pairs. */
export interface SharedFilters {
  take(filter: EventFilter): SharedFilter;
  release(shared: SharedFilter): void;
}

/** An empty collection of filters. */
export function createSharedFilters(): SharedFilters {
  const byKey = new Map<string, { shared: SharedFilter; users: number }>();
  let lastId = 0;
  return {
    take: (filter) => {
      const key = JSON.stringify(filter);
      const known = byKey.get(key);
      if (known !== undefined) {
        known.users += 1;
        return known.shared;
      }
      lastId += 1;
      const shared = { id: lastId, filter, matches: createEventMatcher(filter) };
      byKey.set(key, { shared, users: 1 });
      return shared;
    },
    release: (shared) => {
      const key = JSON.stringify(shared.filter);
      const known = byKey.get(key);
      if (known === undefined) return;
      known.users -= 1;
      if (known.users === 0) byKey.delete(key);
    },
  };
}
