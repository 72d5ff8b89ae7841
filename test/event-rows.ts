import type { Kysely } from 'kysely';
import { toEventFields } from '../src/core/event-filter.ts';
import type { Event } from '../src/core/event.ts';
import { createId } from '../src/core/id.ts';
import { insertEvents, type NewEvent } from '../src/store/batch.ts';
import { ensurePartitions } from '../src/store/partitions.ts';
import type { Database } from '../src/store/schema.ts';

/** An event with everything it must have; `fields` say the rest. */
export function makeEvent(fields: Partial<Omit<Event, 'seq'>> = {}): Omit<Event, 'seq'> {
  return {
    id: createId(),
    v: 1,
    type: 'push',
    forge: 'home',
    kind: 'gitea',
    origin: 'webhook',
    receivedAt: '2026-11-20T10:00:00.000Z',
    ...fields,
  };
}

/** A repository of a full name. */
export function makeRepo(fullName: string): NonNullable<Event['repo']> {
  const slash = fullName.lastIndexOf('/');
  return { fullName, owner: fullName.slice(0, slash), name: fullName.slice(slash + 1) };
}

/** Commits events in one transaction, as the drain does; returns the last `seq`. */
export async function addEvents(db: Kysely<Database>, events: readonly Omit<Event, 'seq'>[]): Promise<number> {
  const times = events.map((event) => new Date(event.receivedAt)).toSorted((one, other) => Number(one) - Number(other));
  const [first] = times;
  const last = times.at(-1);
  if (first !== undefined && last !== undefined) await ensurePartitions(db, first, last);
  return await db.transaction().execute((trx) => insertEvents(trx, events.map(toRow)));
}

function toRow(event: Omit<Event, 'seq'>): NewEvent {
  return {
    ...toEventFields(event),
    id: event.id,
    receivedAt: event.receivedAt,
    deliveryId: null,
    subject: event.subject ?? null,
    number: event.number ?? null,
    event: JSON.stringify(event),
    matched: null,
  };
}
