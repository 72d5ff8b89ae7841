import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { isConflict, isDatabaseAbsent } from '../store/database-errors.ts';
import { ensureMigrated } from '../store/migrate.ts';
import { runRetention } from '../store/retention.ts';
import type { Store } from '../store/store.ts';

const STORE_RETRY_MS = 1_000;
const RETENTION_EVERY_MS = 3_600_000;

/** A database that is away is waited for; anything else, such as a schema that is too new, will not pass by waiting. */
export async function migrateWhenReachable(store: Store, log: Logger, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await ensureMigrated(store);
    } catch (error) {
      if (signal.aborted) return;
      if (!isDatabaseAbsent(error) && !isConflict(error)) throw error;
      log.warn({ err: error }, 'store.waiting');
      await delay(STORE_RETRY_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Drops what is older than retention, every hour until the signal. */
export async function keepRetention(
  store: Store,
  config: () => Config,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { retentionMs, dedupe } = config();
      await runRetention(store, { retentionMs, meaningWindowMs: dedupe.meaningWindowMs, nowMs: Date.now() });
    } catch (error) {
      log.warn({ err: error }, 'retention.failed');
    }
    await delay(RETENTION_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
