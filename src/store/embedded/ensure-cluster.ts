import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FettleError } from '../../core/errors.ts';
import { syncDirectory } from '../../core/sync-directory.ts';

const UNFINISHED = 'database.new-';

/**
 * Ensures that `<dataDir>/database` holds a database cluster and returns its path. A new one is built beside it and renamed
 * into place when all of it is on stable storage, so a directory of that name is always complete: a start that was killed
 * leaves only an unfinished sibling, which the next one removes. The caller holds the lock of the data directory.
 */
export async function ensureCluster(dataDir: string): Promise<string> {
  const databaseDir = join(dataDir, 'database');
  await removeUnfinished(dataDir);
  if (existsSync(join(databaseDir, 'PG_VERSION'))) return databaseDir;

  if (existsSync(databaseDir) && (await readdir(databaseDir)).length > 0) {
    throw new FettleError(
      'data_dir_unusable',
      `${databaseDir} exists and is not a Fettle database. Move it away, or choose another data directory.`,
    );
  }

  // A name of its own: a child that outlived a killed parent may still write to the former one.
  const unfinished = join(dataDir, `${UNFINISHED}${randomUUID()}`);
  await mkdir(unfinished, { mode: 0o700 });
  await runInitdb(unfinished);
  await rename(unfinished, databaseDir);
  await syncDirectory(dataDir);
  return databaseDir;
}

async function removeUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(UNFINISHED)) await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runInitdb(directory: string): Promise<void> {
  const child = fork(fileURLToPath(new URL('./initdb.ts', import.meta.url)), [directory], {
    // Code that runs once is not worth optimising; this halves the memory as well.
    execArgv: ['--liftoff-only'],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-2_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new FettleError(
    'data_dir_unusable',
    `The embedded database could not be created in ${directory}: ${output.trim() || `the process ended with ${code}`}. ` +
      'Check that the disk has at least 100 MB free and that the directory is writable.',
  );
}
