import type { Clock } from '../core/clock.ts';
import { toIsoTime } from '../core/clock.ts';
import { getStreamBounds, listEvents, toEventJson, type StoredEvent } from '../store/events.ts';
import type { GetDatabase } from '../store/store.ts';
import { type ActivityLine, openRotatedFile, type RotatedFile } from './rotated-file.ts';
import type { Tail } from './tail.ts';

export interface ActivityFileOptions {
  readonly db: GetDatabase;
  readonly tail: Tail;
  /** Absolute path. */
  readonly path: string;
  readonly maxSizeBytes: number;
  readonly keepDays: number;
  readonly clock: Clock;
  /** Told of every failed read or write; the follower goes on by itself. */
  readonly onError: (error: unknown) => void;
}

export interface ActivityFile {
  start(): void;
  /** The last `seq` in the file; null before it was opened. */
  writtenThrough(): number | null;
  stop(): Promise<void>;
}

const PAGE = 500;
const RETRY_MS = 2_000;

/**
 * Follows the stream into a JSON Lines file with the same records as `/activity`.
 *
 *   closed ──open: cut a torn line, read the cursor from the last one──▶ following ──a read or write failed──▶ closed, tried again later
 *
 * The cursor lives nowhere but in the file, so a record is neither lost nor doubled, whenever the process dies. It reads behind the tail, at
 * its own pace. A hub that begins with no file writes all events that the database still has. A file that is ahead of the
 * database belongs to another database or to a history that was lost: it is put aside, and a new one is begun.
 */
export function createActivityFile(options: ActivityFileOptions): ActivityFile {
  const { db, tail, path, maxSizeBytes, keepDays, clock, onError } = options;
  let file: RotatedFile | null = null;
  let cursor: number | null = null;
  let stopped = false;
  let woken = false;
  let rouse: () => void = () => {};
  let unlisten: () => void = () => {};
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (!stopped) {
      woken = false;
      try {
        await follow();
        await pause(null);
      } catch (error) {
        onError(error);
        await closeFile();
        await pause(RETRY_MS);
      }
    }
    await closeFile();
  }

  async function follow(): Promise<void> {
    if (file === null || cursor === null) {
      const today = (): string => toIsoTime(clock()).slice(0, 10);
      file = await openRotatedFile({ path, maxSizeBytes, keepDays, today });
      cursor = file.last()?.seq ?? 0;
    }
    const bounds = await getStreamBounds(db());
    if (cursor > bounds.latest) {
      await file.rotate();
      cursor = 0;
    }
    for (let events = await readAfter(cursor); events.length > 0 && !stopped; events = await readAfter(cursor)) {
      await file.append(events.map(toLine));
      cursor = events.at(-1)?.seq ?? cursor;
    }
  }

  async function readAfter(after: number): Promise<readonly StoredEvent[]> {
    if (tail.covers(after)) return tail.since(after).map((event) => event.stored);
    return (await listEvents(db(), { after, order: 'asc', limit: PAGE })).events;
  }

  async function closeFile(): Promise<void> {
    const open = file;
    file = null;
    cursor = null;
    await open?.close().catch(onError);
  }

  /** Until the tail moves, or for a while. */
  async function pause(ms: number | null): Promise<void> {
    if (stopped || (ms === null && woken)) return;
    await new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      rouse = () => {
        if (ms !== null && !stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    start: () => {
      unlisten = tail.listen(() => {
        woken = true;
        rouse();
      });
      running ??= run();
    },
    writtenThrough: () => cursor,
    stop: async () => {
      stopped = true;
      unlisten();
      rouse();
      await running;
    },
  };
}

function toLine(event: StoredEvent): ActivityLine {
  const [, day = '1970-01-01'] = /"receivedAt"\s*:\s*"(\d{4}-\d\d-\d\d)/.exec(event.json) ?? [];
  // The database keeps JSON text as it was given; a line break between two parts of it would make two lines.
  return { seq: event.seq, day, text: toEventJson(event).replaceAll(/[\r\n]+/g, ' ') };
}
