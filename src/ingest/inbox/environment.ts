import { open, type Database, type RootDatabase } from 'lmdb';

/**
 * The LMDB file of the inbox: `entries` by number, and `meta`. `appended` and `removed` are written by different transactions,
 * so that a failed one can never carry the other's progress.
 */
export interface Environment {
  readonly entries: Database<Buffer, number>;
  readonly meta: Database<unknown, string>;
  /** Runs the writes in one transaction; resolves when it is on stable storage. Rejects when nothing of it was written. */
  commit(writes: (put: Writer) => void): Promise<void>;
  close(): Promise<void>;
}

export interface Writer {
  putEntry(number: number, bytes: Buffer): void;
  removeEntry(number: number): void;
  putMeta(key: string, value: unknown): void;
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
  return {
    entries,
    meta,
    async commit(writes) {
      try {
        await root.batch(() => writes(writer));
      } catch (error) {
        throw await toCommitFailure(error);
      }
    },
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
