import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { createDrain } from '../../ingest/drain/drain.ts';
import { createForgeLookups } from '../../ingest/drain/forge-lookups.ts';
import { type Inbox, openInbox } from '../../ingest/inbox/inbox.ts';
import { createSpace } from '../../ingest/inbox/space.ts';
import { createOutgoingHttp } from '../../network/outgoing-http.ts';
import { createRuleSet } from '../../rules/rule-set.ts';
import { lockDataDir } from '../../store/data-dir-lock.ts';
import { isDatabaseAbsent } from '../../store/database-errors.ts';
import { ensureMigrated } from '../../store/migrate.ts';
import { openStore } from '../../store/open-store.ts';
import type { LoadedConfig } from '../../config/load-config.ts';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import { readLocalConfig } from '../local-config.ts';
import { writeJson, writeLine } from '../terminal.ts';

/**
 * Takes what an inbox without a hub still holds into the database: the volume of a process that will not come back. The same
 * drain as in the hub does it, so nothing comes twice, and rules match as they would have.
 */
export const inboxDrain = defineCommand<ConfigOption & { readonly dir?: string }>({
  path: 'inbox drain',
  summary: 'Take what an orphaned inbox holds into the configured database.',
  description:
    'Takes the deliveries that wait in the inbox of a data directory into the configured database. For the volume of a hub that will not be started again. No process may be using that directory.',
  options: [{ flags: '-d, --dir <directory>', about: 'data directory that holds the inbox' }, CONFIG_OPTION],
  examples: ['fettle inbox drain --dir /mnt/old-hub/data'],
  async run({ dir, config: path, json }, _args, cli) {
    if (dir === undefined) {
      throw new FettleError(
        'invalid_request',
        'Name the data directory with --dir: fettle inbox drain --dir /mnt/old-hub/data.',
      );
    }
    const directory = resolve(cli.cwd, dir);
    if (!(await stat(join(directory, 'inbox.mdb')).catch(() => undefined))?.isFile()) {
      throw new FettleError(
        'invalid_request',
        `${directory} holds no inbox (inbox.mdb). Name the data directory of the old hub.`,
      );
    }
    const loaded = await readLocalConfig(cli, path);
    const { dataDir } = loaded.config;
    const locks = [await lockDataDir(directory)];
    try {
      const isOther = loaded.config.database.url === null && dataDir !== directory;
      if (isOther) locks.push(await lockDataDir(dataDir));
      const space = await createSpace(directory, { limitBytes: null, reserveBytes: () => 0 });
      const inbox = await openInbox(directory, space);
      try {
        const { entries } = inbox.size();
        if (entries > 0) await drainInbox(inbox, loaded, cli);
        if (json) writeJson(cli, { directory, drained: entries });
        else
          writeLine(
            cli,
            entries === 0 ? `The inbox in ${directory} is empty.` : `Took ${entries} deliveries into the database.`,
          );
      } finally {
        await inbox.close();
      }
      return 0;
    } finally {
      for (const lock of locks) lock.release();
    }
  },
});

async function drainInbox(inbox: Inbox, { config }: LoadedConfig, cli: Cli): Promise<void> {
  const log = pino({ level: 'warn' }, { write: (line: string) => void cli.stderr.write(line) });
  const ruleSet = createRuleSet(config);
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
