import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import { forEachDatabase } from '../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../test/event-rows.ts';
import { waitUntil } from '../../test/wait-until.ts';
import type { Database } from '../store/schema.ts';
import { type ActivityFile, createActivityFile } from './activity-file.ts';
import { createTail } from './tail.ts';

const range = (to: number): number[] => Array.from({ length: to }, (_, index) => index + 1);
const pushes = (count: number) => range(count).map(() => makeEvent({ repo: makeRepo('a/b'), title: 'ünï\n"x"' }));

async function makeDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'fettle-activity-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function withFollower(
  db: Kysely<Database>,
  dir: string,
  run: (file: ActivityFile, wake: () => void, errors: unknown[]) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const onError = (error: unknown): number => errors.push(error);
  const tail = createTail({ db: () => db, publicUrl: () => null, onError, pollMs: 50, ringEvents: 20 });
  const path = join(dir, 'activity.jsonl');
  const file = createActivityFile({
    db: () => db,
    tail,
    path,
    maxSizeBytes: 5_000,
    keepDays: 30,
    clock: () => Date.parse('2026-11-21T00:00:00Z'),
    onError,
  });
  tail.start();
  file.start();
  try {
    await run(file, () => tail.wake(), errors);
  } finally {
    await file.stop();
    await tail.stop();
  }
}

async function readSeqs(dir: string): Promise<number[]> {
  const names = (await readdir(dir)).filter((name) => name !== 'activity.jsonl').toSorted();
  const texts = await Promise.all([...names, 'activity.jsonl'].map((name) => readFile(join(dir, name), 'utf8')));
  const lines = texts.join('').split('\n').slice(0, -1);
  return lines.map((text) => (JSON.parse(text) as { seq: number }).seq);
}

forEachDatabase('activity file', ({ withStore, kind }) => {
  test(`the file holds every event once, over rotation, restarts and torn lines, on ${kind}`, async (t) => {
    const dir = await makeDir(t);
    await withStore(async ({ db }) => {
      await addEvents(db, pushes(60));
      await withFollower(db, dir, async (file, wake) => {
        await waitUntil(() => file.writtenThrough() === 60, 'what was there before is written');
        await addEvents(db, pushes(30));
        wake();
        await waitUntil(() => file.writtenThrough() === 90, 'what came is written');
      });
      // What a process that was killed in the middle of a line leaves.
      await appendFile(join(dir, 'activity.jsonl'), '{"seq":91,"id":"01');
      await addEvents(db, pushes(10));
      await withFollower(db, dir, async (file) => {
        await waitUntil(() => file.writtenThrough() === 100, 'the rest is written');
      });
      await truncate(join(dir, 'activity.jsonl'), 10);
      await withFollower(db, dir, async (file, _wake, errors) => {
        await waitUntil(() => file.writtenThrough() === 100, 'what was lost is written again');
        assert.deepEqual(errors, []);
      });
      assert.deepEqual(await readSeqs(dir), range(100));
      assert.ok((await readdir(dir)).length > 3);
    });
  });

  test(`a file that is ahead of the database is put aside, and a new one begins, on ${kind}`, async (t) => {
    const dir = await makeDir(t);
    await appendFile(join(dir, 'activity.jsonl'), '{"seq":500,"receivedAt":"2026-11-20T00:00:00.000Z"}\n');
    await withStore(async ({ db }) => {
      await addEvents(db, pushes(3));
      await withFollower(db, dir, async (file) => {
        await waitUntil(() => file.writtenThrough() === 3, 'the events are written');
      });
      assert.deepEqual(await readSeqs(dir), [500, 1, 2, 3]);
    });
  });
});
