import { toCloudEvent } from '../core/cloud-event.ts';
import { type StoredEvent, toEventJson } from '../store/events.ts';

/** The envelope of a stored event, as JSON text; the event's own text is put in as it is stored. See `toCloudEvent`. */
export function toEnvelope(event: StoredEvent, publicUrl: string | null): string {
  const time = findTime(event.json, 'occurredAt') ?? findTime(event.json, 'receivedAt');
  return toCloudEvent({ ...event, time }, toEventJson(event), publicUrl);
}

/**
 * Reads one time out of the text without parsing it. A bare quote cannot occur inside a JSON string, so this can only find a key,
 * and no nested object of the model has a text under either name.
 */
function findTime(json: string, key: 'occurredAt' | 'receivedAt'): string | undefined {
  return new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(json)?.[1];
}
