import { open, type Database, type RootDatabase } from 'lmdb';
import { createFileGrowth, PAGE_BYTES, type PageNeed } from './file-growth.ts';

/**
 * The LMDB file of the inbox: `entries` by number, and `meta`. `appended` and `removed` are written by different transactions,
 * so that a failed one can never carry the other's progress.
 */
export interface Environment {
  readonly entries: Database<Buffer, number>;
  readonly meta: Database<unknown, string>;
  /**
   * Runs the writes in one transaction; resolves when it is on stable storage. Rejects when nothing of it was written. One at a
   * time: the caller waits for the one before.
   */
  commit(need: PageNeed, writes: (put: Writer) => void): Promise<void>;
  /** How much of the file is in use; the rest of it was taken for later. */
  usedBytes(): number;
  close(): Promise<void>;
}

export interface Writer {
  putEntry(number: number, bytes: Buffer): void;
  removeEntry(number: number): void;
  putMeta(key: string, value: unknown): void;
}

/** Pages that any transaction may need: branches, leaves and the list of what is free. */
const OVERHEAD_PAGES = 64;
/** Kept free by appends for removals, which must go on when the disk is full. */
const REMOVAL_PAGES = 512;

/** What a transaction that only touches `meta` needs. */
export const META_NEED: PageNeed = { pages: OVERHEAD_PAGES, keptPages: 0 };

/** What appending entries of so many bytes needs: each has its own run of pages, and a place in a leaf. */
export function toAppendNeed(entries: number, bytes: number): PageNeed {
  return { pages: OVERHEAD_PAGES + Math.ceil(bytes / PAGE_BYTES) + 2 * entries, keptPages: REMOVAL_PAGES };
}

/** What removing entries needs: at worst copies of their leaves, each of which has two entries or more. */
export function toRemovalNeed(entries: number): PageNeed {
  return { pages: Math.min(OVERHEAD_PAGES + Math.ceil(entries / 2), REMOVAL_PAGES), keptPages: 0 };
}

export function openEnvironment(path: string): Environment {
  // Without overlapping syncs a commit resolves after its fsync. Batching by event turn is off, because `commit` batches itself
  // and the turn's own promise, which nobody can reach, would be rejected unhandled on a full disk.
  const root: RootDatabase = open({
    path,
    noSubdir: true,
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: 2,
  });
  const entries = root.openDB<Buffer, number>({ name: 'entries', encoding: 'binary' });
  const meta = root.openDB<unknown, string>({ name: 'meta', encoding: 'json' });

  const writer: Writer = {
    putEntry: (number, bytes) => observe(entries.put(number, bytes)),
    removeEntry: (number) => observe(entries.remove(number)),
    putMeta: (key, value) => observe(meta.put(key, value)),
  };
  const usedBytes = () => ((root.getStats() as { lastPageNumber: number }).lastPageNumber + 1) * PAGE_BYTES;
  const growth = createFileGrowth(path, usedBytes);
  return {
    entries,
    meta,
    async commit(need, writes) {
      await growth.ensure(need);
      try {
        await root.batch(() => writes(writer));
      } catch (error) {
        throw await toCommitFailure(error);
      }
    },
    usedBytes,
    close: () => root.close(),
  };
}

/**
 * Each put and remove has a promise of its own beside that of the whole batch; they fail together, and an unobserved one
 * would end the process. The failure itself is reported by `commit`.
 */
function observe(write: Promise<boolean>): void {
  write.catch((failure: unknown) => failure);
}

/** LMDB hides the cause of a failed commit in a promise on the error, which rejects a moment later. */
async function toCommitFailure(error: unknown): Promise<Error> {
  const hidden = (error as { commitError?: Promise<unknown> }).commitError;
  const cause = await (hidden ?? Promise.resolve(error)).catch((reason: unknown) => reason);
  return new Error('The inbox could not write to the disk.', { cause });
}
