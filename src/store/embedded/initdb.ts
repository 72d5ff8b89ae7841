import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** Files that are synced at a time: the file system then joins their journal commits. */
const SYNCS_AT_A_TIME = 32;

/**
 * Entry of the child process that creates a database cluster in the directory it is given, and leaves all of it on stable
 * storage. A process of its own, because creating a cluster takes over half a gigabyte of memory that V8 would keep. It
 * ends with its parent.
 */
async function main(directory: string): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const database = await PGlite.create({ dataDir: directory, initDbStartParams: ['--wal-segsize=1'] });
  // They are never copied here; they would take half the disk space and hold back the age that vacuuming renews.
  for (const name of ['template0', 'template1']) {
    await database.exec(`alter database ${name} is_template false`);
    await database.exec(`drop database ${name}`);
  }
  await database.close();
  await syncTree(directory);
  process.exit(0);
}

/** PGlite copies the new cluster into place without fsync, so every file and directory is synced once. */
async function syncTree(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true });
  const paths = [directory, ...names.map((name) => join(directory, name))];
  await Promise.all(
    Array.from({ length: SYNCS_AT_A_TIME }, async () => {
      for (let path = paths.pop(); path !== undefined; path = paths.pop()) await syncPath(path);
    }),
  );
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const directory = process.argv[2];
if (directory === undefined) throw new Error('The directory of the new cluster is missing');
await main(directory);
