import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ForgeConfig } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { FettleError } from '../core/errors.ts';
import { createId } from '../core/id.ts';
import type { ForgeDriver } from '../forges/contract.ts';
import { getDriver } from '../forges/registry.ts';
import { parseDelivery, verifyDelivery } from '../forges/verify.ts';
import type { Inbox } from './inbox/inbox.ts';

/**
 * What happens to one request from a forge, before it is answered:
 *
 *   verify raw bytes ▸ parse ▸ is it a delivery of this kind? ▸ inbox (fsync) ▸ answer
 *
 * It knows nothing of rules or the database.
 */
export interface Received {
  readonly id: string | null;
  readonly status: 'accepted' | 'duplicate';
  readonly message: string;
  /** Forge's event name, for metrics; null for a connection test, which is not stored. */
  readonly event: string | null;
}

export interface WebhookRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly remoteAddress: string;
  /** HTTPS, loopback, or a trusted proxy that says so. */
  readonly secure: boolean;
}

export interface ReceiverContext {
  readonly inbox: Inbox;
  readonly clock: Clock;
  /** Resolves when an inbox number is in the database; awaited with `ingest.ack: database`. */
  readonly whenDrained: (number: number) => Promise<void>;
  readonly ack: () => 'inbox' | 'database';
}

/** Delivery ids remembered to answer `duplicate` at once; the drain decides with the whole memory. */
const REMEMBERED_IDS = 10_000;
/** Forges wait 5 to 10 seconds for an answer. */
const ACK_WAIT_MS = 4_500;
const RETRY_AFTER_SECONDS = 30;

export type Receiver = (forge: ForgeConfig, request: WebhookRequest) => Promise<Received>;

export function createReceiver(context: ReceiverContext): Receiver {
  const remembered = new Set<string>();

  const remember = (key: string): boolean => {
    if (remembered.has(key)) return true;
    remembered.add(key);
    if (remembered.size > REMEMBERED_IDS) remembered.delete(remembered.values().next().value ?? key);
    return false;
  };

  return async (forge, request) => {
    const driver = getDriver(forge.kind);
    if (driver.isConnectionTest?.(request) === true) {
      return {
        id: null,
        status: 'accepted',
        message: 'The connection works. Nothing is stored for a test.',
        event: null,
      };
    }
    const receivedAtMs = context.clock();
    const delivery = parseDelivery(verifyDelivery(driver, request, forge, { secure: request.secure }, receivedAtMs));
    const identity = driver.identify(delivery);
    if (identity === undefined) {
      throw new FettleError(
        'not_a_delivery',
        `The request is signed, but it is not a delivery of ${driver.title}. Is the URL that of another forge?`,
      );
    }
    const id = createId();
    const head = {
      id,
      receivedAtMs,
      forge: forge.name,
      kind: forge.kind,
      headers: toCapturedHeaders(driver, request.headers),
      remoteAddress: request.remoteAddress,
    };
    const number = await context.inbox.append({ head, body: request.body });
    if (context.ack() === 'database') await confirm(context.whenDrained(number));
    const isRepeated = remember(`${forge.name}\u0000${identity.deliveryKey}`);
    return {
      id,
      status: isRepeated ? 'duplicate' : 'accepted',
      message: isRepeated ? 'This delivery came before; it will not act again.' : 'Stored.',
      event: identity.event,
    };
  };
}

/** Waits for the database, but not longer than a forge waits for its answer. */
async function confirm(drained: Promise<void>): Promise<void> {
  const late = Symbol('late');
  const timer = new AbortController();
  const outcome = await Promise.race([drained, delay(ACK_WAIT_MS, late, { signal: timer.signal }).catch(() => late)]);
  timer.abort();
  if (outcome !== late) return;
  throw new FettleError(
    'store_unavailable',
    'The delivery is in the inbox, but the database has not confirmed it in time, which `ingest.ack: database` asks for.',
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}

/** Only what the driver names: headers can carry secrets that no forge documents. */
function toCapturedHeaders(driver: ForgeDriver, headers: IncomingHttpHeaders): Record<string, string> {
  const captured: Record<string, string> = {};
  for (const name of driver.capturedHeaders) {
    const value = headers[name];
    if (value !== undefined) captured[name] = String(value).slice(0, 1024);
  }
  return captured;
}
