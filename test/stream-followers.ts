import { setTimeout as delay } from 'node:timers/promises';
import { openSse, type SseClient } from './sse-client.ts';
import { sendRequest } from './send-request.ts';

/** A client that follows the stream from its beginning and resumes whenever it is cut off, like a browser or a bot. */
export interface StreamFollower {
  /** The `seq` of every event it was given, in order of arrival. */
  readonly seqs: readonly number[];
  /** Gaps it was told of; there should be none. */
  readonly gaps: readonly unknown[];
  /** Connections it made that were answered. */
  connections(): number;
  /** Cuts itself off, to come back by the next URL. */
  moveOn(): void;
  stop(): Promise<void>;
}

export interface FollowOptions {
  /** Hubs to ask, in turn. */
  readonly urls: readonly [string, ...string[]];
  readonly token: string;
}

const PAUSE_MS = 20;
const POLL_SECONDS = 5;
const POLL_LIMIT_MS = 30_000;
const PAGE = 500;

/** Follows by server-sent events, resuming by `Last-Event-ID`. */
export function followSse({ urls, token }: FollowOptions): StreamFollower {
  const seqs: number[] = [];
  const gaps: unknown[] = [];
  let lastEventId = '0';
  let connections = 0;
  let stopped = false;
  let client: SseClient | undefined;

  const takeFrom = (from: SseClient) => {
    for (const { id, event, data } of from.events.splice(0)) {
      if (event === 'gap') gaps.push(data);
      else seqs.push(Number(id));
    }
    lastEventId = from.lastEventId() ?? lastEventId;
  };

  const run = async () => {
    for (let turn = 0; !stopped; turn += 1) {
      const url = urls[turn % urls.length] ?? urls[0];
      try {
        client = await openSse(`${url}/events`, { authorization: `Bearer ${token}`, 'last-event-id': lastEventId });
      } catch (error) {
        if (!isConnectionFailure(error)) throw error;
        await delay(PAUSE_MS);
        continue;
      }
      if (client.status === 200) connections += 1;
      else client.close();
      while (client.isOpen() && !stopped) {
        takeFrom(client);
        await delay(PAUSE_MS);
      }
      takeFrom(client);
      client.close();
      await delay(PAUSE_MS);
    }
  };
  const running = run();

  return {
    seqs,
    gaps,
    connections: () => connections,
    moveOn: () => client?.close(),
    stop: async () => {
      stopped = true;
      client?.close();
      await running;
    },
  };
}

/** Follows by long polls, each from the `next` of the one before. */
export function followLongPoll({ urls, token }: FollowOptions): StreamFollower {
  const seqs: number[] = [];
  const gaps: unknown[] = [];
  let next = 0;
  let connections = 0;
  let turn = 0;
  let stopped = false;
  const stopping = new AbortController();
  let moving = new AbortController();

  const run = async () => {
    while (!stopped) {
      const url = urls[turn % urls.length] ?? urls[0];
      try {
        const answer = await sendRequest(`${url}/events?after=${next}&wait=${POLL_SECONDS}&limit=${PAGE}`, {
          headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
          idleLimitMs: POLL_LIMIT_MS,
          signal: AbortSignal.any([stopping.signal, moving.signal]),
        });
        if (answer.status === 200) {
          const page = JSON.parse(answer.text) as PollPage;
          seqs.push(...page.events.map(({ seq }) => seq));
          if (page.gap !== undefined) gaps.push(page.gap);
          next = page.next;
          connections += 1;
          continue;
        }
      } catch (error) {
        if (!isConnectionFailure(error)) throw error;
      }
      turn += 1;
      moving = new AbortController();
      await delay(PAUSE_MS);
    }
  };
  const running = run();

  return {
    seqs,
    gaps,
    connections: () => connections,
    moveOn: () => moving.abort(),
    stop: async () => {
      stopped = true;
      stopping.abort();
      await running;
    },
  };
}

interface PollPage {
  readonly events: readonly { readonly seq: number }[];
  readonly next: number;
  readonly gap?: unknown;
}

/** Whether an error is what a hub that is killed, away or left looks like from outside. */
function isConnectionFailure(error: unknown): boolean {
  const { code, name, message } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || code !== undefined || /^Nothing came|socket hang up|aborted/.test(message);
}
