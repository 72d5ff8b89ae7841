import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import { createId } from '../src/core/id.ts';
import type { DeliveryRow, EventsTable } from '../src/store/schema.ts';

/** An event row for tests; what matters is given, the rest is plausible. */
export function createEvent(
  given: Partial<Insertable<EventsTable>> & Pick<Insertable<EventsTable>, 'seq' | 'received_at'>,
): Insertable<EventsTable> {
  return {
    id: createId(),
    delivery_id: null,
    forge: 'home',
    type: 'push',
    repo: null,
    actor: null,
    subject: null,
    number: null,
    label: null,
    trigger: null,
    event: '{}',
    matched: null,
    ...given,
  };
}

/** A delivery row for tests; what matters is given, the rest is plausible. */
export function createDelivery(given: Partial<DeliveryRow> & Pick<DeliveryRow, 'number' | 'received_at'>): DeliveryRow {
  const body = Buffer.from('{}');
  return {
    id: createId(),
    inbox_id: createId(),
    forge: 'home',
    kind: 'gitea',
    forge_delivery_id: null,
    event: 'push',
    state: 'accepted',
    duplicate_of: null,
    duplicate_by: null,
    outcome: 'filtered',
    remote_address: null,
    headers: '{}',
    body,
    body_bytes: body.length,
    body_sha256: createHash('sha256').update(body).digest(),
    error: null,
    ...given,
  };
}
