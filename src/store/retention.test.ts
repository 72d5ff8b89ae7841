import assert from 'node:assert/strict';
import { seedRuns } from '../../test/seed-runs.ts';
import { it } from 'node:test';
import { sql } from 'kysely';
import { forEachDatabase } from '../../test/databases.ts';
import { seedTasks } from '../../test/seed-tasks.ts';
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
          tasks: 0,
          dependencies: 0,
          agents: 0,
          requests: 0,
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

  it(`removes tasks that have long been over, with all that is only about them (${kind})`, async () => {
    await withStore(async ({ db, ...store }) => {
      const over = { state: 'succeeded', finishedAt: daysAgo(120).toISOString() } as const;
      const recent = { state: 'failed', finishedAt: daysAgo(5).toISOString() } as const;
      const [old = '', ...kept] = await seedTasks(db, [over, recent, { updatedAt: daysAgo(200).toISOString() }]);
      const entry = { number: 1, at: daysAgo(200), kind: 'opened', by: null, fence: null, is_news: false, data: '{}' };
      await db
        .insertInto('task_entries')
        .values([old, ...kept].map((id) => ({ ...entry, task_id: id })))
        .execute();
      const edge = { forge: 'home', state: 'open', title: null, waived_by: null } as const;
      const edges = [
        [1, 3, 1],
        [9, 1, 1],
        [9, 2, 2],
        [3, 9, 3],
      ].map(([number = 0, on_number = 0, declared_number = 0]) => ({
        ...edge,
        repo: 'dataforge/app',
        number,
        on_repo: 'dataforge/app',
        on_number,
        declared_repo: 'dataforge/app',
        declared_number,
      }));
      await db.insertInto('task_dependencies').values(edges).execute();
      const request = { principal: 'mosaic', fingerprint: Buffer.from('00', 'hex'), answer: '{}' };
      const requests = [25, 23].map((hours) => ({
        ...request,
        key: `${hours} hours ago`,
        at: new Date(NOW - hours * 3_600_000),
      }));
      await db.insertInto('task_requests').values(requests).execute();
      const seen = [120, 5].map((days) => ({ name: `seen ${days}`, profile: null, seen_at: daysAgo(days) }));
      await db
        .insertInto('task_agents')
        .values([...seen, { name: 'known', profile: '{}', seen_at: daysAgo(120) }])
        .execute();

      const { tasks, dependencies, requests: answers } = await runRetention({ db, ...store }, OPTIONS);

      assert.deepEqual([tasks, dependencies, answers], [1, 2, 1]);
      const ids = await db.selectFrom('tasks').select('id').orderBy('ordinal').execute();
      assert.deepEqual(
        ids.map(({ id }) => id),
        kept,
      );
      assert.equal((await db.selectFrom('task_entries').select('task_id').execute()).length, 2);
      const left = await db.selectFrom('task_dependencies').select(['number', 'on_number']).orderBy('number').execute();
      assert.deepEqual(left, [
        { number: 3, on_number: 9 },
        { number: 9, on_number: 2 },
      ]);
      assert.deepEqual(await db.selectFrom('task_requests').select('key').execute(), [{ key: '23 hours ago' }]);
      const agents = await db.selectFrom('task_agents').select('name').orderBy('name').execute();
      assert.deepEqual(
        agents.map(({ name }) => name),
        ['known', 'seen 5'],
      );
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
