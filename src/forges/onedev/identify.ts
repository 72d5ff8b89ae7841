import type { Identity, ParsedDelivery } from '../contract.ts';
import { type JsonObject, textAt } from '../read.ts';
import { sha256Hex } from '../signature.ts';

/**
 * What a delivery calls itself: the class of the event, in the body, since OneDev sends no event header. There is no delivery id either.
 * The body holds the time of the event to the millisecond, so its hash tells deliveries apart.
 */
export function identifyOnedev({ payload, payloadBytes }: ParsedDelivery): Identity | undefined {
  const event = findEventName(payload);
  if (event === undefined) return undefined;
  return { event, deliveryKey: sha256Hex(payloadBytes), test: false };
}

/** Simple class name of the event. */
export function findEventName(payload: JsonObject): string | undefined {
  return textAt(payload, 'type');
}
