import type { DeliveryRequest, Verdict } from '../contract.ts';
import { fromHexDigest, headerOf, hmacSha256, matchesAnyHmac } from '../signature.ts';

/**
 * GitHub signs the request body as it is sent, form bodies included: `X-Hub-Signature-256: sha256=<64 lower-case hex digits>`,
 * HMAC-SHA256 under the UTF-8 bytes of the secret. It also sends `X-Hub-Signature` with SHA-1, for receivers from before 2020;
 * that one is never looked at, so a delivery that has only it counts as unsigned.
 * Source: GitHub documentation, "Validating webhook deliveries".
 */
const SIGNATURE_HEADER = 'x-hub-signature-256';
const PREFIX = 'sha256=';

/** Whether the signature of a request holds under one of the secrets. */
export function verifySignature(request: DeliveryRequest, secrets: readonly string[]): Verdict {
  const header = headerOf(request.headers, SIGNATURE_HEADER);
  if (header === undefined || header === '') return 'signature_missing';
  const digest = header.startsWith(PREFIX) ? fromHexDigest(header.slice(PREFIX.length)) : undefined;
  if (digest === undefined || !matchesAnyHmac(digest, secrets, request.body)) return 'signature_invalid';
  return undefined;
}

/** The value of the signature header for a body. */
export function toSignature(secret: string, body: Buffer): string {
  return PREFIX + hmacSha256(secret, body).toString('hex');
}

/** The JSON text: the body, or the `payload` field of a form; undefined for a form without that field. */
export function readPayload(request: DeliveryRequest): Buffer | undefined {
  const contentType = headerOf(request.headers, 'content-type') ?? '';
  if (!/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) return request.body;
  const payload = new URLSearchParams(request.body.toString('utf8')).get('payload');
  return payload === null ? undefined : Buffer.from(payload, 'utf8');
}
