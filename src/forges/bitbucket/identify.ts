import type { IncomingHttpHeaders } from 'node:http';
import type { DeliveryRequest, Identity, ParsedDelivery } from '../contract.ts';
import { hasList, type JsonObject, textAt, toStorableText } from '../read.ts';
import { headerOf, sha256Hex } from '../signature.ts';
import { toDialect } from './dialect.ts';
import { isSigned } from './verify.ts';

const PING = 'diagnostics:ping';
/** No test body is longer; a larger one is not even parsed. */
const MAX_TEST_BODY_BYTES = 256;

/**
 * What the delivery calls itself; undefined when no event key is to be found. The header is trusted before the body's
 * `eventKey`, because it is what both forges document, and old Data Center bodies have none. Cloud bodies do not name their event
 * at all (some are equal under different keys), except that a list `push.changes` occurs in pushes only.
 */
export function identify(delivery: ParsedDelivery): Identity | undefined {
  const { headers, payload, payloadBytes } = delivery;
  const event = findEventKey(headers, payload);
  if (event === undefined) return undefined;
  const deliveryId = findDeliveryId(event, headers, payload);
  const test = event === PING;
  return { event, deliveryId, deliveryKey: deliveryId ?? sha256Hex(event, '\n', payloadBytes), test };
}

/** The event key of a delivery, from the header, else from the body. */
export function findEventKey(headers: IncomingHttpHeaders, payload: JsonObject): string | undefined {
  const header = toWord(headerOf(headers, 'x-event-key'));
  if (header !== undefined) return header;
  const named = textAt(payload, 'eventKey');
  if (named !== undefined) return named;
  if (hasList(payload, 'push', 'changes')) return 'repo:push';
  return isTestPayload(payload) ? PING : undefined;
}

/**
 * Data Center's "Test connection": `{"test":true}` without a signature, under the key `diagnostics:ping` or, in some versions,
 * none. A signed one is a delivery like any other, so that a wrong secret shows up in the test.
 */
export function isConnectionTest(request: DeliveryRequest): boolean {
  if (isSigned(request) || request.body.length > MAX_TEST_BODY_BYTES) return false;
  const event = headerOf(request.headers, 'x-event-key') ?? PING;
  if (event !== PING) return false;
  let payload: unknown;
  try {
    payload = JSON.parse(request.body.toString('utf8'));
  } catch {
    return false;
  }
  return isTestPayload(payload);
}

function isTestPayload(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  const entries = Object.entries(payload);
  return entries.length === 1 && entries[0]?.[0] === 'test' && entries[0][1] === true;
}

function findDeliveryId(event: string, headers: IncomingHttpHeaders, payload: JsonObject): string | undefined {
  const names = ['x-request-uuid', 'x-request-id'];
  // Behind a proxy a Cloud delivery carries both headers, and only the first is the forge's own.
  if (toDialect(event, headers, payload) === 'data-center') names.reverse();
  return names.map((name) => toWord(headerOf(headers, name))).find((id) => id !== undefined);
}

function toWord(text: string | undefined): string | undefined {
  const word = toStorableText((text ?? '').trim(), 200);
  return word === '' ? undefined : word;
}
