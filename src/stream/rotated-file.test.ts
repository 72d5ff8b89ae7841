import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ActivityLine, openRotatedFile, type RotatedFile } from './rotated-file.ts';

async function makePath(t: TestContext): Promise<{ dir: string; path: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'fettle-activity-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return { dir, path: join(dir, 'activity.jsonl') };
}

function line(seq: number, day = '2026-11-21'): ActivityLine {
  return { seq, day, text: JSON.stringify({ seq, receivedAt: `${day}T10:00:00.000Z`, title: 'ü'.repeat(20) }) };
}

async function openFile(path: string, options: { maxSizeBytes?: number; today?: string } = {}): Promise<RotatedFile> {
  const { maxSizeBytes = 1e6, today = '2026-11-21' } = options;
  return await openRotatedFile({ path, maxSizeBytes, keepDays: 30, today: () => today });
}

async function readSeqs(dir: string): Promise<number[]> {
  const names = (await readdir(dir)).toSorted((one, other) =>
    one === 'activity.jsonl' ? 1 : other === 'activity.jsonl' ? -1 : one < other ? -1 : 1,
  );
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return texts
    .join('')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => (JSON.parse(text) as { seq: number }).seq);
}

test('a torn last line is cut when the file is opened, and its place is taken by the next line', async (t) => {
  const { dir, path } = await makePath(t);
  const before = await openFile(path);
  await before.append([line(1), line(2)]);
  await before.close();
  await appendFile(path, line(3).text.slice(0, 30));

  const after = await openFile(path);
  assert.deepEqual(after.last(), { seq: 2, day: '2026-11-21' });
  await after.append([line(3), line(4)]);
  await after.close();
  assert.deepEqual(await readSeqs(dir), [1, 2, 3, 4]);
});

test('a line that lost only its line break is written again instead of doubled', async (t) => {
  const { dir, path } = await makePath(t);
  await writeFile(path, `${line(1).text}\n${line(2).text}`);
  const file = await openFile(path);
  assert.equal(file.last()?.seq, 1);
  await file.append([line(2)]);
  await file.close();
  assert.deepEqual(await readSeqs(dir), [1, 2]);
});

test('zeros after the last line, as a power failure leaves them, are cut', async (t) => {
  const { dir, path } = await makePath(t);
  await writeFile(path, `${line(7).text}\n${'\0'.repeat(100_000)}`);
  const file = await openFile(path);
  assert.equal(file.last()?.seq, 7);
  await file.close();
  assert.deepEqual(await readSeqs(dir), [7]);
});

test('the file is rotated by size between two lines and nothing is lost', async (t) => {
  const { dir, path } = await makePath(t);
  const file = await openFile(path, { maxSizeBytes: 500 });
  const seqs = Array.from({ length: 40 }, (_, index) => index + 1);
  await file.append(seqs.slice(0, 25).map((seq) => line(seq)));
  await file.append(seqs.slice(25).map((seq) => line(seq)));
  await file.close();
  assert.deepEqual(await readSeqs(dir), seqs);
  const names = await readdir(dir);
  assert.ok(names.length > 3, `expected several files, found ${names.join()}`);
  for (const name of names) assert.ok((await stat(join(dir, name))).size <= 500);
});

test('the file is rotated by day, and an older day that comes late does not rotate it back', async (t) => {
  const { dir, path } = await makePath(t);
  const file = await openFile(path);
  await file.append([line(1, '2026-11-20'), line(2, '2026-11-21'), line(3, '2026-11-20'), line(4, '2026-11-21')]);
  await file.close();
  assert.deepEqual((await readdir(dir)).toSorted(), ['activity.2026-11-20.0000000000000001.jsonl', 'activity.jsonl']);
  assert.deepEqual(await readSeqs(dir), [1, 2, 3, 4]);
});

test('a crash right after putting the file aside goes on from the file put aside', async (t) => {
  const { path } = await makePath(t);
  const file = await openFile(path);
  await file.append([line(1), line(2)]);
  await file.rotate();
  await file.close();
  await rm(path);
  const again = await openFile(path);
  assert.deepEqual(again.last(), { seq: 2, day: '2026-11-21' });
  await again.close();
});

test('files put aside longer ago than the days to keep are deleted, never the newest', async (t) => {
  const { dir, path } = await makePath(t);
  const file = await openFile(path, { today: '2026-11-21' });
  await file.append([line(1, '2026-01-01'), line(2, '2026-11-20')]);
  await file.close();
  assert.deepEqual(await readdir(dir), ['activity.jsonl']);
  const later = await openFile(path, { today: '2027-06-01' });
  assert.equal(later.last()?.seq, 2);
  await later.close();
});

test('only the owner may read the activity file', async (t) => {
  const { path } = await makePath(t);
  await writeFile(path, '', { mode: 0o644 });
  const file = await openFile(path);
  await file.close();
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});
