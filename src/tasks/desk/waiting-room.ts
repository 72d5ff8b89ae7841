import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/**
 * Where claims wait for work. They are tried one after the other in the order in which they came, when something was committed and every
 * two seconds, so that however many wait, the database is asked one thing at a time by all of them.
 *
 *   came ──tried at once──▶ waits ──tried after each wake──▶ … ──got something──▶ gone
 *                             └──time is over, or nobody waits for the answer──▶ gone with nothing
 */
export interface WaitingRoom {
  /** Tries until there is something, the time is over or the signal is aborted; then undefined. What it throws is thrown. */
  wait<T>(attempt: () => Promise<T | undefined>, limits: WaitLimits): Promise<T | undefined>;
  /** Something was committed. */
  wake(): void;
  /** How many wait. */
  readonly size: number;
}

export interface WaitLimits {
  readonly ms: number;
  readonly signal: AbortSignal;
}

export interface WaitingRoomPorts {
  /** Whether it is worth trying those that were tried before. */
  readonly hasWork: () => Promise<boolean>;
  readonly log: Logger;
  readonly pollMs?: number;
}

const POLL_MS = 2_000;
/** Between two rounds of tries, so that a busy hub's commits do not cost a round each. */
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

interface Waiting {
  isNew: boolean;
  /** Its time is over or nobody wants the answer; a try that is under way still counts. */
  isLeaving: boolean;
  isBusy: boolean;
  /** @returns whether it is done. */
  readonly attempt: () => Promise<boolean>;
  readonly leave: () => void;
}

export function createWaitingRoom({ hasWork, log, pollMs = POLL_MS }: WaitingRoomPorts): WaitingRoom {
  const waiting = new Set<Waiting>();
  let isWoken = false;
  let round: Promise<void> | undefined;
  let poll: NodeJS.Timeout | undefined;

  const tryOne = async (one: Waiting): Promise<void> => {
    one.isNew = false;
    one.isBusy = true;
    const isDone = await one.attempt();
    one.isBusy = false;
    if (isDone) waiting.delete(one);
    else if (one.isLeaving) one.leave();
  };

  const tryAll = async (): Promise<void> => {
    const wasWoken = isWoken;
    isWoken = false;
    const isForAll = wasWoken && (await hasWork());
    for (const one of waiting) {
      if (waiting.has(one) && !one.isLeaving && (one.isNew || isForAll)) await tryOne(one);
    }
  };

  const run = async (): Promise<void> => {
    while (waiting.size > 0 && (isWoken || [...waiting].some(({ isNew }) => isNew))) {
      const startedMs = performance.now();
      await tryAll().catch((error: unknown) => log.debug({ err: error }, 'task.claims_waiting'));
      const tookMs = performance.now() - startedMs;
      await delay(Math.min(Math.max(tookMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS));
    }
  };

  const go = (): void => {
    round ??= run().finally(() => {
      round = undefined;
      if (waiting.size > 0 && (isWoken || [...waiting].some(({ isNew }) => isNew))) go();
    });
  };

  const wake = (): void => {
    if (waiting.size === 0) return;
    isWoken = true;
    go();
  };

  return {
    wait: (attempt, { ms, signal }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          resolve(undefined);
          return;
        }
        const end = (): void => {
          one.isLeaving = true;
          if (!one.isBusy) one.leave();
        };
        const timer = setTimeout(end, ms);
        signal.addEventListener('abort', end, { once: true });
        const forget = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          waiting.delete(one);
          if (waiting.size === 0) {
            clearInterval(poll);
            poll = undefined;
          }
        };
        const one: Waiting = {
          isNew: true,
          isLeaving: false,
          isBusy: false,
          attempt: async () => {
            try {
              const found = await attempt();
              if (found === undefined) return false;
              forget();
              resolve(found);
            } catch (error) {
              forget();
              reject(error);
            }
            return true;
          },
          leave: () => {
            forget();
            resolve(undefined);
          },
        };
        waiting.add(one);
        poll ??= setInterval(wake, pollMs);
        go();
      }),
    wake,
    get size() {
      return waiting.size;
    },
  };
}
