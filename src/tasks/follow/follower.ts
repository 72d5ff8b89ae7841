import { setTimeout as delay } from 'node:timers/promises';
import { isConflict, isDatabaseAbsent } from '../../store/database-errors.ts';
import type { TaskPorts } from '../move.ts';
import { followBatch, skipEvent, STRETCH } from './follow-batch.ts';

/** Lets tasks follow what happens on the forges, by reading the stream behind everybody else. */
export interface TaskFollower {
  start(): void;
  /** There may be new events. */
  wake(): void;
  stop(): Promise<void>;
  /** Follows what is there. For tests, instead of `start`. @returns how many moves of tasks came of it. */
  tick(): Promise<number>;
}

/** How often it looks without being woken. */
const LOOK_EVERY_MS = 5_000;

export function createTaskFollower(ports: TaskPorts): TaskFollower {
  const stopping = new AbortController();
  let nap = new AbortController();
  let running: Promise<void> | undefined;

  const run = async () => {
    while (!stopping.signal.aborted) {
      nap = new AbortController();
      try {
        await followThrough(ports, Infinity, stopping.signal);
      } catch (error) {
        ports.log.warn({ err: error }, 'tasks.following_waits');
      }
      const signal = AbortSignal.any([nap.signal, stopping.signal]);
      await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    start() {
      running ??= run();
    },
    wake() {
      nap.abort();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    tick: () => followThrough(ports, Infinity, stopping.signal),
  };
}

/**
 * Follows the stream until a place is passed, or its end is reached. An event that cannot be followed, whatever the reason in it is, is
 * reported and passed over when it stands alone, so that it holds up no other.
 * @returns how many moves of tasks came of it.
 */
export async function followThrough(ports: TaskPorts, seq: number, signal: AbortSignal): Promise<number> {
  let moved = 0;
  let limit = STRETCH;
  while (!signal.aborted) {
    try {
      const batch = await followBatch(ports, limit);
      moved += batch.moved;
      limit = Math.min(limit * 2, STRETCH);
      if (!batch.isFull || batch.through >= seq) return moved;
    } catch (error) {
      if (isDatabaseAbsent(error) || isConflict(error)) throw error;
      if (limit === 1) ports.log.error({ err: error, seq: await skipEvent(ports) }, 'tasks.event_passed_over');
      limit = Math.max(Math.floor(limit / 2), 1);
    }
  }
  return moved;
}
