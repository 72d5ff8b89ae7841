import { rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FettleError } from '../../core/errors.ts';
import { createId } from '../../core/id.ts';
import { syncDirectory } from '../../core/sync-directory.ts';
import { decodeEntry, encodeEntry, type Entry, type NumberedEntry } from './entry.ts';
import {
  type Environment,
  META_NEED,
  openEnvironment,
  toAppendNeed,
  toRemovalNeed,
  type Writer,
} from './environment.ts';
import type { PageNeed } from './file-growth.ts';
import type { Space } from './space.ts';

/**
 * The inbox: what was answered 200 and is not yet in the database. It numbers its entries 1, 2, 3 … without gaps.
 *
 *   append ─▶ waiting ─▶ one transaction, numbers given ─▶ fsync ─▶ all of them answered
 *               ▲                                            │
 *               └───────── more arrive meanwhile ◀───────────┘
 *
 * One transaction is in flight at a time; what arrives during its fsync forms the next one (group commit). A transaction that
 * fails rejects its appends, and their numbers are given again, so a number is answered at most once and none is left out.
 * Removal is a transaction of its own and needs no answer: what is not removed by a crash is drained again and skipped.
 *
 *   open ──a transaction failed──▶ closed ──opened anew, progress read back──▶ open
 *
 * After a failed transaction LMDB may refuse all others, and the disk may hold what was reported as failed; so the file is
 * opened anew, as after a crash, and what it holds is what counts. While that fails it is tried again by itself.
 */
export interface Inbox {
  /** Id of this inbox for all time; the database remembers under it how far it was drained. */
  readonly id: string;
  /** Resolves with the entry's number once it is on stable storage. @throws FettleError `inbox_full`, `inbox_unavailable`. */
  append(entry: Entry): Promise<number>;
  /** Entries after a number, in order, bounded by count and by bytes; at least one when there is any. */
  read(after: number, limits: { readonly entries: number; readonly bytes: number }): NumberedEntry[];
  /** Forgets the entries up to a number. */
  removeThrough(number: number): Promise<void>;
  /** The highest number answered. */
  lastNumber(): number;
  /** The highest number that was removed. */
  removedThrough(): number;
  /** Takes a new id, for a data directory that is older than the database. Numbers and entries stay. */
  changeIdentity(): Promise<void>;
  size(): { readonly entries: number; readonly bytes: number };
  /** Whether the next delivery would be taken, as far as room tells; if not, why. */
  acceptance(): { readonly accepting: boolean; readonly reason?: string };
  /** When the oldest entry was received; undefined when empty. */
  oldestReceivedAtMs(): number | undefined;
  /** Calls back after appends were answered. */
  onAppend(callback: () => void): void;
  close(): Promise<void>;
}

interface Appended {
  readonly last: number;
  readonly bytes: number;
}
interface Removed {
  readonly through: number;
  readonly bytes: number;
}
interface Waiting {
  readonly bytes: Buffer;
  readonly resolve: (number: number) => void;
  readonly reject: (error: FettleError) => void;
}

const FILE_NAME = 'inbox.mdb';
const MAX_BATCH_ENTRIES = 512;
const MAX_BATCH_BYTES = 32 * 2 ** 20;
/** LMDB never gives space back to the disk; an empty file is made anew above this size, or when there was no room for more. */
const RECREATE_ABOVE_BYTES = 64 * 2 ** 20;
const RETRY_AFTER_SECONDS = 5;
const REOPEN_AFTER_MS = 1_000;

export async function openInbox(directory: string, space: Space): Promise<Inbox> {
  const path = join(directory, FILE_NAME);
  await rm(`${path}.new`, { force: true });
  let environment: Environment | undefined = openEnvironment(path);
  let id = createId();
  let appended: Appended = { last: 0, bytes: 0 };
  let removed: Removed = { through: 0, bytes: 0 };
  let oldest = { number: 0, receivedAtMs: 0 };

  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;
  let lastTurn: Promise<unknown> = Promise.resolve();
  let reopening: NodeJS.Timeout | undefined;
  /** Whether an append was refused or failed since the file was made. */
  let isTight = false;
  let closed = false;
  const callbacks: (() => void)[] = [];

  const readProgress = ({ meta }: Environment) => {
    id = (meta.get('id') as string | undefined) ?? id;
    appended = (meta.get('appended') as Appended | undefined) ?? { last: 0, bytes: 0 };
    removed = (meta.get('removed') as Removed | undefined) ?? { through: 0, bytes: 0 };
  };
  readProgress(environment);
  if (environment.meta.get('id') === undefined) await environment.commit(META_NEED, (put) => put.putMeta('id', id));
  await syncDirectory(directory);

  /** Transactions and whatever else changes the file, one after the other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(work);
    lastTurn = turn.catch((failure: unknown) => failure);
    return turn;
  };

  const getEnvironment = (): Environment => {
    if (environment !== undefined) return environment;
    const detail = 'The inbox on the disk of the data directory cannot be opened; this is tried again by itself.';
    throw new FettleError('inbox_unavailable', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  };

  /** Opens the file again if it is closed. */
  const ensureOpen = (): Environment => {
    if (environment !== undefined) return environment;
    const opened = openEnvironment(path);
    environment = opened;
    readProgress(opened);
    for (const callback of callbacks) callback();
    return opened;
  };

  const reopen = () => {
    clearTimeout(reopening);
    try {
      ensureOpen();
    } catch {
      // The disk is still failing. Meanwhile each append and each read says so.
      reopening = setTimeout(() => void inTurn(async () => reopen()), REOPEN_AFTER_MS).unref();
    }
  };

  /** One transaction of the file, within a turn. */
  const commit = async (need: PageNeed, writes: (put: Writer) => void) => {
    const current = getEnvironment();
    try {
      await current.commit(need, writes);
    } catch (error) {
      environment = undefined;
      await current.close();
      reopen();
      throw error;
    }
  };

  const takeBatch = () => {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && count < MAX_BATCH_ENTRIES && (count === 0 || bytes < MAX_BATCH_BYTES)) {
      bytes += waiting[count]?.bytes.length ?? 0;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    return { batch, bytes };
  };

  const writeBatch = async () => {
    const { batch, bytes } = takeBatch();
    let first: number;
    try {
      await space.refresh();
      ensureOpen();
      first = appended.last + 1;
      const next: Appended = { last: appended.last + batch.length, bytes: appended.bytes + bytes };
      await commit(toAppendNeed(batch.length, bytes), (put) => {
        batch.forEach((one, index) => put.putEntry(first + index, one.bytes));
        put.putMeta('appended', next);
      });
      appended = next;
    } catch (error) {
      isTight = true;
      const failure = new FettleError(
        'inbox_unavailable',
        'The delivery could not be written to the disk of the data directory; send it again.',
        { cause: error, retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
      for (const one of batch) one.reject(failure);
      return;
    }
    batch.forEach((one, index) => one.resolve(first + index));
    for (const callback of callbacks) callback();
  };

  const writeAll = async () => {
    while (waiting.length > 0) await inTurn(writeBatch);
    writing = undefined;
  };

  const isEmpty = () => removed.through === appended.last;

  /**
   * Puts a new file in the place of one that is empty, within a turn; appends that arrive meanwhile wait. What the old one took for later
   * is given back first, because the disk may have no other space for the new one.
   */
  const recreate = async () => {
    const current = getEnvironment();
    environment = undefined;
    try {
      const usedBytes = current.usedBytes();
      await current.close();
      await truncate(path, usedBytes);
      const fresh = openEnvironment(`${path}.new`);
      try {
        await fresh.commit(META_NEED, (put) => {
          put.putMeta('id', id);
          put.putMeta('appended', appended);
          put.putMeta('removed', removed);
        });
      } finally {
        await fresh.close();
      }
      await rename(`${path}.new`, path);
      // Before anything is appended: it would be in a file that after a power failure has no name.
      await syncDirectory(directory);
      await Promise.all([rm(`${path}.new-lock`, { force: true }), rm(`${path}-lock`, { force: true })]);
      isTight = false;
      await space.refresh();
    } finally {
      reopen();
    }
  };

  const read: Inbox['read'] = (after, limits) => {
    const found: NumberedEntry[] = [];
    let bytes = 0;
    const range = { start: after + 1, end: appended.last + 1, limit: limits.entries };
    for (const { key, value } of getEnvironment().entries.getRange(range)) {
      if (found.length > 0 && bytes + value.length > limits.bytes) break;
      bytes += value.length;
      found.push({ number: key, ...decodeEntry(value) });
    }
    return found;
  };

  return {
    get id() {
      return id;
    },
    append(entry) {
      return new Promise((resolve, reject) => {
        const bytes = encodeEntry(entry);
        if (closed)
          throw new FettleError('inbox_unavailable', 'The hub is stopping; send it again.', {
            retryAfterSeconds: RETRY_AFTER_SECONDS,
          });
        try {
          space.takeRoom(bytes.length, appended.bytes - removed.bytes + waitingBytes);
        } catch (error) {
          isTight = true;
          throw error;
        }
        waiting.push({ bytes, resolve, reject });
        waitingBytes += bytes.length;
        writing ??= nextTurn().then(writeAll);
      });
    },
    read,
    removeThrough: (number) =>
      inTurn(async () => {
        if (number <= removed.through) return;
        let bytes = 0;
        const numbers: number[] = [];
        const range = { start: removed.through + 1, end: number + 1 };
        for (const { key, value } of getEnvironment().entries.getRange(range)) {
          numbers.push(key);
          bytes += value.length;
        }
        const next: Removed = { through: number, bytes: removed.bytes + bytes };
        await commit(toRemovalNeed(numbers.length), (put) => {
          for (const key of numbers) put.removeEntry(key);
          put.putMeta('removed', next);
        });
        removed = next;
        if (isEmpty() && (isTight || (await stat(path)).size > RECREATE_ABOVE_BYTES)) await recreate();
      }),
    lastNumber: () => appended.last,
    removedThrough: () => removed.through,
    changeIdentity: () =>
      inTurn(async () => {
        const next = createId();
        await commit(META_NEED, (put) => put.putMeta('id', next));
        id = next;
      }),
    size: () => ({ entries: appended.last - removed.through, bytes: appended.bytes - removed.bytes }),
    acceptance() {
      const reason = closed
        ? 'The hub is stopping.'
        : space.findShortage(appended.bytes - removed.bytes + waitingBytes);
      return reason === undefined ? { accepting: true } : { accepting: false, reason };
    },
    oldestReceivedAtMs() {
      const number = removed.through + 1;
      if (number > appended.last) return undefined;
      // Asked often, also while the file is being opened anew, so it is read once per entry.
      if (oldest.number !== number && environment !== undefined) {
        const [entry] = read(removed.through, { entries: 1, bytes: 1 });
        if (entry !== undefined) oldest = { number, receivedAtMs: entry.head.receivedAtMs };
      }
      return oldest.number === number ? oldest.receivedAtMs : undefined;
    },
    onAppend: (callback) => callbacks.push(callback),
    async close() {
      closed = true;
      while (writing !== undefined) await writing;
      clearTimeout(reopening);
      await inTurn(async () => environment?.close());
    },
  };
}
