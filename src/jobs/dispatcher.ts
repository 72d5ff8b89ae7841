import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { toIsoTime } from '../core/clock.ts';
import type { FettleError } from '../core/errors.ts';
import { claimRuns, type ClaimedRun, extendLeases, findNextDueAt, reclaimRuns } from '../store/run-claims.ts';
import { type AttemptPorts, attemptRun, type Ending, HandedBackError, withAttempt } from './attempt.ts';
import { type BreakerPorts, createBreakerControl } from './breaker-control.ts';
import type { ActionCatalog } from './contract.ts';
import { createReportWriter } from './report-writer.ts';

/**
 * The dispatcher takes due runs from the database and works on them.
 *
 *   wake ──▶ claim (one transaction) ──▶ attempts, side by side ──▶ reports (many in one transaction) ──▶ wake
 *                    ▲                                                      │
 *                    └── nothing due: wait for a wake or the next due time ◀┘
 *
 * The runs table is the truth: a claim writes who works on a run and until when, a report is taken only from who holds it. A process
 * that dies is noticed by its lease, or at once by the next owner of its data directory. Every fifth second it renews leases,
 * takes up what others left, and looks after breakers.
 */
export interface Dispatcher {
  start(): void;
  /** There may be something to do. */
  wake(): void;
  /** Claims nothing more, waits for what is under way, and hands back what is not done within `graceMs`. */
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
  readonly observer: DispatchObserver;
  readonly log: Logger;
}

const LEASE_MS = 60_000;
const MAINTAIN_EVERY_MS = 5_000;
/** Longest wait for a wake that may have been lost, and wait while due runs are held up by others. */
const POLL_MS = 1_000;
const MOST_PER_CLAIM = 100;

export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  const { db, clock, holder, catalog, observer, log } = ports;
  const active = new Map<
    string,
    { readonly run: ClaimedRun; readonly abort: AbortController; readonly done: Promise<void> }
  >();
  const limits = Object.fromEntries(catalog.all.map(({ name, concurrency }) => [name, concurrency]));
  let stopping = false;
  let wake: () => void = () => undefined;
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

  const toBusy = () => {
    const busy: Record<string, number> = {};
    for (const { run } of active.values()) busy[run.destination] = (busy[run.destination] ?? 0) + 1;
    return busy;
  };

  const claim = async (): Promise<ClaimedRun[]> => {
    const free = Math.min(ports.concurrency() - active.size, MOST_PER_CLAIM);
    if (free <= 0) return [];
    const nowMs = clock();
    const busy = toBusy();
    const full = [...active.values()].flatMap(({ run }) =>
      (busy[run.destination] ?? 0) >= (limits[run.action] ?? 1) ? [run.destination] : [],
    );
    return await claimRuns(db(), {
      holder,
      nowAt: toIsoTime(nowMs),
      leaseUntilAt: toIsoTime(nowMs + LEASE_MS),
      limit: free,
      limits,
      busy,
      full: [...new Set(full)],
    });
  };

  const begin = (run: ClaimedRun): Promise<void> => {
    const abort = new AbortController();
    const startedAtMs = performance.now();
    const work = async () => {
      const ending = await attemptRun(run, catalog.find(run.action), ports, abort.signal, writer.save);
      const isLater = ending.report.state === 'waiting' && ending.error === undefined;
      await writer.save(isLater ? ending.report : withAttempt(ending.report, run, clock()));
      observer.onEnd(run, ending, performance.now() - startedAtMs);
      log.info(toLogFacts(run, ending, performance.now() - startedAtMs), 'run.attempted');
      if (!(ending.error instanceof HandedBackError)) await breakers.attemptEnded(run, ending.error);
    };
    const done = work()
      .catch((error: unknown) => log.error({ err: error, run: run.id }, 'run.report_failed'))
      .finally(() => {
        active.delete(run.id);
        wake();
      });
    active.set(run.id, { run, abort, done });
    return done;
  };

  const tick = async () => {
    const runs = await claim();
    await Promise.all(runs.map(begin));
    await writer.settled();
    return runs.length;
  };

  const maintain = async () => {
    const nowMs = clock();
    if (active.size > 0) {
      const held = await extendLeases(db(), holder, toIsoTime(nowMs + LEASE_MS));
      for (const [id, { abort }] of active) if (!held.has(id)) abort.abort(new HandedBackError());
    }
    const reclaimed = await reclaimRuns(db(), { nowAt: toIsoTime(nowMs), formerHolder: null });
    if (reclaimed > 0) log.warn({ runs: reclaimed }, 'run.reclaimed');
    await breakers.maintain();
    if (reclaimed > 0) wake();
  };

  const waitForWork = async (woken: Promise<void>, claimedAtMs: number) => {
    const nextAtMs = active.size < ports.concurrency() ? (await findNextDueAt(db()))?.getTime() : undefined;
    // What was due at the claim and was not claimed is held up by others, whose end wakes us.
    const isHeldUp = nextAtMs !== undefined && nextAtMs <= claimedAtMs;
    const waitMs = isHeldUp ? POLL_MS : (nextAtMs ?? Number.POSITIVE_INFINITY) - clock();
    if (waitMs <= 0) return;
    const over = new AbortController();
    const late = delay(Math.min(waitMs, MAINTAIN_EVERY_MS), undefined, { signal: over.signal, ref: false });
    await Promise.race([woken, late.catch(() => undefined)]);
    over.abort();
  };

  const run = async () => {
    let isFirst = true;
    while (!stopping) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      try {
        if (isFirst) await reclaimRuns(db(), { nowAt: toIsoTime(clock()), formerHolder: holder });
        isFirst = false;
        const claimedAtMs = clock();
        const runs = await claim();
        for (const one of runs) void begin(one);
        if (runs.length === 0 && !stopping) await waitForWork(woken, claimedAtMs);
      } catch (error) {
        if (stopping) return;
        log.warn({ err: error }, 'dispatcher.waiting');
        await delay(POLL_MS * (0.5 + Math.random()), undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  };

  const keepUp = async () => {
    while (!stopping) {
      await delay(MAINTAIN_EVERY_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
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
      const ends = Promise.all([...active.values()].map(({ done }) => done));
      await Promise.race([ends, delay(graceMs, undefined, { ref: false })]);
      for (const { abort } of active.values()) abort.abort(new HandedBackError());
      await Promise.race([
        Promise.all([...active.values()].map(({ done }) => done)),
        delay(graceMs, undefined, { ref: false }),
      ]);
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
