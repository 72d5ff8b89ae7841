import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/**
 * A JSON Lines file of events that is rotated by size and by day.
 *
 * The file being written has the plain name; rotating renames it to `<name>.<day>.<last seq>.jsonl`, with the day and the `seq` of its last
 * line. So names sort in order, and the newest file always holds the newest lines: it is only put aside when the next line
 * is about to be written.
 *
 * Written with plain file operations, not a logger's rotating stream (pino-roll over SonicBoom): the place to go on from is read back from
 * the file itself, so a write must be known to have reached it, the file must be cut after a torn line before it is appended to, and
 * rotation must fall between two known lines.
 */
export interface RotatedFile {
  /** The `seq` and day of the last complete line of the newest file; null when there is none. */
  last(): LinePosition | null;
  /** Appends whole lines and rotates between them where due. After an error the file must be opened anew. */
  append(lines: readonly ActivityLine[]): Promise<void>;
  /** Puts the present file aside, whatever its size. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export interface LinePosition {
  readonly seq: number;
  /** UTC day of `receivedAt`, `2026-11-21`. */
  readonly day: string;
}

/** One event as a line, without the line break. */
export interface ActivityLine extends LinePosition {
  readonly text: string;
}

export interface RotatedFileOptions {
  /** Absolute path of the file being written. */
  readonly path: string;
  readonly maxSizeBytes: number;
  /** Files put aside longer ago are deleted. */
  readonly keepDays: number;
  /** UTC day of today. */
  readonly today: () => string;
}

const DAY_MS = 86_400_000;
const OWNER_ONLY = 0o600;
const READ_BACK_BYTES = 64 * 1024;

/** Opens the file, cuts what a crash left after its last complete line, and reads where to go on. */
export async function openRotatedFile(options: RotatedFileOptions): Promise<RotatedFile> {
  const { path, maxSizeBytes } = options;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  let handle = await openToAppend(path);
  let { position: last, sizeBytes } = await recover(handle);
  last ??= await readNewestRotated(path);

  async function rotate(): Promise<void> {
    if (sizeBytes === 0 || last === null) return;
    await handle.close();
    await rename(path, toRotatedPath(path, last));
    handle = await openToAppend(path);
    sizeBytes = 0;
  }

  async function write(text: string, position: LinePosition): Promise<void> {
    const bytes = Buffer.from(text);
    await handle.appendFile(bytes);
    sizeBytes += bytes.length;
    last = position;
  }

  return {
    last: () => last,
    rotate,
    append: async (lines) => {
      let pending = '';
      let pendingBytes = 0;
      let position: LinePosition | null = null;
      let rotated = false;
      for (const line of lines) {
        const before: LinePosition | null = position ?? last;
        const lineBytes = Buffer.byteLength(line.text) + 1;
        const full = sizeBytes + pendingBytes + lineBytes > maxSizeBytes;
        if (before !== null && sizeBytes + pendingBytes > 0 && (full || line.day > before.day)) {
          if (position !== null) await write(pending, position);
          pending = '';
          pendingBytes = 0;
          await rotate();
          rotated = true;
        }
        pending += `${line.text}\n`;
        pendingBytes += lineBytes;
        // Several processes receive, so a day may seem to begin twice; it counts once.
        position = { seq: line.seq, day: before !== null && before.day > line.day ? before.day : line.day };
      }
      if (position !== null) await write(pending, position);
      // Only now, when a newer line is in the file: the newest file must never be the one that is deleted.
      if (rotated) await deleteOld(options);
    },
    close: () => handle.close(),
  };
}

async function openToAppend(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, OWNER_ONLY);
  await handle.chmod(OWNER_ONLY);
  return handle;
}

/** Cuts the file after its last line that is complete and an event, and says where that leaves it. */
async function recover(handle: FileHandle): Promise<{ position: LinePosition | null; sizeBytes: number }> {
  const { size } = await handle.stat();
  for (let end = size; end > 0;) {
    const start = await findLineStart(handle, end);
    const line = await readText(handle, start, end);
    const position = line.endsWith('\n') ? findPosition(line) : null;
    if (position !== null) {
      if (end < size) await handle.truncate(end);
      return { position, sizeBytes: end };
    }
    end = start;
  }
  await handle.truncate(0);
  return { position: null, sizeBytes: 0 };
}

/** Where the line that ends at `end` begins; its own line break, if it has one, is its last byte. */
async function findLineStart(handle: FileHandle, end: number): Promise<number> {
  for (let high = end - 1; high > 0;) {
    const low = Math.max(0, high - READ_BACK_BYTES);
    const bytes = Buffer.alloc(high - low);
    await handle.read(bytes, 0, bytes.length, low);
    const at = bytes.lastIndexOf('\n');
    if (at !== -1) return low + at + 1;
    high = low;
  }
  return 0;
}

async function readText(handle: FileHandle, start: number, end: number): Promise<string> {
  const bytes = Buffer.alloc(end - start);
  await handle.read(bytes, 0, bytes.length, start);
  return bytes.toString();
}

function findPosition(line: string): LinePosition | null {
  try {
    const event = JSON.parse(line) as { seq?: unknown; receivedAt?: unknown } | null;
    if (typeof event?.seq !== 'number' || typeof event.receivedAt !== 'string') return null;
    return { seq: event.seq, day: event.receivedAt.slice(0, 10) };
  } catch {
    // A torn line, or the zeros that some file systems leave after a power failure.
    return null;
  }
}

function toRotatedPath(path: string, { day, seq }: LinePosition): string {
  const { prefix, suffix } = toNameParts(path);
  return join(dirname(path), `${prefix}${day}.${String(seq).padStart(16, '0')}${suffix}`);
}

function toNameParts(path: string): { prefix: string; suffix: string } {
  const suffix = extname(path);
  return { prefix: `${basename(path, suffix)}.`, suffix };
}

async function listRotated(path: string): Promise<(LinePosition & { name: string })[]> {
  const { prefix, suffix } = toNameParts(path);
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .flatMap((name) => {
      const [, day, seq] =
        /^(\d{4}-\d\d-\d\d)\.(\d{16})$/.exec(name.slice(prefix.length, name.length - suffix.length)) ?? [];
      return day === undefined || seq === undefined ? [] : [{ name, day, seq: Number(seq) }];
    })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** A crash between putting a file aside and writing the next line leaves the newest lines in the file put aside last. */
async function readNewestRotated(path: string): Promise<LinePosition | null> {
  const newest = (await listRotated(path)).at(-1);
  return newest === undefined ? null : { seq: newest.seq, day: newest.day };
}

async function deleteOld({ path, keepDays, today }: RotatedFileOptions): Promise<void> {
  const oldest = new Date(Date.parse(today()) - keepDays * DAY_MS).toISOString().slice(0, 10);
  for (const file of await listRotated(path)) {
    if (file.day < oldest) await rm(join(dirname(path), file.name), { force: true });
  }
}
