import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { toIsoTime } from '../core/clock.ts';
import type { FettleError } from '../core/errors.ts';
import { claimRuns, type ClaimedRun, extendLeases, reclaimRuns, releaseRuns } from '../store/run-claims.ts';
import { moveStrandedFollowers } from '../store/runs.ts';
import { type AttemptPorts, attemptRun, type Ending, HandedBackError, withAttempt } from './attempt.ts';
import { type BreakerPorts, createBreakerControl } from './breaker-control.ts';
import type { ActionCatalog } from './contract.ts';
import { createLanes } from './lanes.ts';
import { createPace } from './pace.ts';
import { createReportWriter } from './report-writer.ts';

/**
 * The dispatcher takes due runs from the database and works on them.
 *
 *   wake ──▶ claim (one transaction) ──▶ lanes ──▶ attempts, side by side ──▶ reports (many in one transaction) ──▶ wake
 *                    ▲                     └── not begun: given back when it cannot be begun soon ──┐        │
 *                    └── nothing due: wait for a wake or the next due time ◀────────────────────────┴────────┘
 *
 * The runs table is the truth: a claim writes who works on a run and until when, a report is taken only from who holds it. A process
 * that dies is noticed by its lease, or at once by the next owner of its data directory. Every fifth second it renews leases,
 * takes up what others left, and looks after breakers.
 *
 * Where effects are quick more runs are claimed than are worked on at a time (`lanes.ts`, `pace.ts`). An attempt that fails sends those
 * behind it back, whose order or whose destination may now be another matter.
 */
export interface Dispatcher {
  start(): void;
  /** There may be something to do. */
  wake(): void;
  /** Claims nothing more, gives back what was not begun, waits for what is under way, and hands back what is not done within `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Attempts under way. */
  readonly active: () => number;
  /** Claims what is due and works on it until it is done. For tests, instead of `start`. @returns how many runs were claimed. */
  tick(): Promise<number>;
  /** Does what is due every fifth second. For tests, instead of `start`. */
  maintain(): Promise<void>;
}

/** What others want to know of each attempt. */
export interface DispatchObserver {
  onEnd(run: ClaimedRun, ending: Ending, durationMs: number): void;
  onBreaker(scope: string, isOpen: boolean): void;
}

export interface DispatcherPorts extends AttemptPorts, Omit<BreakerPorts, 'onOpen' | 'onClose'> {
  /** Id of this data directory's inbox: at any time one process owns it. */
  readonly holder: string;
  readonly catalog: ActionCatalog;
  readonly concurrency: () => number;
  /** The database ends with this process, and then claims that never reached the disk are no loss. */
  readonly areClaimsLazy?: boolean;
  readonly observer: DispatchObserver;
  readonly log: Logger;
}

const LEASE_MS = 60_000;
const MAINTAIN_EVERY_MS = 5_000;
/** Longest wait for a wake that may have been lost, and wait while due runs are held up by others. */
const POLL_MS = 1_000;
const MOST_PER_CLAIM = 200;
/** Runs claimed ahead that wait longer than this are given back. */
const LONGEST_AHEAD_MS = 2_000;
/** While runs are under way claims come no closer than this, so that each finds several. */
const SHORTEST_BETWEEN_CLAIMS_MS = 10;

/** No time to wake at. */
const NEVER: { readonly atMs: number; readonly handle: NodeJS.Timeout | undefined } = {
  atMs: Number.POSITIVE_INFINITY,
  handle: undefined,
};

export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  const { db, clock, holder, catalog, observer, log } = ports;
  /** Attempts from their beginning until their report is stored. */
  const active = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>();
  const limits = Object.fromEntries(catalog.all.map(({ name, concurrency }) => [name, concurrency]));
  const lanes = createLanes({ concurrency: ports.concurrency, ofAction: (action) => limits[action] ?? 1 });
  const pace = createPace();
  let stopping = false;
  let wake: () => void = () => undefined;
  /** Whether the last claim left runs that are due, which the end of others may free. */
  let isHeldUp = false;
  let timer = NEVER;
  let running: Promise<void> | undefined;
  let upkeep: Promise<void> | undefined;
  const stopped = new AbortController();

  const writer = createReportWriter({
    db,
    holder,
    clock,
    onLost: (id) => {
      log.warn({ run: id }, 'run.lost');
      active.get(id)?.abort.abort(new HandedBackError());
    },
    onRetry: (error) => log.warn({ err: error }, 'run.report_waiting'),
  });
  const breakers = createBreakerControl({
    ...ports,
    onOpen: ({ scope, code, reason }) => {
      log.warn({ scope, code, reason }, 'breaker.opened');
      observer.onBreaker(scope, true);
    },
    onClose: (scope) => {
      log.info({ scope }, 'breaker.closed');
      observer.onBreaker(scope, false);
      wake();
    },
  });

  /** Wakes at a time, if nothing does before. */
  const wakeAt = (atMs: number) => {
    if (atMs >= timer.atMs) return;
    clearTimeout(timer.handle);
    timer = {
      atMs,
      handle: setTimeout(() => wake(), Math.min(Math.max(0, atMs - clock()), MAINTAIN_EVERY_MS)).unref(),
    };
  };

  /** @returns how many runs were claimed. */
  const claim = async (): Promise<number> => {
    const limit = MOST_PER_CLAIM - lanes.waiting();
    if (limit <= 0) {
      isHeldUp = true;
      return 0;
    }
    const nowMs = clock();
    const ahead = pace.ahead();
    const { runs, nextDueAt } = await claimRuns(db(), {
      holder,
      nowAt: toIsoTime(nowMs),
      leaseUntilAt: toIsoTime(nowMs + LEASE_MS),
      limit,
      limits,
      room: toRoom(ahead),
      ahead,
      isLazy: ports.areClaimsLazy === true,
    });
    isHeldUp = nextDueAt !== null && nextDueAt.getTime() <= nowMs;
    if (nextDueAt !== null) wakeAt(isHeldUp ? nowMs + POLL_MS : nextDueAt.getTime());
    lanes.add(runs);
    beginWaiting();
    return runs.length;
  };

  /** How many more runs may be claimed where some are held. */
  const toRoom = (ahead: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      [...lanes.held()].map(([destination, { runs, atATime }]) => [
        destination,
        atATime * (ahead[destination] ?? 1) - runs,
      ]),
    );

  const beginWaiting = (after?: ClaimedRun) => {
    if (stopping) return;
    for (const run of lanes.begin(after)) begin(run);
  };

  const begin = (run: ClaimedRun) => {
    const abort = new AbortController();
    const startedAtMs = performance.now();
    const work = async () => {
      const ending = await attemptRun(run, catalog.find(run.action), ports, abort.signal, writer.save);
      const durationMs = performance.now() - startedAtMs;
      const sentBack = endLane(run, ending, durationMs);
      const isLater = ending.report.state === 'waiting' && ending.error === undefined;
      await writer.save(isLater ? ending.report : withAttempt(ending.report, run, clock()));
      if (ending.report.nextAt !== null) wakeAt(Date.parse(ending.report.nextAt));
      observer.onEnd(run, ending, durationMs);
      log.info(toLogFacts(run, ending, durationMs), 'run.attempted');
      // An attempt that only says "later" or "not for me" did not hear from the other side.
      const isSilent = isLater || ending.report.state === 'skipped' || ending.error instanceof HandedBackError;
      if (!isSilent) await breakers.attemptEnded(run, ending.error);
      await release(sentBack);
    };
    const done = work()
      .catch((error: unknown) => log.error({ err: error, run: run.id }, 'run.report_failed'))
      .finally(() => {
        active.delete(run.id);
        if (isHeldUp || run.isFollowed) wake();
      });
    active.set(run.id, { abort, done });
  };

  /** What waits behind the run may begin when it ended well; otherwise it is taken out, to be given back. */
  const endLane = (run: ClaimedRun, { report, error }: Ending, durationMs: number): ClaimedRun[] => {
    lanes.end(run);
    if (error === undefined) {
      pace.note(run.destination, durationMs);
      beginWaiting(run);
      return [];
    }
    const isOfRun = report.state === 'dead';
    if (!isOfRun) pace.forget(run.destination);
    const sentBack = isOfRun
      ? []
      : lanes.remove(
          ({ destination, orderKey, credential }) =>
            destination === run.destination ||
            (orderKey !== null && orderKey === run.orderKey) ||
            (credential !== null && credential === run.credential),
        );
    beginWaiting(run);
    return sentBack;
  };

  /** Gives runs back that were not begun. Those that cannot be given back now are free when their lease is over. */
  const release = async (runs: readonly ClaimedRun[]) => {
    if (runs.length === 0) return;
    const ids = runs.map(({ id }) => id);
    isHeldUp = true;
    await releaseRuns(db(), holder, ids, toIsoTime(clock())).catch((error: unknown) =>
      log.warn({ err: error, runs: ids.length }, 'run.release_failed'),
    );
  };

  const settle = async () => {
    while (active.size > 0) await Promise.all([...active.values()].map(({ done }) => done));
    await writer.settled();
  };

  const tick = async () => {
    const claimed = await claim();
    await settle();
    return claimed;
  };

  const maintain = async () => {
    const nowMs = clock();
    const tooLong = lanes.remove((_run, waitedMs) => waitedMs > LONGEST_AHEAD_MS);
    if (tooLong.length > 0) await release(tooLong).then(() => wake());
    if (active.size > 0) {
      // Meanwhile others begin, of which the answer says nothing.
      const asked = [...active];
      const ids = asked.map(([id]) => id);
      const held = await extendLeases(db(), holder, ids, toIsoTime(nowMs + LEASE_MS));
      for (const [id, { abort }] of asked) if (!held.has(id)) abort.abort(new HandedBackError());
    }
    const reclaimed = await reclaimRuns(db(), { nowAt: toIsoTime(nowMs), formerHolder: null });
    if (reclaimed > 0) log.warn({ runs: reclaimed }, 'run.reclaimed');
    const stranded = await moveStrandedFollowers(db(), toIsoTime(nowMs));
    await breakers.maintain();
    if (reclaimed > 0 || stranded > 0) wake();
  };

  const run = async () => {
    let isFirst = true;
    while (!stopping) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      clearTimeout(timer.handle);
      timer = NEVER;
      try {
        if (isFirst) await reclaimRuns(db(), { nowAt: toIsoTime(clock()), formerHolder: holder });
        isFirst = false;
        wakeAt(clock() + MAINTAIN_EVERY_MS);
        const startedAtMs = performance.now();
        await claim();
        const earliestMs = startedAtMs + Math.max(performance.now() - startedAtMs, SHORTEST_BETWEEN_CLAIMS_MS);
        if (!stopping) await woken;
        if (active.size > 0) await pause(earliestMs - performance.now());
      } catch (error) {
        if (stopping) return;
        log.warn({ err: error }, 'dispatcher.waiting');
        await pause(POLL_MS * (0.5 + Math.random()));
      }
    }
  };

  /** Ends early when the dispatcher stops. */
  const pause = async (ms: number) => {
    if (ms > 0) await delay(ms, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
  };

  const keepUp = async () => {
    while (!stopping) {
      await pause(MAINTAIN_EVERY_MS);
      if (stopping) return;
      await maintain().catch((error: unknown) => log.warn({ err: error }, 'dispatcher.waiting'));
    }
  };

  return {
    start() {
      running ??= run();
      upkeep ??= keepUp();
    },
    wake: () => wake(),
    active: () => active.size,
    async stop(graceMs) {
      stopping = true;
      stopped.abort();
      wake();
      await Promise.all([running, upkeep]);
      await release(lanes.remove(() => true));
      const ends = settle();
      await Promise.race([ends, delay(graceMs, undefined, { ref: false })]);
      for (const { abort } of active.values()) abort.abort(new HandedBackError());
      await Promise.race([settle(), delay(graceMs, undefined, { ref: false })]);
    },
    tick,
    maintain,
  };
}

/** The one wide line of an attempt. */
function toLogFacts(
  run: ClaimedRun,
  { report, error }: { report: Ending['report']; error: FettleError | undefined },
  durationMs: number,
) {
  return {
    run: run.id,
    rule: run.rule,
    action: run.action,
    attempt: run.attempt,
    repo: run.repo ?? undefined,
    destination: run.destination,
    state: report.state,
    code: error?.code,
    reason: report.reason ?? undefined,
    nextAt: report.nextAt ?? undefined,
    durationMs: Math.round(durationMs),
  };
}
