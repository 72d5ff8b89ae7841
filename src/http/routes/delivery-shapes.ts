import { z } from 'zod';
import { toEventJson } from '../../store/events.ts';
import type { Delivery, DeliveryEvent } from '../../store/deliveries.ts';
import { EventObject, Time } from './shapes.ts';

/** A delivery in answers of the API. */
export const DeliverySummary = z.object({
  id: z.string().describe('Our id.'),
  forge: z.string(),
  kind: z.string(),
  deliveryId: z.string().nullable().describe('The forge’s own id, as received.'),
  event: z.string().describe('The forge’s own event name.'),
  state: z.enum(['accepted', 'duplicate']),
  duplicateOf: z.string().nullable().describe('Our id of the delivery that came first.'),
  duplicateBy: z.enum(['id', 'meaning']).nullable(),
  outcome: z.enum(['pending', 'effected', 'filtered', 'duplicate', 'dead']).describe('Its class in the books.'),
  receivedAt: Time,
  remoteAddress: z.string().nullable(),
  bodyBytes: z.number().int(),
  bodySha256: z.string(),
  error: z.string().nullable().describe('Why it could not be understood.'),
});

export const DeliveryDetails = DeliverySummary.extend({
  headers: z.record(z.string(), z.string()).describe('The headers that are kept; never one that holds a secret.'),
  events: z.array(EventObject).describe('What it means; for a duplicate empty, since they belong to the first.'),
});

export function toDeliverySummary(delivery: Delivery): z.infer<typeof DeliverySummary> {
  return {
    id: delivery.id,
    forge: delivery.forge,
    kind: delivery.kind,
    deliveryId: delivery.forgeDeliveryId,
    event: delivery.event,
    state: delivery.state,
    duplicateOf: delivery.duplicateOf,
    duplicateBy: delivery.duplicateBy,
    outcome: delivery.outcome,
    receivedAt: delivery.receivedAt.toISOString(),
    remoteAddress: delivery.remoteAddress,
    bodyBytes: delivery.bodyBytes,
    bodySha256: delivery.bodySha256,
    error: delivery.error,
  };
}

export function toDeliveryDetails(
  delivery: Delivery,
  events: readonly DeliveryEvent[],
): z.infer<typeof DeliveryDetails> {
  const own = events.filter(({ deliveryId }) => deliveryId === delivery.id);
  return { ...toDeliverySummary(delivery), headers: { ...delivery.headers }, events: own.map(toEventObject) };
}

/** An event as the stream tells it. */
export function toEventObject(event: { readonly seq: number; readonly json: string }): z.infer<typeof EventObject> {
  return JSON.parse(toEventJson(event)) as z.infer<typeof EventObject>;
}
