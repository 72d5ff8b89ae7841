import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { withBooksBench } from '../../test/books-bench.ts';
import { forEachDatabase } from '../../test/databases.ts';
import { seedRuns } from '../../test/seed-runs.ts';
import { createSeededRandom } from '../../test/seeded-random.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { readBooks } from '../store/books.ts';
import type { Store } from '../store/store.ts';
import { createBooksKeeper } from './books-keeper.ts';
import { createRunGlance } from './run-glance.ts';

function createKeeper({ db }: Store) {
  const logged: { level: number; msg: string; findings?: unknown[] }[] = [];
  let isAway = false;
  const keeper = createBooksKeeper({
    db: () => {
      if (isAway) throw new Error('The database is away.');
      return db;
    },
    liveInboxes: () => [],
    log: pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    clock: () => 0,
  });
  // Each scrape is later than what is remembered of the one before.
  let nowMs = 0;
  const metrics = createMetrics(
    {
      forgeNames: () => [],
      inbox: () => ({ entries: 0, bytes: 0 }),
      streamClients: () => 0,
      books: keeper.read,
      runs: async () => undefined,
      tasks: async () => undefined,
      agentNames: () => [],
    },
    () => (nowMs += 10_000),
  );
  return { keeper, metrics, logged, setAway: (value: boolean) => (isAway = value) };
}

forEachDatabase('the keeper of the books', (context) => {
  test('raises the alarm when they do not balance twice in a row, and ends it when they do', () =>
    context.withStore((store) =>
      withBooksBench(store, async ({ step }) => {
        const random = createSeededRandom(5);
        while ((await readBooks(store.db)).total.filtered === 0) await step(random);
        const { keeper, metrics, logged, setAway } = createKeeper(store);
        assert.deepEqual(keeper.state(), { balanced: true, findings: [], checkedAt: null });
        await keeper.check();
        assert.deepEqual(keeper.state(), { balanced: true, findings: [], checkedAt: '1970-01-01T00:00:00.000Z' });
        assert.match(await metrics.render(), /^fettle_books_balanced 1$/m);

        await sql`update inboxes set filtered = filtered - 1`.execute(store.db);
        await keeper.check();
        assert.deepEqual([keeper.state().balanced, logged], [true, []]);
        setAway(true);
        await keeper.check();
        setAway(false);
        assert.equal(keeper.state().balanced, true);
        await keeper.check();
        assert.equal(keeper.state().balanced, false);
        assert.match(keeper.state().findings[0]?.detail ?? '', /deliveries were drained/);
        assert.deepEqual(
          logged.map(({ level, msg, findings }) => [level, msg, (findings ?? []).length > 0]),
          [
            [40, 'books.unchecked', false],
            [50, 'books.unbalanced', true],
          ],
        );
        assert.match(await metrics.render(), /^fettle_books_balanced 0$/m);

        await sql`update inboxes set filtered = filtered + 1`.execute(store.db);
        await keeper.check();
        assert.deepEqual([keeper.state().balanced, keeper.state().findings], [true, []]);
        assert.equal(logged.at(-1)?.msg, 'books.balanced');
        assert.match(await metrics.render(), /^fettle_books_balanced 1$/m);
      }),
    ));

  test('tells metrics the books of each forge', () =>
    context.withStore((store) =>
      withBooksBench(store, async ({ step }) => {
        const random = createSeededRandom(6);
        while ((await readBooks(store.db)).forges.length < 2) await step(random);
        const text = await createKeeper(store).metrics.render();
        const { forges, total } = await readBooks(store.db);
        for (const { forge, received, filtered } of forges) {
          assert.ok(text.includes(`fettle_books_forge_deliveries{forge="${forge}",class="received"} ${received}\n`));
          assert.ok(text.includes(`fettle_books_forge_deliveries{forge="${forge}",class="filtered"} ${filtered}\n`));
        }
        assert.ok(text.includes(`fettle_books_deliveries{class="received"} ${total.received}\n`));
      }),
    ));

  test('counts what of the runs wants a look, and keeps it while the database is away', () =>
    context.withStore(async ({ db }) => {
      await seedRuns(db, [{ state: 'waiting' }, { state: 'dead' }, { state: 'dead' }, { state: 'succeeded' }]);
      let isAway = true;
      const glance = createRunGlance({
        db: () => {
          if (isAway) throw new Error('The database is away.');
          return db;
        },
        log: pino({ level: 'silent' }),
      });
      await glance.refresh();
      assert.equal(glance.current(), undefined);
      isAway = false;
      await glance.refresh();
      const { countedAt, ...counts } = glance.current() ?? {};
      assert.deepEqual(counts, { waiting: 1, dead: 2, breakers: 0 });
      assert.match(countedAt ?? '', /Z$/);
      isAway = true;
      await glance.refresh();
      assert.equal(glance.current()?.dead, 2);
    }));
});
