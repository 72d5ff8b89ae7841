import type { Kysely } from 'kysely';
import { createRepositoryFilter, type Principal } from '../../core/access.ts';
import {
  type Delivery,
  type DeliveryPosition,
  type DeliveryQuery,
  findDeliveryRepositories,
  listDeliveries,
} from '../../store/deliveries.ts';
import type { Database } from '../../store/schema.ts';

/**
 * Which deliveries a principal may see. A delivery has no repository of its own: its events have, and those of a duplicate
 * belong to the first. With scopes, all of its events must be in scope, and there must be one.
 */
export async function selectVisible(
  db: Kysely<Database>,
  principal: Principal,
  deliveries: readonly Delivery[],
): Promise<Delivery[]> {
  if (principal.scopes.repos.length === 0) return [...deliveries];
  const isVisible = createRepositoryFilter(principal.scopes);
  const repositories = await findDeliveryRepositories(db, [...new Set(deliveries.map(toSourceId))]);
  return deliveries.filter((delivery) => {
    const names = repositories.get(toSourceId(delivery)) ?? [];
    return names.length > 0 && names.every(isVisible);
  });
}

function toSourceId(delivery: Delivery): string {
  return delivery.duplicateOf ?? delivery.id;
}

/** Deliveries looked at for one page, so that narrow scopes cannot make a request read the whole table. */
const MAX_SCANNED = 2_000;

/** A page of the deliveries a principal may see, and where the next begins; null at the end. */
export async function listVisibleDeliveries(
  db: Kysely<Database>,
  principal: Principal,
  query: DeliveryQuery,
): Promise<{ deliveries: Delivery[]; next: DeliveryPosition | null }> {
  const found: Delivery[] = [];
  let before = query.before;
  for (let scanned = 0; scanned < MAX_SCANNED; scanned += query.limit) {
    const page = await listDeliveries(db, { ...query, before });
    found.push(...(await selectVisible(db, principal, page)));
    before = page.at(-1) ?? before;
    if (found.length >= query.limit) {
      const deliveries = found.slice(0, query.limit);
      return { deliveries, next: deliveries.at(-1) ?? null };
    }
    if (page.length < query.limit) return { deliveries: found, next: null };
  }
  return { deliveries: found, next: before ?? null };
}
