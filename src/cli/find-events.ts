import { z } from 'zod';
import { FettleError } from '../core/errors.ts';
import type { HubClient, LocalHub } from './hub-client.ts';
import { toHarmlessText } from './terminal.ts';

const EventShape = z.looseObject({ id: z.string(), type: z.string() });
const DeliveryShape = z.looseObject({ duplicateOf: z.string().nullable(), events: z.array(EventShape) });

const SEQ = /^\d{1,15}$/;
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * The events that a person means by a key: an event id or `seq`, else the id of a delivery, the forge's own or ours. Raised triggers of a
 * delivery are left out. @throws FettleError `not_found`.
 */
export async function findEventIds({ hub, loaded }: LocalHub, key: string): Promise<string[]> {
  if (SEQ.test(key) || ID.test(key)) {
    const found = await orNothing(hub.ask(z.looseObject({ event: EventShape }), 'GET', `/api/v1/events/${key}`));
    if (found !== undefined) return [found.event.id];
  }
  for (const forge of Object.keys(loaded.config.forges)) {
    const found = await findDelivery(hub, forge, key);
    if (found === undefined) continue;
    const events = found.events.filter(({ type }) => type !== 'trigger.raised');
    if (events.length > 0) return events.map(({ id }) => id);
  }
  throw new FettleError(
    'not_found',
    `No event and no delivery ${JSON.stringify(toHarmlessText(key))} is known. It may still wait in the inbox, or be older than the retention.`,
  );
}

/** A duplicate has no events of its own: those of the first delivery are meant. */
async function findDelivery(hub: HubClient, forge: string, key: string) {
  const toPath = (id: string) => `/api/v1/deliveries/${encodeURIComponent(forge)}/${encodeURIComponent(id)}`;
  const found = await orNothing(hub.ask(DeliveryShape, 'GET', toPath(key)));
  if (found === undefined || found.duplicateOf === null) return found;
  return await orNothing(hub.ask(DeliveryShape, 'GET', toPath(found.duplicateOf)));
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof FettleError && error.code === 'not_found') return undefined;
    throw error;
  }
}
