import type { ClaimedRun } from '../store/run-claims.ts';

/**
 * The runs that a process holds and has not begun. More are claimed than are worked on at a time, so that neither a key nor a
 * destination waits for the database between two runs:
 *
 *   key           one run after the other, in the order of the claim
 *   destination   as many at a time as its action allows
 *   process       as many at a time as configured
 */
export interface Lanes {
  /** Takes runs in, those of a key in their order. */
  add(runs: readonly ClaimedRun[]): void;
  /** Gives the runs that may begin now, and counts them as begun. */
  begin(): ClaimedRun[];
  /** A run that was begun is over. */
  end(run: ClaimedRun): void;
  /** Takes out runs that were not begun. */
  remove(isWanted: (run: ClaimedRun, waitedMs: number) => boolean): ClaimedRun[];
  /** Runs that wait to be begun. */
  readonly waiting: () => number;
  /** By destination: how many runs are begun or wait, and how many it takes at a time. */
  readonly held: () => ReadonlyMap<string, { readonly runs: number; readonly atATime: number }>;
}

export interface LaneLimits {
  /** Most at a time in this process. */
  readonly concurrency: () => number;
  /** Most at a time at the destination of an action. */
  readonly ofAction: (action: string) => number;
}

export function createLanes(limits: LaneLimits): Lanes {
  let waiting: { readonly run: ClaimedRun; readonly sinceMs: number }[] = [];
  const begun = new Set<ClaimedRun>();
  const begunAt = new Map<string, number>();
  const keys = new Set<string>();

  const count = (destination: string, change: number) => {
    const now = (begunAt.get(destination) ?? 0) + change;
    if (now === 0) begunAt.delete(destination);
    else begunAt.set(destination, now);
  };

  return {
    add(runs) {
      const sinceMs = performance.now();
      waiting.push(...runs.map((run) => ({ run, sinceMs })));
    },
    begin() {
      /** Keys whose first waiting run stays: those behind it stay too. */
      const passed = new Set<string>();
      const beginning: ClaimedRun[] = [];
      waiting = waiting.filter(({ run }) => {
        const { orderKey, destination, action } = run;
        const isHeldUp =
          begun.size >= limits.concurrency() ||
          (orderKey !== null && (keys.has(orderKey) || passed.has(orderKey))) ||
          (begunAt.get(destination) ?? 0) >= limits.ofAction(action);
        if (isHeldUp) {
          if (orderKey !== null) passed.add(orderKey);
          return true;
        }
        begun.add(run);
        count(destination, 1);
        if (orderKey !== null) keys.add(orderKey);
        beginning.push(run);
        return false;
      });
      return beginning;
    },
    end(run) {
      if (!begun.delete(run)) return;
      count(run.destination, -1);
      if (run.orderKey !== null) keys.delete(run.orderKey);
    },
    remove(isWanted) {
      const nowMs = performance.now();
      const removed = waiting.filter(({ run, sinceMs }) => isWanted(run, nowMs - sinceMs));
      waiting = waiting.filter((one) => !removed.includes(one));
      return removed.map(({ run }) => run);
    },
    waiting: () => waiting.length,
    held() {
      const held = new Map<string, { readonly runs: number; readonly atATime: number }>();
      for (const { destination, action } of [...begun, ...waiting.map(({ run }) => run)]) {
        const runs = (held.get(destination)?.runs ?? 0) + 1;
        held.set(destination, { runs, atATime: limits.ofAction(action) });
      }
      return held;
    },
  };
}
