import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../../config/config.ts';
import { findHolder } from '../../store/data-dir-lock.ts';
import { fail, type Finding, ok, toReason, warn } from './finding.ts';

/** Free space of this many reserves is comfortable. */
const COMFORTABLE_RESERVES = 10;

/** The data directory: may it be used, who uses it, and how much room its disk has. Takes no lock and changes nothing. */
export async function checkDataDir({ dataDir, ingest }: Config): Promise<Finding[]> {
  const exists = await isThere(dataDir);
  const place = await findExisting(dataDir);
  try {
    await access(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const advice = 'Give it to the user that runs Fettle, or set dataDir to another directory.';
    return [fail('data directory', `${dataDir} cannot be used: ${toReason(error)}`, advice)];
  }
  const holder = exists ? findHolder(dataDir) : undefined;
  const use =
    holder === undefined
      ? exists
        ? 'not in use'
        : 'will be made at the first start'
      : `last used by process ${holder.pid} on ${holder.host} since ${holder.startedAt}`;
  return [ok('data directory', `${dataDir}, ${use}`), await checkDisk(place, ingest.diskReserveBytes)];
}

async function checkDisk(directory: string, reserveBytes: number): Promise<Finding> {
  const disk = await statfs(directory);
  const freeBytes = disk.bavail * disk.bsize;
  const detail = `${toMegabytes(freeBytes)} MB free, ${toMegabytes(reserveBytes)} MB are kept in reserve (ingest.diskReserve)`;
  if (freeBytes < reserveBytes) return fail('disk', detail, 'Free some space: deliveries are answered 503 until then.');
  if (freeBytes < reserveBytes * COMFORTABLE_RESERVES) {
    return warn('disk', detail, 'Free some space before deliveries have to be refused.');
  }
  return ok('disk', detail);
}

/** The directory itself, or the nearest one above it that exists. */
async function findExisting(path: string): Promise<string> {
  const above = dirname(path);
  return above === path || (await isThere(path)) ? path : await findExisting(above);
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function toMegabytes(bytes: number): number {
  return Math.floor(bytes / 1e6);
}
