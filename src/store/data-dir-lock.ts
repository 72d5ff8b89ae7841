import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { FettleError } from '../core/errors.ts';

/** After its parent was killed, an old server may go on for a moment. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 100;

/** Who holds the lock, as written beside it. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** A held lock. The system frees it when the process ends in whatever way. */
export interface DataDirLock {
  release(): void;
}

/**
 * Takes the exclusive lock on a whole data directory (database, inbox, secrets), creating the directory with mode 0700.
 *
 * The lock is SQLite's on `<dataDir>/.lock`: the kernel holds it for the process, across network namespaces, and frees it at
 * once after `kill -9`. A POSIX lock is also dropped when the same process opens and closes the file otherwise, so nothing
 * else here or elsewhere may open `.lock`; who holds it stands in `.lock-holder.json`.
 *
 * @throws {FettleError} `data_dir_locked` when another process holds it for longer than `patienceMs`, `data_dir_unusable`
 *   when the path cannot serve as a data directory.
 */
export async function lockDataDir(dataDir: string, { patienceMs = PATIENCE_MS } = {}): Promise<DataDirLock> {
  ensureDirectory(dataDir);
  const deadline = performance.now() + patienceMs;
  let database = tryLock(dataDir);
  while (database === undefined) {
    if (performance.now() >= deadline) throw toLockedError(dataDir);
    await delay(PAUSE_MS);
    database = tryLock(dataDir);
  }
  const held = database;
  writeHolder(dataDir);
  return {
    release: () => {
      rmSync(toHolderPath(dataDir), { force: true });
      held.close();
    },
  };
}

/** Whether the holder on record is this very process. */
export function isLockedByThisProcess(dataDir: string): boolean {
  const holder = findHolder(dataDir);
  return holder?.pid === process.pid && holder.host === hostname();
}

/** Who holds the lock or held it last; undefined when nobody is on record. */
export function findHolder(dataDir: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(toHolderPath(dataDir), 'utf8')) as LockHolder;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ensureDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (!statSync(dataDir).isDirectory()) throw new Error('it is not a directory');
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw toUnusableError(dataDir, error);
  }
}

/** The lock, or undefined when another process has it. */
function tryLock(dataDir: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(dataDir, '.lock'));
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive');
    return database;
  } catch (error) {
    database?.close();
    const { errcode } = error as { errcode?: number };
    if (errcode === SQLITE_BUSY) return undefined;
    throw toUnusableError(dataDir, error);
  }
}

const SQLITE_BUSY = 5;

function writeHolder(dataDir: string): void {
  const holder: LockHolder = { pid: process.pid, host: hostname(), startedAt: new Date().toISOString() };
  const path = toHolderPath(dataDir);
  writeFileSync(`${path}.new`, JSON.stringify(holder), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function toHolderPath(dataDir: string): string {
  return join(dataDir, '.lock-holder.json');
}

function toLockedError(dataDir: string): FettleError {
  const holder = findHolder(dataDir);
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} on ${holder.host}, which started at ${holder.startedAt}`;
  return new FettleError(
    'data_dir_locked',
    `${dataDir} is in use by ${who}. Stop that process, or start this one with another data directory.`,
  );
}

function toUnusableError(dataDir: string, error: unknown): FettleError {
  const reason = error instanceof Error ? error.message : String(error);
  return new FettleError(
    'data_dir_unusable',
    `${dataDir} cannot serve as the data directory: ${reason}. Name a directory that this user may write to.`,
    { cause: error },
  );
}
