import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { assertRecounted, withBooksBench } from '../../test/books-bench.ts';
import { createDatabaseContext, forEachDatabase, silentLog } from '../../test/databases.ts';
import { createSeededRandom } from '../../test/seeded-random.ts';
import { readBooks } from './books.ts';
import { checkBooks } from './check-books.ts';
import { openStore } from './open-store.ts';
import { ensureDeliveryRuns, settleBooks } from './run-books.ts';

const STEPS = 45;

forEachDatabase('the check of the books', (context) => {
  test('whatever happens, the books of inboxes and forges are what a recount from nothing says', () =>
    context.withStore((store) =>
      withBooksBench(store, async ({ inbox, step }) => {
        const random = createSeededRandom(20_261_120);
        for (let index = 0; index < STEPS; index += 1) {
          await step(random);
          assert.deepEqual(await checkBooks(store.db), { balanced: true, findings: [], runsCounted: true });
          if (index % 10 === 9) await assertRecounted(store);
        }
        const { total, forges, undrained } = await readBooks(store.db, [
          { id: inbox.id, answeredThrough: inbox.lastNumber() },
        ]);
        assert.deepEqual(
          forges.map(({ forge }) => forge),
          ['home', 'vault', 'work'],
        );
        const sum = (field: keyof typeof total) => forges.reduce((all, entry) => all + Number(entry[field]), 0);
        for (const field of ['received', 'effected', 'filtered', 'duplicate', 'dead', 'pending'] as const) {
          assert.equal(sum(field), total[field]);
          assert.notEqual(total[field], 0, `${field} was never reached`);
        }
        assert.equal(undrained, 0);
      }),
    ));

  test('finds each number that is falsified, and says where', () =>
    context.withStore((store) =>
      withBooksBench(store, async ({ inbox, step }) => {
        const random = createSeededRandom(7);
        const { db } = store;
        while ((await readBooks(db)).total.pending === 0) await step(random);
        const [row] = (await readBooks(db)).forges;
        const forge = row?.forge ?? '';
        const falsified = async (statement: string): Promise<string[]> => {
          await sql.raw(statement).execute(db);
          const { balanced, findings } = await checkBooks(db);
          assert.equal(balanced, false);
          return findings.map(({ about, detail }) => `${about}: ${detail}`);
        };

        const inboxText = await falsified(`update inboxes set filtered = filtered + 1`);
        assert.match(
          inboxText[0] ?? '',
          new RegExp(`^inbox ${inbox.id}: \\d+ deliveries were drained, its classes add up to`),
        );
        await sql`update inboxes set filtered = filtered - 1`.execute(db);

        const forgeText = await falsified(`update forge_books set dead = dead + 1 where forge = '${forge}'`);
        assert.match(forgeText.join('\n'), new RegExp(`^forge ${forge} in inbox .* were received`, 'm'));
        assert.match(forgeText.join('\n'), /^inbox .*: \d+ deliveries are dead, its forges have \d+\.$/m);
        await sql`update forge_books set dead = dead - 1 where forge = ${forge}`.execute(db);

        const moved = await falsified(`update inboxes set effected = effected + 2000, filtered = filtered - 2000`);
        assert.match(moved.join('\n'), /-\d+ deliveries are filtered\./);
        await sql`update inboxes set effected = effected - 2000, filtered = filtered + 2000`.execute(db);

        assert.match((await falsified('update inboxes set counted = counted - 1')).join(), /were counted by forge/);
        await sql`update inboxes set counted = counted + 1`.execute(db);

        const runs = await falsified('update delivery_runs set open = open + 1 where open > 0');
        assert.match(runs.join(), /^runs of inbox .* have another number of unfinished runs than was counted\.$/);
        await sql`update delivery_runs set open = open - 1 where open > 0`.execute(db);

        await sql`update inboxes set open = open + 1, filtered = filtered - 1`.execute(db);
        const open = await falsified(
          `update forge_books set open = open + 1, filtered = filtered - 1 where forge = '${forge}'`,
        );
        assert.match(open.join('\n'), /runs of inbox .*: \d+ deliveries are open, \d+ have unfinished runs\./);
      }),
    ));

  test('deliveries of a version without books by forge are shown as such and raise no alarm', () =>
    context.withStore((store) =>
      withBooksBench(store, async ({ step }) => {
        const { db } = store;
        const random = createSeededRandom(3);
        while ((await readBooks(db)).total.filtered === 0) await step(random);
        await sql`update inboxes set counted = 0`.execute(db);
        await sql`delete from forge_books`.execute(db);
        const before = await readBooks(db);
        assert.deepEqual(before.forges, [{ forge: null, ...before.total }]);
        assert.equal((await checkBooks(db)).balanced, true);

        const old = await db.selectFrom('deliveries').select('id').where('outcome', '=', 'filtered').execute();
        const ids = old.map(({ id }) => id);
        await ensureDeliveryRuns(db, ids);
        await settleBooks(
          db,
          ids.map((deliveryId) => ({ deliveryId, open: 0, dead: 1, effected: 0 })),
        );
        const seen = await db.selectFrom('deliveries').select('number').execute();
        while ((await db.selectFrom('deliveries').select('number').execute()).length === seen.length)
          await step(random);
        const { forges, total } = await readBooks(db);
        assert.ok(forges.length > 1);
        assert.equal(forges.at(-1)?.forge, null);
        assert.equal(
          forges.reduce((sum, { received }) => sum + received, 0),
          total.received,
        );
        assert.ok(
          forges.every((entry) => Object.values(entry).every((value) => typeof value !== 'number' || value >= 0)),
        );
        assert.equal((await checkBooks(db)).balanced, true);
      }),
    ));

  test('a delivery whose runs were counted and forgotten comes back into the books in the class it is in', () =>
    context.withStore((store) =>
      withBooksBench(store, async ({ step }) => {
        const { db } = store;
        const random = createSeededRandom(11);
        while ((await readBooks(db)).total.dead < 2) await step(random);
        const before = await readBooks(db);
        const dead = await db.selectFrom('deliveries').select('id').where('outcome', '=', 'dead').execute();
        const ids = dead.map(({ id }) => id);
        await db.deleteFrom('delivery_runs').where('delivery_id', 'in', ids).execute();
        await ensureDeliveryRuns(db, ids);
        await settleBooks(
          db,
          ids.map((deliveryId) => ({ deliveryId, open: 0, dead: 0, effected: 1 })),
        );
        assert.deepEqual((await readBooks(db)).forges, before.forges);
        await assertRecounted(store);
      }),
    ));
});

describe('the books of two processes', () => {
  const context = createDatabaseContext('postgres');

  test('which do everything at once on one database agree in the end, and at any moment', async () => {
    const place = await context.createPlace();
    const open = () => openStore({ ...place, maxConnections: 4, log: silentLog });
    const stores = [await open(), await open()] as const;
    const works = stores.map((store, index) =>
      withBooksBench(store, async ({ step }) => {
        const random = createSeededRandom(100 + index);
        for (let done = 0; done < STEPS; done += 1) await step(random);
      }),
    );
    let isOver = false;
    const watch = async () => {
      while (!isOver) assert.deepEqual((await checkBooks(stores[0].db)).findings, []);
    };
    const finish = async () => {
      await Promise.allSettled(works);
      isOver = true;
    };
    try {
      await Promise.all([...works, finish(), watch()]);
      await assertRecounted(stores[0]);
      assert.equal((await readBooks(stores[0].db)).inboxes.length, 2);
    } finally {
      for (const store of stores) await store.close();
    }
  });
});
