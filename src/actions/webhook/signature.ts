import { createHmac } from 'node:crypto';
import { FettleError } from '../../core/errors.ts';

export interface SignedContent {
  /** The same for every attempt, so that the receiver recognises a repeat. */
  readonly id: string;
  readonly atMs: number;
  /** Exactly as it is sent. */
  readonly body: string;
}

/**
 * The headers of Standard Webhooks, version 1: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
 *
 *   webhook-id         the id
 *   webhook-timestamp  seconds of this attempt
 *   webhook-signature  `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, once per secret, separated by spaces
 *
 * With several secrets a receiver that knows any of them accepts, so a secret is changed without a gap. Without one the message is not signed.
 * @throws FettleError `secret_unresolved` for a secret that cannot be a key.
 */
export function toSignatureHeaders(content: SignedContent, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(content.atMs / 1000));
  const signed = `${content.id}.${timestamp}.${content.body}`;
  const signatures = secrets.map((secret) => {
    return `v1,${createHmac('sha256', toKey(secret)).update(signed).digest('base64')}`;
  });
  return {
    'webhook-id': content.id,
    'webhook-timestamp': timestamp,
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
  };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** `whsec_` and base64, as the standard writes it, or any text. */
function toKey(secret: string): Buffer {
  const encoded = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : undefined;
  const key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
  if (key.length > 0 && (encoded === undefined || BASE64.test(encoded))) return key;
  throw new FettleError(
    'secret_unresolved',
    'A secret of `webhook.send` is empty or is not base64 after `whsec_`. Copy it again, or use a text without that beginning.',
  );
}
