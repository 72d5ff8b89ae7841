import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type DeliveryMaker, type DeliveryToSend, toSignedHeaders } from './deliveries.ts';
import { sendRequest } from './send-request.ts';

/** What became of all sendings of one delivery id, as the forge sees it. */
export interface SentDelivery extends DeliveryToSend {
  /** Our ids, one per answer 200. */
  readonly answered: string[];
  /** Sendings whose connection broke: the hub may have stored them or not. */
  broken: number;
  /** Sendings answered 503: the hub has not stored them. */
  refused: number;
}

/** An answer that no delivery should get. */
export interface OddAnswer {
  readonly deliveryId: string;
  readonly status: number;
  readonly text: string;
}

/** What an answer 503 said. */
export interface Refusal {
  readonly code: string | undefined;
  readonly retryAfter: string | undefined;
}

/** Many forges that send at once, over kept connections, and write down what they were answered. */
export interface DeliveryLoad {
  readonly sent: ReadonlyMap<string, SentDelivery>;
  readonly oddAnswers: readonly OddAnswer[];
  start(): void;
  /** Resolves when all that is under way was answered or broke. */
  stop(): Promise<void>;
  /** Sends one; resolves with the status of the answer, or with why there was none. */
  send(delivery: DeliveryToSend, url?: string): Promise<number | 'broken' | 'nobody listens'>;
  /** Answers 200 so far. */
  answeredCount(): number;
  /** The answers 503 so far. */
  refusals(): readonly Refusal[];
}

export interface DeliveryLoadOptions {
  /** Of the webhook; with several, one is taken at random each time. */
  readonly urls: readonly [string, ...string[]];
  readonly secret: string;
  readonly deliveries: DeliveryMaker;
  /** How many send at once. */
  readonly forges?: number;
  /** How long each waits after an answer. */
  readonly pauseMs?: number;
}

const ANSWER_LIMIT_MS = 60_000;
const PAUSE_AFTER_FAILURE_MS = 50;

export function createDeliveryLoad(options: DeliveryLoadOptions): DeliveryLoad {
  const { urls, secret, deliveries, forges = 8, pauseMs = 20 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: forges });
  const sent = new Map<string, SentDelivery>();
  const oddAnswers: OddAnswer[] = [];
  let answered = 0;
  const refusals: Refusal[] = [];
  let isOn = false;
  let running: Promise<unknown> = Promise.resolve();

  const send: DeliveryLoad['send'] = async (delivery, url = pickUrl()) => {
    const { deliveryId, change } = delivery;
    const record = sent.get(deliveryId) ?? { ...delivery, answered: [], broken: 0, refused: 0 };
    sent.set(deliveryId, record);
    let answer;
    try {
      const headers = toSignedHeaders(delivery, secret);
      answer = await sendRequest(url, {
        method: 'POST',
        headers,
        body: change.body,
        agent,
        idleLimitMs: ANSWER_LIMIT_MS,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return 'nobody listens';
      record.broken += 1;
      return 'broken';
    }
    if (answer.status === 200) {
      record.answered.push((JSON.parse(answer.text) as { id: string }).id);
      answered += 1;
    } else if (answer.status === 503) {
      record.refused += 1;
      const { code } = JSON.parse(answer.text) as { code?: string };
      refusals.push({ code, retryAfter: answer.headers['retry-after'] });
    } else {
      oddAnswers.push({ deliveryId, status: answer.status, text: answer.text });
    }
    return answer.status;
  };

  const pickUrl = () => urls[Math.floor(Math.random() * urls.length)] ?? urls[0];

  /** While nobody listens, the one delivery at hand is tried again: what never reached the hub proves nothing. */
  const runForge = async () => {
    let delivery = deliveries.next();
    while (isOn) {
      const outcome = await send(delivery);
      if (outcome !== 'nobody listens') delivery = deliveries.next();
      await delay(outcome === 200 ? pauseMs : PAUSE_AFTER_FAILURE_MS);
    }
  };

  return {
    sent,
    oddAnswers,
    send,
    start: () => {
      if (isOn) return;
      isOn = true;
      running = Promise.all(Array.from({ length: forges }, runForge));
    },
    stop: async () => {
      isOn = false;
      await running;
      agent.destroy();
    },
    answeredCount: () => answered,
    refusals: () => refusals,
  };
}
