import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { getDriver } from '../forges/registry.ts';
import type { HubClient } from './hub-client.ts';

/** A delivery as a forge would send it. */
export interface SignedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the hub answered. */
export interface DeliveryAnswer {
  readonly status: number;
  /** The parsed JSON; the text where it is none. */
  readonly answer: unknown;
}

/** Signs a body the way this kind of forge does. */
export function signDelivery(
  forge: ForgeConfig,
  sample: { readonly event: string; readonly eventType?: string | undefined; readonly body: Buffer },
  signing: { readonly secret: string; readonly deliveryId: string; readonly nowMs: number },
): SignedDelivery {
  const headers = getDriver(forge.kind).toSignedHeaders({ ...sample, ...signing });
  // Some kinds name the content type themselves, in their own capitals; sent twice it would be none.
  const named = new Headers({ 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(headers)) named.set(name, value);
  return { headers: Object.fromEntries(named), body: sample.body };
}

/**
 * The secret to sign with: the newest of the forge; any text for a forge whose deliveries are accepted unsigned.
 * @throws FettleError `no_secret`.
 */
export function getSigningSecret(forge: ForgeConfig): string {
  const [secret] = forge.secrets;
  if (secret !== undefined) return secret;
  if (forge.unsigned) return 'not-checked-by-anybody';
  throw new FettleError(
    'no_secret',
    `No webhook secret of the forge ${forge.name} is known here: the configuration has none and no hub ran with its data directory yet. Start the hub first, or name the secret with --secret env:NAME.`,
  );
}

/** Posts a delivery to the hub. Any answer is a result. @throws FettleError `hub_unreachable`. */
export async function postDelivery(hub: HubClient, forge: string, delivery: SignedDelivery): Promise<DeliveryAnswer> {
  const response = await hub.send(`/webhook/${forge}`, {
    method: 'POST',
    headers: delivery.headers,
    body: new Uint8Array(delivery.body),
  });
  const text = await response.text();
  return { status: response.status, answer: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
