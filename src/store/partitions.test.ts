import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { createEvent, createDelivery } from '../../test/rows.ts';
import { forEachDatabase, silentLog } from '../../test/databases.ts';
import { isConflict } from './database-errors.ts';
import { openStore } from './open-store.ts';
import { dropPartitionsBefore, ensurePartitions, ensurePartitionsAt, toWeekStart } from './partitions.ts';
import type { Store } from './store.ts';

const MONDAY = new Date('2024-11-18T00:00:00Z');
const SUNDAY_NIGHT = new Date('2024-11-17T23:59:59.999Z');

async function listPartitions(store: Store): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent in ('events'::regclass, 'deliveries'::regclass) order by 1
  `.execute(store.db);
  return rows.map(({ name }) => name);
}

describe('toWeekStart', () => {
  it('is the Monday at midnight UTC that begins the week', () => {
    assert.deepEqual(toWeekStart(MONDAY), MONDAY);
    assert.deepEqual(toWeekStart(SUNDAY_NIGHT), new Date('2024-11-11T00:00:00Z'));
    assert.deepEqual(toWeekStart(new Date(0)), new Date('1969-12-29T00:00:00Z'));
    assert.deepEqual(toWeekStart(new Date('2024-11-24T23:59:59.999Z')), MONDAY);
  });
});

forEachDatabase('partitions', ({ kind, withStore }) => {
  it(`takes a row on each side of midnight between two weeks (${kind})`, async () => {
    await withStore(async (store) => {
      await ensurePartitions(store.db, SUNDAY_NIGHT, MONDAY);
      await store.db
        .insertInto('events')
        .values([createEvent({ seq: 1, received_at: SUNDAY_NIGHT }), createEvent({ seq: 2, received_at: MONDAY })])
        .execute();
      await store.db
        .insertInto('deliveries')
        .values([
          createDelivery({ number: 1, received_at: SUNDAY_NIGHT }),
          createDelivery({ number: 2, received_at: MONDAY }),
        ])
        .execute();
      const { rows } = await sql`select tableoid::regclass::text as place, seq from events order by seq`.execute(
        store.db,
      );
      assert.deepEqual(rows, [
        { place: 'events_20241111', seq: 1 },
        { place: 'events_20241118', seq: 2 },
      ]);
    });
  });

  it(`changes nothing when asked again, inside or outside a transaction (${kind})`, async () => {
    await withStore(async (store) => {
      await ensurePartitions(store.db, MONDAY, MONDAY);
      await ensurePartitions(store.db, MONDAY, MONDAY);
      await store.db.transaction().execute((trx) => ensurePartitions(trx, MONDAY, MONDAY));
      assert.deepEqual(await listPartitions(store), ['deliveries_20241118', 'events_20241118']);
    });
  });

  it(`makes only the weeks of the given times when a clock jumped by decades (${kind})`, async () => {
    await withStore(async (store) => {
      await ensurePartitionsAt(store.db, [new Date(0), MONDAY]);
      assert.deepEqual(await listPartitions(store), [
        'deliveries_19691229',
        'deliveries_20241118',
        'events_19691229',
        'events_20241118',
      ]);
      await assert.rejects(ensurePartitions(store.db, new Date(0), MONDAY), RangeError);
    });
  });

  it(`gives a partition the indexes and the storage of its table (${kind})`, async () => {
    await withStore(async (store) => {
      await ensurePartitions(store.db, MONDAY, MONDAY);
      const { rows } = await sql<{ table: string; count: number }>`
        select c.relname as table, count(*) as count from pg_index i join pg_class c on c.oid = i.indrelid
        where c.relname in ('events', 'events_20241118') group by 1 order by 1
      `.execute(store.db);
      assert.equal(rows[0]?.count, rows[1]?.count);
      const storage = await sql`
        select attstorage as storage from pg_attribute where attrelid = 'deliveries_20241118'::regclass and attname = 'body'
      `.execute(store.db);
      assert.deepEqual(storage.rows, [{ storage: 'e' }]);
    });
  });

  it(`drops whole weeks and raises pruned_through to the highest seq in them (${kind})`, async () => {
    await withStore(async (store) => {
      await ensurePartitions(store.db, SUNDAY_NIGHT, MONDAY);
      await store.db
        .insertInto('events')
        .values([
          createEvent({ seq: 5, received_at: SUNDAY_NIGHT }),
          createEvent({ seq: 3, received_at: SUNDAY_NIGHT }),
          createEvent({ seq: 9, received_at: MONDAY }),
        ])
        .execute();
      assert.deepEqual(await dropPartitionsBefore(store.db, SUNDAY_NIGHT), { dropped: [], prunedThrough: 0 });
      assert.deepEqual(await dropPartitionsBefore(store.db, MONDAY), {
        dropped: ['deliveries_20241111', 'events_20241111'],
        prunedThrough: 5,
      });
      assert.deepEqual(await store.db.selectFrom('events').select('seq').execute(), [{ seq: 9 }]);
      assert.deepEqual(await dropPartitionsBefore(store.db, MONDAY), { dropped: [], prunedThrough: 5 });
    });
  });

  if (kind === 'postgres') {
    it('makes each partition once when several processes ask at the same time', async () => {
      await withStore(async (store, { databaseUrl, dataDir }) => {
        const others = await Promise.all(
          Array.from({ length: 6 }, () => openStore({ dataDir, databaseUrl, maxConnections: 2, log: silentLog })),
        );
        await Promise.all(others.map((other) => ensurePartitions(other.db, SUNDAY_NIGHT, MONDAY)));
        await Promise.all(others.map((other) => other.close()));
        assert.equal((await listPartitions(store)).length, 4);
      });
    });

    it('makes a partition while a reader and a writer are in the table', async () => {
      await withStore(async (store) => {
        await ensurePartitions(store.db, SUNDAY_NIGHT, SUNDAY_NIGHT);
        await store.db.transaction().execute(async (trx) => {
          await trx
            .insertInto('events')
            .values(createEvent({ seq: 1, received_at: SUNDAY_NIGHT }))
            .execute();
          await ensurePartitions(store.db, MONDAY, MONDAY);
        });
        assert.equal((await listPartitions(store)).length, 4);
      });
    });

    it('gives way to a long reader when dropping, and changes nothing then', async () => {
      await withStore(async (store) => {
        await ensurePartitions(store.db, SUNDAY_NIGHT, SUNDAY_NIGHT);
        await store.db.transaction().execute(async (trx) => {
          await trx.selectFrom('events').selectAll().execute();
          await assert.rejects(dropPartitionsBefore(store.db, MONDAY), isConflict);
        });
        assert.equal((await listPartitions(store)).length, 2);
      });
    });
  }
});
