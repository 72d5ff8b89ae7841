import { statfs } from 'node:fs/promises';
import { FettleError } from '../../core/errors.ts';

/**
 * Whether there is room for more. LMDB fails late and loudly when a disk is full, so deliveries are refused before: when the
 * inbox reaches its limit, and when the disk has less than the reserve left. Both end by themselves.
 */
export interface Space {
  /** Why there is no room for a delivery of usual size: the limit or the reserve; undefined when there is. */
  findShortage(inboxBytes: number): string | undefined;
  /** Counts the bytes as used. @throws FettleError `inbox_full` with the shortage. */
  takeRoom(bytes: number, inboxBytes: number): void;
  /** Asks the disk again; called by the inbox before it writes, at most once a second or every quarter of the reserve. */
  refresh(): Promise<void>;
}

/** Most deliveries are smaller. With less room than this, or than a tenth of a small inbox, it counts as full. */
const USUAL_BYTES = 256 * 2 ** 10;
const MAX_DEFAULT_LIMIT_BYTES = 2e9;
const RETRY_AFTER_SECONDS = 30;
const REFRESH_AFTER_MS = 1000;

export async function createSpace(
  directory: string,
  options: { readonly limitBytes: number | null; readonly reserveBytes: () => number },
): Promise<Space> {
  let freeBytes = 0;
  let totalBytes = 0;
  let spentBytes = 0;
  let refreshedAtMs = 0;

  const measure = async () => {
    const disk = await statfs(directory);
    freeBytes = disk.bavail * disk.bsize;
    totalBytes = disk.blocks * disk.bsize;
    spentBytes = 0;
    refreshedAtMs = Date.now();
  };
  await measure();
  const limitBytes = options.limitBytes ?? Math.min(MAX_DEFAULT_LIMIT_BYTES, totalBytes / 10);

  const refresh = async () => {
    const due = Date.now() - refreshedAtMs >= REFRESH_AFTER_MS || spentBytes > options.reserveBytes() / 4;
    if (due) await measure();
  };

  const toShortage = (bytes: number, inboxBytes: number): string | undefined => {
    if (inboxBytes + bytes > limitBytes) {
      return `The inbox holds ${inboxBytes} bytes and may hold ${Math.floor(limitBytes)}. It empties as soon as the database takes its deliveries; see /health. \`ingest.inboxLimit\` sets the limit.`;
    }
    const leftBytes = Math.max(0, freeBytes - spentBytes);
    if (leftBytes - bytes < options.reserveBytes()) {
      // Nothing is written while everything is refused, so this is where freed space is noticed. A disk that cannot be asked
      // counts as it was.
      refresh().catch((failure: unknown) => failure);
      return `The disk of the data directory has ${leftBytes} bytes left, which is within the reserve (\`ingest.diskReserve\`). Free some space; nothing else is needed.`;
    }
    return undefined;
  };

  return {
    findShortage: (inboxBytes) => toShortage(Math.min(USUAL_BYTES, limitBytes / 10), inboxBytes),
    takeRoom(bytes, inboxBytes) {
      const shortage = toShortage(bytes, inboxBytes);
      if (shortage !== undefined)
        throw new FettleError('inbox_full', shortage, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      spentBytes += bytes;
    },
    refresh,
  };
}
