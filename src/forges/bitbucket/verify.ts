import type { DeliveryRequest, Verdict } from '../contract.ts';
import { fromHexDigest, headerOf, hmacSha256, matchesAnyHmac } from '../signature.ts';

/**
 * Cloud and Data Center sign alike: `X-Hub-Signature: sha256=<64 lower-case hex digits>`, an HMAC-SHA256 over the body as sent.
 * The same header means SHA-1 on other forges, so any other prefix is refused. A repeated header arrives joined by commas and
 * has no valid form.
 */
const HEADER = 'x-hub-signature';
const PREFIX = 'sha256=';

/** Whether a request carries a signature, right or wrong. */
export function isSigned(request: DeliveryRequest): boolean {
  return (headerOf(request.headers, HEADER) ?? '') !== '';
}

/** Checks the signature over the body against each secret. */
export function verify(request: DeliveryRequest, payloadBytes: Buffer, secrets: readonly string[]): Verdict {
  const value = headerOf(request.headers, HEADER) ?? '';
  if (value === '') return 'signature_missing';
  if (!value.startsWith(PREFIX)) return 'signature_invalid';
  const given = fromHexDigest(value.slice(PREFIX.length));
  if (given === undefined) return 'signature_invalid';
  return matchesAnyHmac(given, secrets, payloadBytes) ? undefined : 'signature_invalid';
}

/** The signature header as Bitbucket sends it. */
export function toSignatureHeader(body: Buffer, secret: string): Record<string, string> {
  return { 'X-Hub-Signature': `${PREFIX}${hmacSha256(secret, body).toString('hex')}` };
}
