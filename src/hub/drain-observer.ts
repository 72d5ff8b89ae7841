import { systemClock } from '../core/clock.ts';
import type { DrainObserver } from '../ingest/drain/drain.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** Counts what the drain commits, and wakes those who wait for it. */
export function createDrainObserver(
  metrics: Metrics,
  wake: { readonly onEvents: () => void; readonly onRuns: () => void },
): DrainObserver {
  return {
    onRetry: () => undefined,
    onPoison: (forge) => metrics.deliveryPoisoned(forge),
    onCommit({ deliveries, lastSeq, runs }, { durationMs }) {
      const nowMs = systemClock();
      const oldestMs = deliveries[0]?.prepared.entry.head.receivedAtMs ?? nowMs;
      metrics.batchDrained({
        deliveries: deliveries.length,
        lagSeconds: (nowMs - oldestMs) / 1000,
        durationSeconds: durationMs / 1000,
      });
      for (const { state, prepared } of deliveries) {
        if (state === 'duplicate') metrics.deliveryDuplicate(prepared.entry.head.forge, prepared.identity.event);
      }
      if (lastSeq > 0) wake.onEvents();
      if (runs > 0) wake.onRuns();
    },
  };
}
