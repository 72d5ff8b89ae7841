import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDatabaseContext, forEachDatabase, silentLog } from '../../test/databases.ts';
import { shareStore } from '../../test/shared-store.ts';
import { createId } from '../core/id.ts';
import { beginRevision, findDigestEntry, joinDigest, markShown, toDigestScope } from './digests.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

type Letters = readonly string[];

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-03-01T12:00:00Z');

/** Joins a digest whose state is the list of all letters that joined. */
function join({ db }: Store, scope: string, letter: string, nowMs = START_MS, runId = createId()) {
  return joinDigest<Letters>(db, { runId, scope, windowMs: MINUTE_MS, nowMs }, (letters) => [
    ...(letters ?? []),
    letter,
  ]);
}

/** Begins and marks a revision, as when it was sent at `nowMs`. */
async function send({ db }: Store, digestId: string, nowMs: number, options: { readonly restart?: boolean } = {}) {
  const revision = await beginRevision<Letters>(db, digestId, options);
  assert.ok(revision !== undefined);
  await markShown(db, revision, {
    message: `message-${revision.revision}`,
    nextEditAtMs: nowMs + 5_000,
    closesAtMs: nowMs + MINUTE_MS,
  });
  return revision;
}

describe('the scope of a digest', () => {
  it('tells its parts apart, whatever they hold', () => {
    assert.notEqual(toDigestScope(['a', 'b']), toDigestScope(['a b']));
    assert.notEqual(toDigestScope(['a","b']), toDigestScope(['a', 'b']));
    assert.equal(toDigestScope(['x'.repeat(100_000)]).length, 64);
  });
});

forEachDatabase('digests', (context) => {
  const store = shareStore(context);

  it('gives each run of a scope the next number of one digest, and each scope its own', async () => {
    const [first, second] = [await join(store(), 'own-1', 'a'), await join(store(), 'own-1', 'b', START_MS + 59_999)];
    const other = await join(store(), 'own-2', 'c');
    assert.deepEqual([first.number, second.number, other.number], [1, 2, 1]);
    assert.equal(second.digestId, first.digestId);
    assert.notEqual(other.digestId, first.digestId);
  });

  it('lets a run join once, and tells it what became of its entry', async () => {
    const runId = createId();
    const joined = await join(store(), 'once', 'a', START_MS, runId);
    await send(store(), joined.digestId, START_MS);
    const again = await join(store(), 'once', 'a', START_MS + 10 * MINUTE_MS, runId);
    assert.deepEqual(again, {
      ...joined,
      shownThrough: 1,
      message: 'message-1',
      nextEditAtMs: START_MS + 5_000,
    });
    assert.deepEqual(await findDigestEntry(store().db, runId), again);
    assert.equal((await join(store(), 'once', 'b')).number, 2);
  });

  it('shows with one revision everything that joined before it began, and nothing twice', async () => {
    const { digestId } = await join(store(), 'through', 'a');
    await send(store(), digestId, START_MS);
    await join(store(), 'through', 'b');
    await join(store(), 'through', 'c');
    const revision = await send(store(), digestId, START_MS + 5_000);
    assert.deepEqual(
      { ...revision, digestId: null },
      { digestId: null, revision: 2, through: 3, state: ['a', 'b', 'c'], message: 'message-1' },
    );
    assert.equal(await beginRevision(store().db, digestId), undefined);
  });

  it('repeats a revision that was never marked, word for word, before it begins another', async () => {
    const { digestId } = await join(store(), 'repeat', 'a');
    const begun = await beginRevision(store().db, digestId);
    await join(store(), 'repeat', 'b');
    assert.deepEqual(await beginRevision(store().db, digestId), begun);
    assert.deepEqual((await send(store(), digestId, START_MS)).state, ['a']);
    assert.deepEqual((await send(store(), digestId, START_MS + 5_000)).state, ['a', 'b']);
  });

  it('keeps the first message, and does not go back when an old revision is marked late', async () => {
    const run = createId();
    const { digestId } = await join(store(), 'late', 'a', START_MS, run);
    const old = await send(store(), digestId, START_MS);
    await join(store(), 'late', 'b');
    await send(store(), digestId, START_MS + 9_000);
    await markShown(store().db, old, {
      message: 'other',
      nextEditAtMs: START_MS,
      closesAtMs: START_MS + 9 * MINUTE_MS,
    });
    const entry = await findDigestEntry(store().db, run);
    assert.deepEqual(
      [entry?.message, entry?.shownThrough, entry?.nextEditAtMs],
      ['message-1', 2, START_MS + 9_000 + 5_000],
    );
    assert.notEqual((await join(store(), 'late', 'c', START_MS + 2 * MINUTE_MS)).digestId, digestId);
  });

  it('opens a new digest when the window is over, counted from the first sending', async () => {
    const { digestId } = await join(store(), 'window', 'a');
    const sentAtMs = START_MS + 10 * MINUTE_MS;
    await send(store(), digestId, sentAtMs);
    assert.equal((await join(store(), 'window', 'b', sentAtMs + MINUTE_MS - 1)).digestId, digestId);
    // The second sending does not prolong it.
    await send(store(), digestId, sentAtMs + MINUTE_MS - 1);
    const next = await join(store(), 'window', 'c', sentAtMs + MINUTE_MS);
    assert.notEqual(next.digestId, digestId);
    assert.equal(next.number, 1);
  });

  it('still shows an entry that joined in time when the window has closed', async () => {
    const { digestId } = await join(store(), 'closed', 'a');
    await send(store(), digestId, START_MS);
    await join(store(), 'closed', 'b', START_MS + MINUTE_MS - 1);
    await join(store(), 'closed', 'c', START_MS + MINUTE_MS);
    assert.deepEqual((await send(store(), digestId, START_MS + MINUTE_MS + 4_999)).state, ['a', 'b']);
  });

  it('can say only what is new, for messages that cannot be edited', async () => {
    const { digestId } = await join(store(), 'restart', 'a');
    assert.deepEqual((await send(store(), digestId, START_MS, { restart: true })).state, ['a']);
    await join(store(), 'restart', 'b');
    const begun = await beginRevision<Letters>(store().db, digestId, { restart: true });
    await join(store(), 'restart', 'c');
    assert.deepEqual(begun?.state, ['b']);
    assert.deepEqual((await send(store(), digestId, START_MS + 5_000, { restart: true })).state, ['b']);
    assert.deepEqual((await send(store(), digestId, START_MS + 9_000, { restart: true })).state, ['c']);
  });

  it('takes runs that all join at once, each once', async () => {
    const runs = Array.from({ length: 20 }, () => createId());
    const entries = await Promise.all(
      [...runs, ...runs].map((runId) => join(store(), 'at-once', 'x', START_MS, runId)),
    );
    assert.equal(new Set(entries.map(({ digestId }) => digestId)).size, 1);
    const numbers = new Set(entries.map(({ number }) => number));
    assert.deepEqual(
      [...numbers].toSorted((one, other) => one - other),
      runs.map((_, index) => index + 1),
    );
    const [{ digestId } = { digestId: '' }] = entries;
    assert.equal((await beginRevision<Letters>(store().db, digestId))?.state.length, 20);
  });
});

describe('digests of two processes on one PostgreSQL', () => {
  const context = createDatabaseContext('postgres');

  it('are the same digests', async () => {
    await context.withStore(async (store, place) => {
      const other = await openStore({ ...place, maxConnections: 5, log: silentLog });
      try {
        const scopes = Array.from({ length: 10 }, (_, index) => `scope-${index}`);
        const entries = await Promise.all(
          scopes.flatMap((scope) => [store, other, store, other].map((each, index) => join(each, scope, `${index}`))),
        );
        for (const scope of scopes) {
          const own = entries.filter((entry) => entry.scope === scope);
          assert.equal(new Set(own.map(({ digestId }) => digestId)).size, 1, scope);
          assert.deepEqual(new Set(own.map(({ number }) => number)), new Set([1, 2, 3, 4]));
        }
        const digestId = entries[0]?.digestId ?? '';
        const begun = await Promise.all([beginRevision(store.db, digestId), beginRevision(other.db, digestId)]);
        assert.deepEqual(begun[0], begun[1]);
      } finally {
        await other.close();
      }
    });
  });
});
