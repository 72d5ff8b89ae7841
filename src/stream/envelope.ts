import { type StoredEvent, toEventJson } from '../store/events.ts';

/**
 * The CloudEvents 1.0 envelope of an event, as JSON text: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md.
 * `publicUrl` is the hub's address without a slash at the end; without it `source` is a relative reference, which the format allows.
 * The event's own text is put in as it is stored.
 */
export function toEnvelope(event: StoredEvent, publicUrl: string | null): string {
  const attributes = {
    specversion: '1.0',
    id: event.id,
    source: `${publicUrl?.replace(/\/+$/, '') ?? ''}/forges/${encodeURIComponent(event.forge)}`,
    type: `dev.fettle.${event.type}`,
    subject: event.repo === null ? undefined : event.repo + (event.number === null ? '' : `#${event.number}`),
    time: findTime(event.json, 'occurredAt') ?? findTime(event.json, 'receivedAt'),
    datacontenttype: 'application/json',
  };
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${toEventJson(event)}}`;
}

/**
 * Reads one time out of the text without parsing it. A bare quote cannot occur inside a JSON string, so this can only find a key,
 * and no nested object of the model has a text under either name.
 */
function findTime(json: string, key: 'occurredAt' | 'receivedAt'): string | undefined {
  return new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(json)?.[1];
}
