import { open, stat } from 'node:fs/promises';

/**
 * Takes space on the disk ahead of LMDB. On a full disk LMDB fails while it writes its pages, and there its binding writes its
 * message past the end of a buffer (lmdb 3.5.6, `sprintf` into `malloc(100)` in `mdb_page_flush`), which may end the process.
 * So the file is first made longer with zeros, beyond what LMDB uses, by plain writes that may fail; LMDB then only writes to
 * space that is there.
 */
export interface FileGrowth {
  /**
   * Ensures space for so many pages beyond the last used one, and for others to be kept free after them. Rejects with the
   * system's error, the file as long as before. Must not run beside a transaction.
   */
  ensure(need: PageNeed): Promise<void>;
}

/** What a transaction may need at the end of the file, at worst: as if nothing that was freed could be used again. */
export interface PageNeed {
  readonly pages: number;
  /** Left for later transactions, which must not fail because the disk is full. */
  readonly keptPages: number;
}

export const PAGE_BYTES = 4096;
const PIECE_BYTES = 2 ** 18;
/** A file grows by an eighth of itself at least, so that a fast one does not grow all the time, but by no more than this. */
const MAX_SURPLUS_BYTES = 4 * 2 ** 20;

/** @param findUsedBytes asks LMDB how much of the file is in use; asked only when the space at hand may not do. */
export function createFileGrowth(path: string, findUsedBytes: () => number): FileGrowth {
  let sizeBytes: number | undefined;
  let sparePages = 0;

  const growTo = async (wantedBytes: number): Promise<number> => {
    const file = await open(path, 'r+');
    try {
      const { size: before } = await file.stat();
      try {
        const zeros = Buffer.alloc(PIECE_BYTES);
        const end = wantedBytes + Math.min(before / 8, MAX_SURPLUS_BYTES);
        for (let at = before; at < end; at += PIECE_BYTES) await file.write(zeros, 0, PIECE_BYTES, at);
        const { size } = await file.stat();
        if (size < wantedBytes) throw new Error('The disk took less than was written; it is full.');
        return size;
      } catch (error) {
        await file.truncate(before);
        throw error;
      }
    } finally {
      await file.close();
    }
  };

  return {
    async ensure({ pages, keptPages }) {
      if (pages + keptPages > sparePages) {
        sizeBytes ??= (await stat(path)).size;
        const usedBytes = findUsedBytes();
        const wantedBytes = usedBytes + (pages + keptPages) * PAGE_BYTES;
        if (wantedBytes > sizeBytes) sizeBytes = await growTo(wantedBytes);
        sparePages = Math.floor((sizeBytes - usedBytes) / PAGE_BYTES);
      }
      sparePages -= pages;
    },
  };
}
