import type { RunBacklog } from '../metrics/metrics.ts';
import { listBreakers } from '../store/breakers.ts';
import { countHookStates } from '../store/hooks.ts';
import { findNextDueAt } from '../store/run-claims.ts';
import { countRuns } from '../store/run-counts.ts';
import type { Store } from '../store/store.ts';

/** What waits to be done, for metrics. */
export async function readRunBacklog({ db }: Store, nowMs: number): Promise<RunBacklog> {
  const dueAtMs = (await findNextDueAt(db))?.getTime() ?? nowMs;
  return {
    counts: await countRuns(db),
    lateSeconds: Math.max(0, nowMs - dueAtMs) / 1000,
    breakers: (await listBreakers(db)).length,
    hooks: await countHookStates(db),
  };
}
