import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type DeliveryToSend, toSignedHeaders } from '../deliveries.ts';
import type { FakeForge } from '../fake-forge/contract.ts';
import { toGiteaWebhook } from '../fake-forge/gitea/webhooks.ts';
import type { WebhookTarget } from '../fake-forge/webhooks.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { sendRequest } from '../send-request.ts';

/** What became of all sendings of one delivery id. */
export interface PatientDelivery extends DeliveryToSend {
  /** The hub's ids, one per answer 200. */
  readonly answered: string[];
  /** Sent a second time under another id, as a second webhook of the same repository does. */
  readonly isEcho: boolean;
  /** Sendings whose connection broke, so that the hub may have stored them or not. */
  broken: number;
}

/** The webhooks of a fake Gitea that loses patience with nobody: in order, each until it was answered 200. */
export interface PatientWebhooks {
  readonly deliveries: readonly PatientDelivery[];
  /** Answers that no delivery should get. */
  readonly oddAnswers: readonly string[];
  /** Called whenever a delivery was sent and is not answered yet. */
  onSending: (() => void) | undefined;
  waitingCount(): number;
  stop(): Promise<void>;
}

const PAUSE_MS = 30;

/** Sends what happens on the forge from now on; some of it twice. */
export function sendPatiently(forge: FakeForge, target: WebhookTarget, random: SeededRandom): PatientWebhooks {
  const queue: PatientDelivery[] = [];
  const deliveries: PatientDelivery[] = [];
  const oddAnswers: string[] = [];
  let onSending: (() => void) | undefined;
  let isOn = true;

  const take = (delivery: Pick<PatientDelivery, 'change' | 'isEcho'>): PatientDelivery => {
    const taken = { ...delivery, deliveryId: randomUUID(), answered: [], broken: 0 };
    deliveries.push(taken);
    return taken;
  };
  forge.state.listeners.push((change) => {
    const webhook = isOn ? toGiteaWebhook(forge.state, forge.url, change) : undefined;
    if (webhook === undefined) return;
    const { event, type, payload } = webhook;
    const body = Buffer.from(JSON.stringify(payload));
    queue.push(take({ change: { body, event, eventType: type, yields: [], triggers: [] }, isEcho: false }));
  });

  const deliver = async (delivery: PatientDelivery): Promise<void> => {
    while (isOn) {
      const headers = toSignedHeaders(delivery, target.secret);
      const answering = sendRequest(target.url, { method: 'POST', headers, body: delivery.change.body });
      onSending?.();
      const answer = await answering.catch((error: NodeJS.ErrnoException) => error);
      if (answer instanceof Error) delivery.broken += answer.code === 'ECONNREFUSED' ? 0 : 1;
      else if (answer.status === 200) {
        delivery.answered.push((JSON.parse(answer.text) as { id: string }).id);
        return;
      } else if (answer.status !== 503) {
        oddAnswers.push(`${answer.status} ${answer.text}`);
        return;
      }
      await delay(PAUSE_MS);
    }
  };

  const run = async (): Promise<void> => {
    while (isOn) {
      const [next] = queue;
      if (next === undefined) {
        await delay(PAUSE_MS);
        continue;
      }
      await deliver(next);
      if (random.next() < 0.1) await deliver(next);
      if (random.next() < 0.05) await deliver(take({ ...next, isEcho: true }));
      queue.shift();
    }
  };
  const running = run();

  return {
    deliveries,
    oddAnswers,
    get onSending() {
      return onSending;
    },
    set onSending(value) {
      onSending = value;
    },
    waitingCount: () => queue.length,
    async stop() {
      isOn = false;
      await running;
    },
  };
}
