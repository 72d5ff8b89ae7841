import type { Logger } from 'pino';
import { ACTIONS } from '../actions/registry.ts';
import { systemClock } from '../core/clock.ts';
import type { HookPorts } from '../hooks/contract.ts';
import { createHookWatch } from '../hooks/watch.ts';
import { createDispatcher } from '../jobs/dispatcher.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { createScheduleKeeper } from '../schedules/schedule-keeper.ts';
import type { Store } from '../store/store.ts';
import { createRunPorts, type RunPortSources } from './run-ports.ts';

/** What works on its own while a hub runs: runs, schedules, and the watch over webhooks. */
export interface Workers {
  start(): void;
  /** There may be runs to work on. */
  wake(): void;
  /** Lets runs end for that long, and hands back the rest. */
  stop(graceMs: number): Promise<void>;
}

export interface WorkerPorts extends Omit<RunPortSources, 'db'> {
  readonly store: Store;
  /** Id of the inbox that this process owns. */
  readonly holder: string;
  readonly ruleSet: () => RuleSet;
  readonly hooks: HookPorts;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export function createWorkers(ports: WorkerPorts): Workers {
  const { store, holder, loaded, metrics, log } = ports;
  const db = () => store.db;
  const config = () => loaded().config;
  const dispatcher = createDispatcher({
    ...createRunPorts({ ...ports, db }),
    holder,
    catalog: ACTIONS,
    concurrency: () => config().runs.concurrency,
    areClaimsLazy: store.kind === 'embedded',
    observer: {
      onEnd: ({ action }, { report, error }, durationMs) =>
        metrics.runAttempted({ action, state: report.state, code: error?.code, seconds: durationMs / 1000 }),
      onBreaker: (_scope, isOpen) => metrics.breakerMoved(isOpen),
    },
    log,
  });
  const schedules = createScheduleKeeper({
    db,
    clock: systemClock,
    ruleSet: ports.ruleSet,
    onRuns: () => dispatcher.wake(),
    log,
  });
  const hookWatch = createHookWatch({ ...ports.hooks, settings: () => config().hooks });
  return {
    start() {
      dispatcher.start();
      schedules.start();
      hookWatch.start();
    },
    wake: () => dispatcher.wake(),
    async stop(graceMs) {
      await Promise.all([schedules.stop(), hookWatch.stop(), dispatcher.stop(graceMs)]);
    },
  };
}
