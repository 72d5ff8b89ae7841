import type { IncomingHttpHeaders } from 'node:http';
import type { DeliveryRequest, SampleToSign, Verdict } from '../contract.ts';
import { fromHexDigest, headerOf, hmacSha256, matchesAnyHmac } from '../signature.ts';
import type { FamilyTraits } from './family.ts';

/**
 * How the Gitea family signs: HMAC-SHA256 over the JSON text, hex, under several names at once.
 *
 *   X-Forgejo-Signature, X-Gitea-Signature, X-Gogs-Signature   bare lower-case hex
 *   X-Hub-Signature-256                                        `sha256=` and hex
 *   X-Hub-Signature                                            `sha1=` and hex; never accepted
 *
 * A form body carries the JSON in its field `payload`, and the JSON is still what is signed, unlike on GitHub. Without a secret
 * the headers are sent with empty digests.
 */
const BARE_SIGNATURES = ['x-forgejo-signature', 'x-gitea-signature', 'x-gogs-signature'] as const;
const HUB_SIGNATURE = 'x-hub-signature-256';
const HUB_PREFIX = 'sha256=';
/** Stands for a header without its prefix; no digest equals it, not even a right one that lacks the prefix. */
const NO_DIGEST = 'no digest';

/** The JSON text of a delivery: the body, or the field `payload` of a form. */
export function readPayload({ headers, body }: DeliveryRequest): Buffer | undefined {
  const type = headerOf(headers, 'content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return body;
  const payload = new URLSearchParams(body.toString('utf8')).get('payload');
  return payload === null ? undefined : Buffer.from(payload);
}

/** Every SHA-256 signature that is present must match the same secret's digest. */
export function verify(request: DeliveryRequest, payloadBytes: Buffer, secrets: readonly string[]): Verdict {
  const digests = digestsOf(request.headers);
  if (digests.every((digest) => digest === '')) return 'signature_missing';
  const [first, ...others] = digests;
  if (others.some((digest) => digest !== first)) return 'signature_invalid';
  const given = fromHexDigest(first ?? '');
  return given !== undefined && matchesAnyHmac(given, secrets, payloadBytes) ? undefined : 'signature_invalid';
}

/** The headers that this kind of forge sends, aliases included. */
export function toSignedHeaders(
  traits: FamilyTraits,
  { event, eventType, body, secret, deliveryId }: SampleToSign,
): Record<string, string> {
  const signature = hmacSha256(secret, body).toString('hex');
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const family of traits.families) {
    headers[`x-${family}-event`] = event;
    headers[`x-${family}-delivery`] = deliveryId;
    headers[`x-${family}-signature`] = signature;
    if (eventType !== undefined) headers[`x-${family}-event-type`] = eventType;
  }
  if (traits.signsForHub) headers[HUB_SIGNATURE] = `${HUB_PREFIX}${signature}`;
  return headers;
}

/** The digests of all SHA-256 signature headers that are present. */
function digestsOf(headers: IncomingHttpHeaders): string[] {
  const digests: string[] = [];
  for (const name of BARE_SIGNATURES) {
    const value = headerOf(headers, name);
    if (value !== undefined) digests.push(value);
  }
  const hub = headerOf(headers, HUB_SIGNATURE);
  if (hub === undefined) return digests;
  const isDigest = hub === '' || hub.startsWith(HUB_PREFIX);
  return [...digests, isDigest ? hub.slice(HUB_PREFIX.length) : NO_DIGEST];
}
