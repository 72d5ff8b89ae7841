import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { type SeedRun, seedRuns } from '../../test/seed-runs.ts';
import { openBreaker } from './breakers.ts';
import { claimRuns, type ClaimRequest, extendLeases, reclaimRuns, releaseRuns } from './run-claims.ts';
import type { Store } from './store.ts';

const HOLDER = '00000000-0000-7000-8000-000000000001';
const OTHER = '00000000-0000-7000-8000-000000000002';
const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
const at = (seconds: number) => new Date(NOW_MS + seconds * 1_000).toISOString();

const due = (fields: SeedRun = {}): SeedRun => ({
  state: 'queued',
  action: 'act',
  destination: 'there',
  attempt: 0,
  next_at: at(-60),
  ...fields,
});
const inKey = (fields: SeedRun = {}) => due({ order_key: 'room', ...fields });

async function claim({ db }: Store, fields: Partial<ClaimRequest> = {}) {
  const request = {
    holder: HOLDER,
    nowAt: at(0),
    leaseUntilAt: at(60),
    limit: 100,
    limits: { act: 2 },
    room: {},
    ahead: {},
  };
  const { runs, nextDueAt } = await claimRuns(db, { ...request, ...fields });
  return { ids: runs.map(({ id }) => id), runs, nextDueAt };
}

forEachDatabase('claims', ({ withStore }) => {
  it('take as many of a destination as it takes at a time, or as there is room for', () =>
    withStore(async (store) => {
      const ids = await seedRuns(
        store.db,
        [...Array(9).keys()].map(() => due()),
      );
      const first = await claim(store);
      assert.deepEqual(first.ids, ids.slice(0, 2));
      assert.ok(first.nextDueAt !== null && first.nextDueAt.getTime() < NOW_MS, 'more are due');
      assert.deepEqual((await claim(store, { room: { there: 0 } })).ids, []);
      assert.deepEqual((await claim(store, { room: { there: 1 } })).ids, ids.slice(2, 3));
      assert.deepEqual((await claim(store, { ahead: { there: 3 }, limit: 5 })).ids, ids.slice(3, 8));
    }));

  it('tell when the next run is due', () =>
    withStore(async (store) => {
      assert.equal((await claim(store)).nextDueAt, null);
      await seedRuns(store.db, [due({ next_at: at(90) }), due({ next_at: at(30) }), due()]);
      assert.equal((await claim(store)).nextDueAt?.toISOString(), at(30));
    }));

  it('take the runs of a key one at a time, or several in their order where effects are quick', () =>
    withStore(async (store) => {
      const ids = await seedRuns(
        store.db,
        [...Array(5).keys()].map((n) => inKey({ priority: n })),
      );
      assert.deepEqual((await claim(store)).ids, ids.slice(0, 1));
      assert.deepEqual((await claim(store, { ahead: { there: 9 } })).ids, [], 'one of the key is under way');
      await releaseRuns(store.db, HOLDER, ids.slice(0, 1), at(0));
      assert.deepEqual((await claim(store, { ahead: { there: 3 } })).ids, ids.slice(0, 3));
    }));

  it('begin with the first of a key, however many became due before it', () =>
    withStore(async (store) => {
      const [head] = await seedRuns(store.db, [inKey({ next_at: at(-1) })]);
      await seedRuns(
        store.db,
        [...Array(700).keys()].map(() => inKey()),
      );
      assert.deepEqual((await claim(store)).ids, [head]);
    }));

  it('keep what is behind a run that failed lately, and let it pass after ten minutes', () =>
    withStore(async (store) => {
      const failed = { state: 'failed', attempt: 1, next_at: at(20), first_attempt_at: at(-10) } as const;
      const [, second, third] = await seedRuns(store.db, [inKey(failed), inKey(), inKey()]);
      assert.deepEqual((await claim(store, { ahead: { there: 9 } })).ids, []);
      const later = { nowAt: at(590), ahead: { there: 9 } };
      await store.db
        .updateTable('runs')
        .set({ next_at: at(900) })
        .where('state', '=', 'failed')
        .execute();
      assert.deepEqual((await claim(store, later)).ids, [second, third]);
    }));

  it('do not let a blocked key or a full destination keep others from being seen', () =>
    withStore(async (store) => {
      await seedRuns(store.db, [inKey({ state: 'running', next_at: null, holder: OTHER })]);
      await seedRuns(
        store.db,
        [...Array(700).keys()].map(() => inKey()),
      );
      await seedRuns(
        store.db,
        [...Array(700).keys()].map(() => due({ destination: 'full' })),
      );
      const [free] = await seedRuns(store.db, [due({ next_at: at(-1) })]);
      assert.deepEqual((await claim(store, { room: { full: 0 } })).ids, [free]);
    }));

  it('never take a run of a key before an earlier one that goes to another destination', () =>
    withStore(async (store) => {
      const [head] = await seedRuns(store.db, [
        inKey({ destination: 'full' }),
        inKey(),
        inKey({ destination: 'full' }),
      ]);
      assert.deepEqual((await claim(store, { room: { full: 0 }, ahead: { there: 9 } })).ids, []);
      assert.deepEqual((await claim(store, { ahead: { there: 9, full: 9 } })).ids, [head]);
    }));

  it('take rules of a higher priority first, however long others wait', () =>
    withStore(async (store) => {
      await seedRuns(
        store.db,
        [...Array(400).keys()].map((n) => due({ destination: `d${n}` })),
      );
      const [urgent] = await seedRuns(store.db, [due({ priority: 5, next_at: at(-1) })]);
      assert.deepEqual((await claim(store, { limit: 1 })).ids, [urgent]);
    }));

  it('leave alone what a breaker keeps, and probe with one run when the rest is over', () =>
    withStore(async (store) => {
      const breaker = {
        kind: 'destination',
        openedAt: at(-9),
        until: null,
        failures: 5,
        code: 'c',
        reason: 'r',
      } as const;
      const rest = { ...breaker, untilAt: at(30), fingerprint: null };
      await openBreaker(store.db, { ...rest, scope: 'destination:there' });
      await openBreaker(store.db, { ...rest, kind: 'credential', untilAt: null, scope: 'credential:key' });
      const [first] = await seedRuns(store.db, [due(), due(), due({ destination: 'd', credential: 'key' })]);
      assert.deepEqual((await claim(store)).ids, []);
      assert.deepEqual((await claim(store, { nowAt: at(31), ahead: { there: 9 } })).ids, [first]);
      assert.deepEqual((await claim(store, { nowAt: at(32) })).ids, [], 'the probe is under way');
    }));

  it('can be given back as if they had never been made, renewed by name, and taken from who is gone', () =>
    withStore(async (store) => {
      const ids = await seedRuns(store.db, [due(), due({ destination: 'd' }), due({ destination: 'e' })]);
      const [given = '', renewed = '', left = ''] = ids;
      assert.equal((await claim(store)).ids.length, 3);
      await releaseRuns(store.db, OTHER, [given], at(1));
      await releaseRuns(store.db, HOLDER, [given], at(1));
      assert.deepEqual(await extendLeases(store.db, HOLDER, [given, renewed], at(500)), new Set([renewed]));
      assert.equal(await reclaimRuns(store.db, { nowAt: at(100), formerHolder: null }), 1);
      const rows = await store.db.selectFrom('runs').select(['id', 'state', 'attempt', 'first_attempt_at']).execute();
      const toFacts = (id: string) => {
        const row = rows.find((one) => one.id === id);
        return [row?.state, row?.attempt, row?.first_attempt_at !== null];
      };
      assert.deepEqual([given, renewed, left].map(toFacts), [
        ['queued', 0, false],
        ['running', 1, true],
        ['queued', 1, true],
      ]);
    }));
});
