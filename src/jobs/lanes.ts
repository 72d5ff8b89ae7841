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
  /**
   * Gives the runs that may begin now, and counts them as begun.
   * @param after the run whose end is the occasion, so that only what waited for it is looked at.
   */
  begin(after?: ClaimedRun): ClaimedRun[];
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

interface Waiting {
  readonly run: ClaimedRun;
  readonly sinceMs: number;
}

export function createLanes(limits: LaneLimits): Lanes {
  const waiting = new Map<string, Waiting[]>();
  const begun = new Set<ClaimedRun>();
  const begunAt = new Map<string, number>();
  const keys = new Set<string>();

  const count = (destination: string, change: number) => {
    const now = (begunAt.get(destination) ?? 0) + change;
    if (now === 0) begunAt.delete(destination);
    else begunAt.set(destination, now);
  };
  const isFull = (run: ClaimedRun) =>
    begun.size >= limits.concurrency() || (begunAt.get(run.destination) ?? 0) >= limits.ofAction(run.action);

  const beginAt = (destination: string): ClaimedRun[] => {
    const beginning: ClaimedRun[] = [];
    const staying: Waiting[] = [];
    /** Keys whose first waiting run stays: those behind it stay too. */
    const passed = new Set<string>();
    const all = waiting.get(destination) ?? [];
    for (const [index, one] of all.entries()) {
      const { orderKey } = one.run;
      if (isFull(one.run)) {
        if (beginning.length === 0) return [];
        staying.push(...all.slice(index));
        break;
      }
      if (orderKey !== null && (keys.has(orderKey) || passed.has(orderKey))) {
        passed.add(orderKey);
        staying.push(one);
        continue;
      }
      begun.add(one.run);
      count(destination, 1);
      if (orderKey !== null) keys.add(orderKey);
      beginning.push(one.run);
    }
    keep(destination, staying);
    return beginning;
  };
  const keep = (destination: string, staying: Waiting[]) => {
    if (staying.length === 0) waiting.delete(destination);
    else waiting.set(destination, staying);
  };

  return {
    add(runs) {
      const sinceMs = performance.now();
      for (const run of runs) {
        const queue = waiting.get(run.destination) ?? [];
        queue.push({ run, sinceMs });
        waiting.set(run.destination, queue);
      }
    },
    begin(after) {
      const isElsewhere = after === undefined || after.orderKey !== null || begun.size >= limits.concurrency() - 1;
      return isElsewhere ? [...waiting.keys()].flatMap(beginAt) : beginAt(after.destination);
    },
    end(run) {
      if (!begun.delete(run)) return;
      count(run.destination, -1);
      if (run.orderKey !== null) keys.delete(run.orderKey);
    },
    remove(isWanted) {
      const nowMs = performance.now();
      const removed: ClaimedRun[] = [];
      for (const [destination, queue] of waiting) {
        const isTaken = ({ run, sinceMs }: Waiting) => isWanted(run, nowMs - sinceMs);
        removed.push(...queue.filter(isTaken).map(({ run }) => run));
        keep(
          destination,
          queue.filter((one) => !isTaken(one)),
        );
      }
      return removed;
    },
    waiting: () => [...waiting.values()].reduce((total, queue) => total + queue.length, 0),
    held() {
      const held = new Map<string, { readonly runs: number; readonly atATime: number }>();
      const queued = [...waiting.values()].flat().map(({ run }) => run);
      for (const { destination, action } of [...begun, ...queued]) {
        const runs = (held.get(destination)?.runs ?? 0) + 1;
        held.set(destination, { runs, atATime: limits.ofAction(action) });
      }
      return held;
    },
  };
}
