import { createHmac, randomUUID } from 'node:crypto';
import type { FakeForge } from './contract.ts';
import { type GiteaWebhook, toGiteaWebhook } from './gitea/webhooks.ts';

/** Where the webhooks of a fake forge go. */
export interface WebhookTarget {
  /** Such as `http://127.0.0.1:4000/webhook/home`. */
  readonly url: string;
  readonly secret: string;
}

/** A webhook that was sent. */
export interface SentWebhook extends GiteaWebhook {
  readonly deliveryId: string;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Null when nobody answered. */
  readonly status: number | null;
}

export interface Webhooks {
  /** All that were answered or given up, in order. */
  readonly sent: readonly SentWebhook[];
  /** Waits until nothing is under way. */
  settled(): Promise<void>;
  /** Sends one again as "Replay" of the real one does: the same body under a new id. */
  replay(webhook: SentWebhook): Promise<SentWebhook>;
  stop(): void;
}

/**
 * Sends what Gitea or Forgejo would send for every change, whoever made it: one after the other, waiting five seconds for an answer, and
 * never a second time.
 */
export function sendWebhooks(forge: FakeForge, target: WebhookTarget): Webhooks {
  const isForgejo = forge.kind === 'forgejo';
  if (!isForgejo && forge.kind !== 'gitea') throw new Error(`no webhooks of ${forge.kind} are made here`);
  const sent: SentWebhook[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  const send = (webhook: GiteaWebhook) => {
    // The body is that of the moment of the change, whenever its turn comes.
    const bytes = Buffer.from(JSON.stringify(webhook.payload, undefined, 2));
    const result = queue.then(async () => {
      const made = await post(target, webhook, bytes, isForgejo);
      sent.push(made);
      return made;
    });
    queue = result;
    return result;
  };
  const listen = (change: Parameters<typeof toGiteaWebhook>[2]) => {
    const webhook = toGiteaWebhook(forge.state, forge.url, change);
    if (webhook !== undefined) void send(webhook);
  };
  forge.state.listeners.push(listen);
  return {
    sent,
    async settled() {
      for (let last; last !== queue;) {
        last = queue;
        await last;
      }
    },
    replay: ({ event, type, payload }) => send({ event, type, payload }),
    stop() {
      forge.state.listeners.splice(forge.state.listeners.indexOf(listen), 1);
    },
  };
}

async function post(
  { url, secret }: WebhookTarget,
  webhook: GiteaWebhook,
  bytes: Buffer,
  isForgejo: boolean,
): Promise<SentWebhook> {
  const deliveryId = randomUUID();
  const digest = createHmac('sha256', secret).update(bytes).digest('hex');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'Go-http-client/1.1',
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(bytes).digest('hex')}`,
    'x-hub-signature-256': `sha256=${digest}`,
  };
  for (const family of isForgejo ? ['forgejo', 'gitea', 'gogs'] : ['gitea', 'gogs']) {
    headers[`x-${family}-delivery`] = deliveryId;
    headers[`x-${family}-event`] = webhook.event;
    headers[`x-${family}-event-type`] = webhook.type;
    headers[`x-${family}-signature`] = digest;
  }
  const made = { ...webhook, deliveryId, bytes, headers };
  try {
    const answer = await fetch(url, { method: 'POST', headers, body: bytes, signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return { ...made, status: answer.status };
  } catch {
    return { ...made, status: null };
  }
}
