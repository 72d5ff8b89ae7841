import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The runs that a hub says are over, read from its log as it grows: the line of a run is written once its end is in the database. Reading
 * costs the hub nothing, unlike asking it.
 */
export interface RunLog {
  /** When each run was recorded as succeeded, by its id; milliseconds of the wall clock. */
  readonly recordedAtMs: ReadonlyMap<string, number>;
  /** Lines of runs that ended in another way. */
  readonly others: () => readonly string[];
  /** Resolves when so many runs are recorded. @throws Error when that takes too long. */
  whenRecorded(count: number): Promise<void>;
  stop(): void;
}

const LIMIT_MS = 180_000;
const EVERY_MS = 10;

export function tailRunLog(path: string): RunLog {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(1 << 20);
  const recordedAtMs = new Map<string, number>();
  const others: string[] = [];
  let position = 0;
  let rest = '';

  const read = () => {
    for (;;) {
      const bytes = readSync(file, buffer, 0, buffer.length, position);
      if (bytes === 0) return;
      position += bytes;
      const lines = (rest + buffer.toString('latin1', 0, bytes)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    }
  };
  const take = (line: string) => {
    if (!line.includes('"run.attempted"')) return;
    const { run, state, time } = JSON.parse(line) as { run: string; state: string; time: string };
    if (state === 'succeeded' || state === 'unchanged') recordedAtMs.set(run, Date.parse(time));
    else if (state !== 'waiting') others.push(line);
  };
  const timer = setInterval(read, EVERY_MS);

  return {
    recordedAtMs,
    others: () => others,
    async whenRecorded(count) {
      const deadlineMs = performance.now() + LIMIT_MS;
      while (recordedAtMs.size < count) {
        if (performance.now() > deadlineMs)
          throw new Error(`${recordedAtMs.size} of ${count} runs are recorded. ${others.slice(0, 3).join('\n')}`);
        await delay(EVERY_MS);
      }
    },
    stop() {
      clearInterval(timer);
      closeSync(file);
    },
  };
}
