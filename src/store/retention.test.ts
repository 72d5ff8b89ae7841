import assert from 'node:assert/strict';
import { seedRuns } from '../../test/seed-runs.ts';
import { it } from 'node:test';
import { sql } from 'kysely';
import { forEachDatabase } from '../../test/databases.ts';
import { createEvent } from '../../test/rows.ts';
import { createId } from '../core/id.ts';
import { ensurePartitionsAt } from './partitions.ts';
import { runRetention } from './retention.ts';

const NOW = Date.parse('2024-11-20T12:00:00Z');
const DAY_MS = 86_400_000;
const OPTIONS = { retentionMs: 90 * DAY_MS, meaningWindowMs: 600_000, nowMs: NOW };

function daysAgo(days: number): Date {
  return new Date(NOW - days * DAY_MS);
}

forEachDatabase('runRetention', ({ kind, withStore }) => {
  it(`removes what is past its time, keeps the rest, and says up to where events are gone (${kind})`, async () => {
    await withStore(async ({ db, ...store }) => {
      await ensurePartitionsAt(db, [daysAgo(120), daysAgo(5)]);
      const events = [
        createEvent({ seq: 7, received_at: daysAgo(120) }),
        createEvent({ seq: 8, received_at: daysAgo(5) }),
      ];
      await db.insertInto('events').values(events).execute();
      const keys = [120, 5].map((days) => ({
        forge: 'home',
        key: `key-${days}`,
        delivery_id: createId(),
        received_at: daysAgo(days),
      }));
      await db.insertInto('delivery_keys').values(keys).execute();
      const meanings = [60_000, 660_000].map((age) => ({
        hash: Buffer.from(String(age)),
        delivery_id: createId(),
        received_at: new Date(NOW - age),
      }));
      await db.insertInto('meanings').values(meanings).execute();
      const subjects = [500, 120].map((days) => ({
        forge: 'home',
        key: `issue-${days}`,
        snapshots: '[]',
        updated_at: daysAgo(days),
      }));
      await db.insertInto('subjects').values(subjects).execute();
      const codes = [-1, 1].map((days) => ({
        hash: Buffer.from(String(days)),
        role: 'admin',
        created_at: daysAgo(2),
        expires_at: daysAgo(-days),
        used_at: null,
      }));
      await db.insertInto('sign_in_codes').values(codes).execute();

      const [, recent = '', unfinished = ''] = await seedRuns(db, [
        { state: 'succeeded', created_at: daysAgo(120), finished_at: daysAgo(120) },
        { state: 'dead', created_at: daysAgo(5), finished_at: daysAgo(5) },
        { state: 'waiting', created_at: daysAgo(120), finished_at: null },
      ]);
      const books = [0, 1].map((open) => ({
        open,
        inbox_id: createId(),
        triggered: false,
        dead: 0,
        effected: 1 - open,
      }));
      await db
        .insertInto('delivery_runs')
        .values(books.map((row) => ({ ...row, delivery_id: createId(), received_at: daysAgo(120) })))
        .execute();

      const result = await runRetention({ db, ...store }, OPTIONS);

      assert.equal(result.prunedThrough, 7);
      assert.deepEqual(
        { ...result, dropped: result.dropped.length },
        {
          dropped: 2,
          prunedThrough: 7,
          deliveryKeys: 1,
          meanings: 1,
          subjects: 1,
          access: 1,
          runs: 1,
          books: 1,
          digests: 0,
          ledger: 0,
        },
      );
      assert.deepEqual(await db.selectFrom('events').select('seq').execute(), [{ seq: 8 }]);
      assert.deepEqual(await db.selectFrom('delivery_keys').select('key').execute(), [{ key: 'key-5' }]);
      const runs = await db.selectFrom('runs').select('id').orderBy('ordinal').execute();
      assert.deepEqual(
        runs.map(({ id }) => id),
        [recent, unfinished],
      );
      assert.deepEqual(await db.selectFrom('subjects').select('key').execute(), [{ key: 'issue-120' }]);
      const sequencer = await db.selectFrom('sequencer').select('pruned_through').executeTakeFirst();
      assert.deepEqual(sequencer, { pruned_through: 7 });
    });
  });

  it(`prunes more rows than fit one batch (${kind})`, async () => {
    await withStore(async (store) => {
      await sql`
        insert into delivery_keys (forge, key, delivery_id, received_at)
        select 'home', 'key-' || n, gen_random_uuid(), ${daysAgo(100)}::timestamptz from generate_series(1, 12000) n
      `.execute(store.db);
      const { deliveryKeys } = await runRetention(store, OPTIONS);
      assert.equal(deliveryKeys, 12_000);
    });
  });
});
