import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/**
 * Entry of the child process that creates a database cluster in the directory it is given, and leaves all of it on stable
 * storage. A process of its own, because creating a cluster takes over half a gigabyte of memory that V8 would keep. It
 * ends with its parent.
 */
async function main(directory: string): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const database = await PGlite.create({ dataDir: directory, initDbStartParams: ['--wal-segsize=1'] });
  await database.close();
  fsyncTree(directory);
  process.exit(0);
}

function fsyncTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) fsyncTree(child);
    else fsyncPath(child);
  }
  fsyncPath(path);
}

function fsyncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const directory = process.argv[2];
if (directory === undefined) throw new Error('The directory of the new cluster is missing');
await main(directory);
