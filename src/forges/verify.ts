import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { FettleError } from '../core/errors.ts';
import type { DeliveryRequest, ForgeDriver, ParsedDelivery, VerifiedDelivery, VerifyFailure } from './contract.ts';
import type { JsonObject } from './read.ts';

/**
 * The one way from a request to something that may be read:
 *
 *   DeliveryRequest ─verifyDelivery─▶ VerifiedDelivery ─parseDelivery─▶ ParsedDelivery
 *
 * The types are branded, so a parser that skips the check does not compile. `restoreVerified` brings back a delivery that was
 * verified before it went into the inbox.
 */

/** How a forge's deliveries are to be trusted. */
export interface Trust {
  /** Every active secret; several during a rotation. */
  readonly secrets: readonly string[];
  /** The configuration says that this forge cannot sign. */
  readonly unsigned: boolean;
  /** The configuration accepts bare secrets over plain HTTP. */
  readonly insecure: boolean;
}

const FAILURES: Record<VerifyFailure, string> = {
  signature_missing:
    'The request carries no signature. Set the secret of this forge (`fettle forge secret <name>` shows it) in the webhook’s settings.',
  signature_invalid:
    'The signature was made with another secret or over another body. Compare the webhook’s secret with `fettle forge secret <name>`, and make sure that no proxy rewrites the body.',
  signature_stale: 'The signed time is more than five minutes from ours. Check the clocks of both machines.',
};

/**
 * Checks where a request comes from.
 * @throws FettleError `no_secret`, `insecure_transport`, `signature_missing`, `signature_invalid`, `signature_stale`,
 * or `not_json` when the body has no payload to check.
 */
export function verifyDelivery(
  driver: ForgeDriver,
  request: DeliveryRequest,
  trust: Trust,
  peer: { readonly secure: boolean },
  nowMs: number,
): VerifiedDelivery {
  const secrets = trust.secrets.filter((secret) => secret !== '');
  if (secrets.length === 0 && !trust.unsigned) {
    throw new FettleError(
      'no_secret',
      'This forge has no webhook secret, so nothing can be verified. Set `secret`, or `unsigned: true` if the forge cannot sign.',
    );
  }
  if (!trust.insecure && !peer.secure && driver.presentsBareSecret(request)) {
    throw new FettleError(
      'insecure_transport',
      `${driver.title} sends the secret itself, and this request came over plain HTTP. Use HTTPS, or set \`insecure: true\` for this forge. Consider the secret known to others.`,
    );
  }
  const payloadBytes = driver.readPayload(request);
  if (secrets.length > 0) {
    const verdict = driver.verify(request, payloadBytes ?? Buffer.alloc(0), secrets, nowMs);
    if (verdict !== undefined) throw new FettleError(verdict, FAILURES[verdict]);
  }
  if (payloadBytes === undefined) {
    throw new FettleError(
      'not_json',
      'The form has no field `payload`. Choose content type application/json for this webhook.',
    );
  }
  return brand({ headers: request.headers, body: request.body, payloadBytes });
}

/** A delivery that was verified before it went into the inbox. */
export function restoreVerified(driver: ForgeDriver, stored: DeliveryRequest): VerifiedDelivery {
  return brand({
    headers: stored.headers,
    body: stored.body,
    payloadBytes: driver.readPayload(stored) ?? Buffer.alloc(0),
  });
}

/**
 * Reads the JSON of a verified delivery.
 * @throws FettleError `not_json` for invalid UTF-8, invalid JSON, or a top level that is not an object.
 */
export function parseDelivery(delivery: VerifiedDelivery): ParsedDelivery {
  const { headers, payloadBytes } = delivery;
  if (!isUtf8(payloadBytes)) throw new FettleError('not_json', 'The payload is not valid UTF-8.');
  let payload: unknown;
  try {
    payload = JSON.parse(payloadBytes.toString('utf8'));
  } catch (error) {
    throw new FettleError('not_json', 'The payload is not valid JSON.', { cause: error });
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new FettleError('not_json', 'The payload must be a JSON object.');
  }
  return { headers, payload: payload as JsonObject, payloadBytes } as ParsedDelivery;
}

function brand(fields: { headers: IncomingHttpHeaders; body: Buffer; payloadBytes: Buffer }): VerifiedDelivery {
  return fields as VerifiedDelivery;
}
