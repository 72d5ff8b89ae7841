import { hostname } from 'node:os';
import { pino } from 'pino';
import { ACTIONS } from '../actions/registry.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../core/clock.ts';
import { FettleError } from '../core/errors.ts';
import { toHops } from '../core/marker.ts';
import { createDrain } from '../ingest/drain/drain.ts';
import { createForgeLookups } from '../ingest/drain/forge-lookups.ts';
import { type Inbox, openInbox } from '../ingest/inbox/inbox.ts';
import { createLoopGuard } from '../ingest/drain/loop-guard.ts';
import { createRepositoryRuleReader } from '../ingest/drain/repository-rules.ts';
import { createSpace } from '../ingest/inbox/space.ts';
import { createOutgoingHttp } from '../network/outgoing-http.ts';
import { createRuleSet } from '../rules/rule-set.ts';
import { lockDataDir } from '../store/data-dir-lock.ts';
import { isDatabaseAbsent } from '../store/database-errors.ts';
import { ensureMigrated } from '../store/migrate.ts';
import { listRulePauses } from '../store/rule-pauses.ts';
import { openStore } from '../store/open-store.ts';
import type { Cli } from './cli.ts';

/**
 * Takes what the inbox in `directory` holds into the configured database; gives the number of deliveries. The same drain as in
 * the hub does it, so nothing comes twice, and rules match as they would have.
 * @throws FettleError `data_dir_locked`, `data_dir_unusable`, `store_unavailable`; what was not drained stays in the inbox.
 */
export async function drainOrphan(directory: string, config: Config, cli: Cli): Promise<number> {
  const locks = [await lockDataDir(directory)];
  try {
    const isEmbeddedElsewhere = config.database.url === null && config.dataDir !== directory;
    if (isEmbeddedElsewhere) locks.push(await lockDataDir(config.dataDir));
    const space = await createSpace(directory, { limitBytes: null, reserveBytes: () => 0 });
    const inbox = await openInbox(directory, space);
    try {
      const { entries } = inbox.size();
      if (entries > 0) await drainInbox(inbox, config, cli);
      return entries;
    } finally {
      await inbox.close();
    }
  } finally {
    for (const lock of locks) lock.release();
  }
}

async function drainInbox(inbox: Inbox, config: Config, cli: Cli): Promise<void> {
  const log = pino({ level: 'warn' }, { write: (line: string) => void cli.stderr.write(line) });
  const store = await openStore({
    dataDir: config.dataDir,
    databaseUrl: config.database.url,
    maxConnections: config.database.maxConnections,
    log,
  });
  const http = createOutgoingHttp({ allowPrivate: config.network.allowPrivate, log });
  try {
    await ensureMigrated(store);
    const lookups = createForgeLookups({ forges: () => config.forges, http, log, clock: systemClock });
    const repositoryRules = createRepositoryRuleReader({
      config: () => config,
      findFile: lookups.findFile,
      catalog: ACTIONS,
      clock: systemClock,
      log,
    });
    const ruleSet = createRuleSet(config, ACTIONS, { hopsOf: toHops, repositoryRules: repositoryRules.list });
    const loopGuard = createLoopGuard(
      () => config.loops.maxPerMinute,
      (pause) => log.warn(pause, 'rule.paused'),
    );
    loopGuard.setPaused(await listRulePauses(store.db));
    const drain = createDrain({
      store,
      inbox,
      host: hostname(),
      lookups,
      clock: systemClock,
      log,
      settings: () => ({
        ruleSet,
        accountsOf: lookups.accountsOf,
        loopGuard,
        ensureRepositoryRules: repositoryRules.ensure,
        meaningWindowMs: config.dedupe.meaningWindowMs,
        retentionMs: config.retentionMs,
      }),
      observer: { onCommit: () => undefined, onRetry: () => undefined, onPoison: () => undefined },
    });
    while (await drain.tick());
  } catch (error) {
    if (!isDatabaseAbsent(error)) throw error;
    const detail = `The database did not answer; ${inbox.size().entries} deliveries are still in the inbox. Start it, or correct database.url, and run this again.`;
    throw new FettleError('store_unavailable', detail, { cause: error });
  } finally {
    await store.close();
    await http.close();
  }
}
