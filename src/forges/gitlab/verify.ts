import { FettleError } from '../../core/errors.ts';
import type { DeliveryRequest, SampleToSign, Verdict } from '../contract.ts';
import { equalsAnySecret, equalsBytes, headerOf, hmacSha256 } from '../signature.ts';

/**
 * GitLab knows two schemes, and a webhook may use both at once:
 *
 * - Signing token (19.0 and later, `whsec_` and base64): Standard Webhooks. `webhook-signature` is a list of `v1,<base64>`
 *   separated by spaces, each the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`; one that matches is enough, so
 *   GitLab can rotate. The key is the decoded part after `whsec_`. The timestamp must be within five minutes.
 * - Secret token: `X-Gitlab-Token` is the secret itself.
 *
 * With a signing token on our side the signature is required, or leaving it out would be the way around it. If the token
 * header is there as well and we have a secret token, both must hold.
 */
export const SIGNING_TOKEN_PREFIX = 'whsec_';
const TOLERANCE_MS = 300_000;

/** Checks a request as the contract demands. */
export function verifyGitlab(
  request: DeliveryRequest,
  body: Buffer,
  secrets: readonly string[],
  nowMs: number,
): Verdict {
  const signingTokens = secrets.filter((secret) => secret.startsWith(SIGNING_TOKEN_PREFIX));
  const plainTokens = secrets.filter((secret) => !secret.startsWith(SIGNING_TOKEN_PREFIX));
  const token = headerOf(request.headers, 'x-gitlab-token') ?? '';
  if (signingTokens.length > 0) {
    const verdict = verifySignature(request, body, signingTokens, nowMs);
    if (verdict !== undefined) return verdict;
    if (token === '' || plainTokens.length === 0) return undefined;
  } else if (token === '') return 'signature_missing';
  return equalsAnySecret(token, plainTokens) ? undefined : 'signature_invalid';
}

/** Whether the request carries the secret itself. */
export function presentsGitlabToken(request: DeliveryRequest): boolean {
  return request.headers['x-gitlab-token'] !== undefined;
}

/**
 * Headers of a delivery as GitLab sends it: signed for a signing token, with the bare secret for any other.
 * @throws FettleError `secret_unresolved` for a signing token that is not base64.
 */
export function toGitlabHeaders({ event, body, secret, deliveryId, nowMs }: SampleToSign): Record<string, string> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitLab/19.0.0',
    'x-gitlab-event': event,
    'idempotency-key': deliveryId,
  };
  if (!secret.startsWith(SIGNING_TOKEN_PREFIX)) return { ...headers, 'x-gitlab-token': secret };
  const key = findSigningKey(secret);
  if (key === undefined) {
    throw new FettleError(
      'secret_unresolved',
      'A GitLab signing token is `whsec_` and base64. Copy it again from GitLab.',
    );
  }
  const timestamp = String(Math.floor(nowMs / 1000));
  return {
    ...headers,
    'webhook-id': deliveryId,
    'webhook-timestamp': timestamp,
    'webhook-signature': toSignature(key, deliveryId, timestamp, body),
  };
}

function verifySignature(
  request: DeliveryRequest,
  body: Buffer,
  signingTokens: readonly string[],
  nowMs: number,
): Verdict {
  const signatures = headerOf(request.headers, 'webhook-signature') ?? '';
  if (signatures === '') return 'signature_missing';
  const id = headerOf(request.headers, 'webhook-id') ?? '';
  const timestamp = headerOf(request.headers, 'webhook-timestamp') ?? '';
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return 'signature_invalid';
  const given = signatures.split(' ').map((entry) => Buffer.from(entry));
  let matched = false;
  for (const signingToken of signingTokens) {
    const key = findSigningKey(signingToken);
    if (key === undefined) continue;
    const expected = Buffer.from(toSignature(key, id, timestamp, body));
    for (const entry of given) {
      if (equalsBytes(entry, expected)) matched = true;
    }
  }
  if (!matched) return 'signature_invalid';
  return Math.abs(nowMs - Number(timestamp) * 1000) <= TOLERANCE_MS ? undefined : 'signature_stale';
}

function toSignature(key: Buffer, id: string, timestamp: string, body: Buffer): string {
  return `v1,${hmacSha256(key, `${id}.${timestamp}.`, body).toString('base64')}`;
}

/** The key within a signing token; undefined when it is not base64, since Node would decode any text to some key. */
function findSigningKey(signingToken: string): Buffer | undefined {
  const encoded = signingToken.slice(SIGNING_TOKEN_PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  return key.length > 0 && key.toString('base64') === encoded ? key : undefined;
}
