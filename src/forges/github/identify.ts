import type { Identity, ParsedDelivery } from '../contract.ts';
import { textAt, toStorableText } from '../read.ts';
import { headerOf, sha256Hex } from '../signature.ts';

const MAX_NAME_LENGTH = 255;
/** The Gitea family sends GitHub's headers beside its own; its bodies only look like GitHub's. */
const FOREIGN_HEADERS = ['x-forgejo-event', 'x-gitea-event', 'x-gogs-event'];

/** What a delivery calls itself; undefined without `X-GitHub-Event`, or when another forge sent it. */
export function identify(delivery: ParsedDelivery): Identity | undefined {
  const event = toEventName(delivery);
  if (event === undefined) return undefined;
  const deliveryId = readHeader(delivery, 'x-github-delivery');
  return {
    event,
    action: textAt(delivery.payload, 'action'),
    deliveryId,
    deliveryKey: deliveryId ?? sha256Hex(event, '\n', delivery.payloadBytes),
    test: event === 'ping',
  };
}

/** The value of `X-GitHub-Event`. */
export function toEventName(delivery: ParsedDelivery): string | undefined {
  if (FOREIGN_HEADERS.some((name) => delivery.headers[name] !== undefined)) return undefined;
  return readHeader(delivery, 'x-github-event');
}

function readHeader(delivery: ParsedDelivery, name: string): string | undefined {
  const value = headerOf(delivery.headers, name)?.trim();
  return value === undefined || value === '' ? undefined : toStorableText(value, MAX_NAME_LENGTH);
}
