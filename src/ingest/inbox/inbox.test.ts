import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitUntil } from '../../../test/wait-until.ts';
import { FettleError } from '../../core/errors.ts';
import { createId } from '../../core/id.ts';
import { decodeEntry, encodeEntry, type Entry } from './entry.ts';
import { type Inbox, openInbox } from './inbox.ts';
import { createSpace } from './space.ts';

const ALL = { entries: 10_000, bytes: 2 ** 30 };

function toEntry(body: string | Buffer): Entry {
  const head = {
    id: createId(),
    receivedAtMs: 1,
    forge: 'home',
    kind: 'gitea',
    headers: { a: 'b' },
    remoteAddress: null,
  } as const;
  return { head, body: Buffer.from(body) };
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-inbox-'));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function openTestInbox(directory: string, limitBytes: number | null = 1e9): Promise<Inbox> {
  return openInbox(directory, await createSpace(directory, { limitBytes, reserveBytes: () => 0 }));
}

test('an entry comes back byte for byte', () => {
  const entry = toEntry(Buffer.from([0, 255, 1, 2]));
  assert.deepEqual(decodeEntry(encodeEntry(entry)), entry);
});

test('an entry of a newer format is refused with advice', () => {
  const bytes = encodeEntry(toEntry('x'));
  bytes.writeUInt8(9, 0);
  assert.throws(() => decodeEntry(bytes), /format 9.*newer version/);
});

test('numbers have no gaps and survive a reopening, as do order and bytes', () =>
  withDirectory(async (directory) => {
    const first = await openTestInbox(directory);
    const numbers = await Promise.all(
      Array.from({ length: 700 }, (_, index) => first.append(toEntry(`body ${index}`))),
    );
    assert.deepEqual(
      numbers,
      Array.from({ length: 700 }, (_, index) => index + 1),
    );
    await first.removeThrough(100);
    await first.close();

    const second = await openTestInbox(directory);
    assert.equal(second.id, first.id);
    assert.equal(second.lastNumber(), 700);
    assert.equal(second.size().entries, 600);
    const read = second.read(100, ALL);
    assert.deepEqual(
      read.map((entry) => entry.number),
      Array.from({ length: 600 }, (_, index) => index + 101),
    );
    assert.equal(read[0]?.body.toString(), 'body 100');
    await second.removeThrough(700);
    assert.deepEqual(second.size(), { entries: 0, bytes: 0 });
    assert.equal(await second.append(toEntry('next')), 701);
    await second.close();
  }));

test('a batch for the drain is bounded by count and by bytes but never empty', () =>
  withDirectory(async (directory) => {
    const inbox = await openTestInbox(directory);
    await Promise.all([1, 2, 3].map(() => inbox.append(toEntry(Buffer.alloc(1000)))));
    assert.equal(inbox.read(0, { entries: 2, bytes: 1e9 }).length, 2);
    assert.equal(inbox.read(0, { entries: 9, bytes: 2500 }).length, 2);
    assert.equal(inbox.read(0, { entries: 9, bytes: 1 }).length, 1);
    assert.equal(inbox.read(3, ALL).length, 0);
    await inbox.close();
  }));

test('over its limit the inbox refuses with a time to come back, and takes again when drained', () =>
  withDirectory(async (directory) => {
    const inbox = await openTestInbox(directory, 5000);
    await inbox.append(toEntry(Buffer.alloc(4000)));
    await assert.rejects(inbox.append(toEntry(Buffer.alloc(4000))), (error: FettleError) => {
      assert.equal(error.code, 'inbox_full');
      assert.ok((error.retryAfterSeconds ?? 0) > 0);
      return true;
    });
    await inbox.removeThrough(1);
    assert.equal(await inbox.append(toEntry(Buffer.alloc(4000))), 2);
    await inbox.close();
  }));

test('a large file is made anew once it is empty, with identity and numbers kept', () =>
  withDirectory(async (directory) => {
    const inbox = await openTestInbox(directory);
    const bodies = Array.from({ length: 9 }, () => inbox.append(toEntry(Buffer.alloc(8 * 2 ** 20, 1))));
    await Promise.all(bodies);
    assert.ok((await stat(join(directory, 'inbox.mdb'))).size > 64 * 2 ** 20);
    const removal = inbox.removeThrough(9);
    const during = Array.from({ length: 20 }, () => inbox.append(toEntry('during')));
    await removal;
    assert.deepEqual(
      await Promise.all(during),
      Array.from({ length: 20 }, (_, index) => index + 10),
    );
    await inbox.removeThrough(29);
    assert.ok((await stat(join(directory, 'inbox.mdb'))).size < 8 * 2 ** 20);
    assert.equal(await inbox.append(toEntry('after')), 30);
    assert.equal(inbox.read(29, ALL)[0]?.body.toString(), 'after');
    await inbox.close();
  }));

test('on a full disk appends are refused, no number is lost, and removing heals it', { skip: canMount() }, () =>
  withDirectory(async (directory) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory]);
    try {
      const inbox = await openTestInbox(directory);
      let accepted = 0;
      for (let attempt = 0; attempt < 100; attempt += 1) {
        try {
          accepted = await inbox.append(toEntry(Buffer.alloc(100_000, attempt)));
        } catch (error) {
          assert.match((error as FettleError).code, /^inbox_(full|unavailable)$/);
          break;
        }
      }
      assert.ok(accepted > 5 && accepted < 99, `${accepted} were accepted`);
      assert.equal(inbox.read(0, ALL).length, accepted);
      await inbox.removeThrough(accepted);
      const append = () => inbox.append(toEntry('after')).then((number) => number === accepted + 1, isRefusal);
      await waitUntil(append, 'the freed space is noticed');
      await inbox.close();
    } finally {
      execFileSync('umount', [directory]);
    }
  }),
);

function isRefusal(error: unknown): false {
  assert.equal((error as FettleError).code, 'inbox_full');
  return false;
}

/** Mounting a small file system needs root on Linux. */
function canMount(): string | false {
  return process.platform === 'linux' && process.getuid?.() === 0
    ? false
    : 'needs root on Linux to mount a small tmpfs';
}
