import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FettleError } from '../../core/errors.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import { readLocalConfig } from '../local-config.ts';
import { writeJson, writeLine } from '../terminal.ts';

/** For the volume of a process that will not come back. */
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
    // Loaded when needed: the database and the inbox are the larger part of the program.
    const { drainOrphan } = await import('../drain-orphan.ts');
    const drained = await drainOrphan(directory, loaded.config, cli);
    if (json) writeJson(cli, { directory, drained });
    else if (drained === 0) writeLine(cli, `The inbox in ${directory} is empty.`);
    else writeLine(cli, `Took ${drained} deliveries into the database.`);
    return 0;
  },
});
