import { setTimeout as delay } from 'node:timers/promises';
import { findNextExpiryMs, lockExpired } from '../store/task-leases.ts';
import { transact } from '../store/transact.ts';
import { moveTasksIn, noteMoves, type TaskPorts, toHeldTime } from './move.ts';

/**
 * Ends the leases of agents that were not heard from in time. Any number of processes may do so: what one has locked the others pass over, and
 * a lease that was ended or renewed meanwhile is left alone.
 */
export interface ExpiryKeeper {
  start(): void;
  stop(): Promise<void>;
  /** Ends what is over. For tests, instead of `start`. @returns how many leases ended. */
  tick(): Promise<number>;
}

/** Leases that one transaction ends. */
const BATCH = 50;
/** Less than any lease lasts, so that none is over before it was looked at. */
const LONGEST_PAUSE_MS = 5_000;
const SHORTEST_PAUSE_MS = 50;

export function createExpiryKeeper(ports: TaskPorts): ExpiryKeeper {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  const tick = async (): Promise<number> => {
    for (let ended = 0; ;) {
      const moves = await transact(ports.db(), async (trx) => {
        const ids = await lockExpired(trx, { nowAt: toHeldTime(ports), limit: BATCH });
        return await moveTasksIn(
          trx,
          ports,
          ids.map((id) => ({ id, command: { kind: 'expire' } })),
        );
      });
      noteMoves(ports, moves);
      const now = moves.filter(({ leaseEnded }) => leaseEnded !== null).length;
      ended += now;
      if (now < BATCH) return ended;
    }
  };

  const run = async () => {
    let pauseMs = SHORTEST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      try {
        await tick();
        const nextMs = (await findNextExpiryMs(ports.db(), toHeldTime(ports))) ?? LONGEST_PAUSE_MS;
        pauseMs = Math.min(Math.max(nextMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
      } catch (error) {
        ports.log.warn({ err: error }, 'task.expiry_waiting');
        pauseMs = LONGEST_PAUSE_MS;
      }
      await delay(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    tick,
  };
}
