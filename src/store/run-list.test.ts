import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { forEachDatabase } from '../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../test/event-rows.ts';
import { seedDelivery } from '../../test/seed-deliveries.ts';
import { seedRuns } from '../../test/seed-runs.ts';
import { createId } from '../core/id.ts';
import { countRuns } from './run-counts.ts';
import { findRun, listChains } from './run-details.ts';
import { EVERY_RUN, listRuns, type RunFilter } from './run-list.ts';
import type { Database } from './schema.ts';

forEachDatabase('lists of runs', ({ withStore }) => {
  test('are newest first and follow every filter, alone and together', () =>
    withStore(async ({ db }) => {
      const [eventId, deliveryId, chain] = [createId(), createId(), createId()];
      const ids = await seedRuns(db, [
        { state: 'dead', action: 'slack.notify', destination: 'slack.example.org', repo: 'dataforge/web' },
        { state: 'succeeded', rule: 'other', event_id: eventId, delivery_id: deliveryId, chain },
        { state: 'queued', repo: 'Data%forge/app', forge: 'github', event_id: eventId },
        { state: 'dead', repo: null, origin: 'schedule' },
        { state: 'skipped', repo: 'dataforge/app' },
      ]);
      const list = async (filter: Partial<RunFilter>) => {
        const { runs, next } = await listRuns(db, { ...EVERY_RUN, ...filter }, { limit: 50 });
        assert.equal(next, null);
        return runs.map(({ id }) => ids.indexOf(id));
      };
      assert.deepEqual(await list({}), [4, 3, 2, 1, 0]);
      assert.deepEqual(await list({ states: ['dead'] }), [3, 0]);
      assert.deepEqual(await list({ states: ['dead', 'queued'], actions: ['matrix.notify'] }), [3, 2]);
      assert.deepEqual(await list({ states: ['succeeded', 'dead'] }), [3, 1, 0]);
      assert.deepEqual(await list({ rules: ['other'] }), [1]);
      assert.deepEqual(await list({ forges: ['github', 'nobody'] }), [2]);
      assert.deepEqual(await list({ destinations: ['slack.example.org'] }), [0]);
      assert.deepEqual(await list({ events: [eventId] }), [2, 1]);
      assert.deepEqual(await list({ events: [eventId], deliveries: [deliveryId] }), [1]);
      assert.deepEqual(await list({ deliveries: [deliveryId], states: ['dead'] }), []);
      assert.deepEqual(await list({ chains: [chain] }), [1]);
      assert.deepEqual(await list({ repos: ['DATAFORGE/*'] }), [4, 1, 0]);
      assert.deepEqual(await list({ repos: ['dataforge/app'] }), [4, 1]);
      assert.deepEqual(await list({ repos: ['data%forge/*'] }), [2]);
      assert.deepEqual(await list({ repos: ['dataforge/*', '!dataforge/web'] }), [4, 1]);
      assert.deepEqual(await list({ scopes: ['dataforge/*'], states: ['dead'] }), [0]);
      assert.deepEqual(await list({ repos: ['**'], scopes: ['dataforge/web'] }), [0]);
      assert.deepEqual(await list({ repos: ['dataforge/app'], scopes: ['others/*'] }), []);
    }));

  test('page by cursor, and runs that are added meanwhile appear on no later page', () =>
    withStore(async ({ db }) => {
      const ids = await seedRuns(
        db,
        Array.from({ length: 23 }, (_, n) => ({ state: n % 2 === 0 ? ('dead' as const) : ('succeeded' as const) })),
      );
      const wanted = ids.filter((_, n) => n % 2 === 0).toReversed();
      for (const filter of [{ states: ['dead' as const] }, { repos: ['dataforge/*'], states: ['dead' as const] }]) {
        const seen: string[] = [];
        let before: number | undefined;
        for (let page = 0; page < 20; page += 1) {
          const { runs, next } = await listRuns(db, { ...EVERY_RUN, ...filter }, { before, limit: 5 });
          seen.push(...runs.map(({ id }) => id));
          await seedRuns(db, [{ state: 'dead', repo: 'others/late' }]);
          if (next === null) break;
          before = next;
        }
        assert.deepEqual(seen, seen.length > wanted.length ? [] : wanted);
        await db.deleteFrom('runs').where('repo', '=', 'others/late').execute();
      }
    }));

  test('of a hundred thousand read one index in order, and look at no more than they need', () =>
    withStore(async ({ db }) => {
      await sql`
        insert into runs (id, created_at, event_id, origin, rule, action, position, chain, forge, repo, destination, input, options,
          priority, hops, state, attempt, burned, steps, attempts, calls)
        select gen_random_uuid(), now(), gen_random_uuid(), 'event', 'rule ' || n % 7, 'matrix.notify', 0, gen_random_uuid(), 'home',
          'owner' || n % 400 || '/app', 'matrix.example.org', '{}', '{}', 0, 0, case when n % 1000 = 0 then 'dead' else 'succeeded' end,
          1, 0, '[]', '[]', '{}' from generate_series(1, 100000) as n`.execute(db);
      const { rows: some } = await sql<{ event_id: string }>`select event_id from runs limit 1`.execute(db);
      const plans: Readonly<Record<string, [Partial<RunFilter>, string]>> = {
        all: [{}, 'runs_ordinal'],
        state: [{ states: ['dead'] }, 'runs_state'],
        repository: [{ repos: ['owner3/*'] }, 'runs_repo'],
        event: [{ events: [some[0]?.event_id ?? ''] }, 'runs_event'],
        rule: [{ rules: ['rule 3'] }, 'runs_ordinal'],
      };
      for (const analysed of [false, true]) {
        if (analysed) await sql`analyze runs`.execute(db);
        for (const [name, [filter, index]] of Object.entries(plans)) {
          const { plan, runs } = await explain(db, { ...EVERY_RUN, ...filter });
          const uses = [...new Set(plan.match(/runs_[a-z]+/g))];
          assert.deepEqual(uses, [index], `${name}: ${plan}`);
          assert.doesNotMatch(plan, /Seq Scan on runs/, name);
          assert.ok(runs > 0, name);
        }
      }
    }));

  test('that nothing but the end of the table would answer stop with a cursor to go on from', () =>
    withStore(async ({ db }) => {
      const [rare] = await seedRuns(db, [{ rule: 'rare' }]);
      await sql`
        insert into runs (id, created_at, origin, rule, action, position, chain, destination, input, options, priority, hops, state,
          attempt, burned, steps, attempts, calls)
        select gen_random_uuid(), now(), 'event', 'common', 'matrix.notify', 0, gen_random_uuid(), 'x', '{}', '{}', 0, 0, 'succeeded',
          1, 0, '[]', '[]', '{}' from generate_series(1, 30000)`.execute(db);
      const filter = { ...EVERY_RUN, rules: ['rare'] };
      const first = await listRuns(db, filter, { limit: 10 });
      assert.deepEqual(first.runs, []);
      assert.ok(first.next !== null && first.next > 1);
      const second = await listRuns(db, filter, { before: first.next, limit: 10 });
      assert.deepEqual([second.runs.map(({ id }) => id), second.next], [[rare], null]);
    }));

  test('a run is shown with its event, its delivery and its chain', () =>
    withStore(async ({ db }) => {
      const receivedAt = '2026-11-20T10:00:00.000Z';
      const { id: deliveryId } = await seedDelivery(db, { receivedAt, forgeDeliveryId: 'forge-7' });
      const event = makeEvent({ receivedAt, repo: makeRepo('dataforge/app') });
      const seq = await addEvents(db, [event]);
      const chain = createId();
      const shared = { chain, event_id: event.id, event_received_at: receivedAt, delivery_id: deliveryId };
      const step = { name: 'send', attempt: 1, startedAt: receivedAt, finishedAt: null, error: 'refused', log: ['a'] };
      const [second = '', first = ''] = await seedRuns(db, [
        { ...shared, position: 1, action: 'ledger.record', state: 'waiting' },
        { ...shared, position: 0, state: 'failed', steps: JSON.stringify([step]), calls: '{"matrix":3}' },
        { event_id: event.id },
      ]);
      const run = await findRun(db, first);
      assert.ok(run !== undefined);
      assert.deepEqual(run.event, { id: event.id, seq, type: 'push' });
      assert.deepEqual(run.delivery, { forge: 'home', deliveryId: 'forge-7' });
      assert.deepEqual([run.steps, run.calls, run.input], [[step], { matrix: 3 }, { room: '#releases:example.org' }]);
      assert.deepEqual(
        run.chainRuns.map(({ id, state }) => [id, state]),
        [
          [first, 'failed'],
          [second, 'waiting'],
        ],
      );
      assert.equal(await findRun(db, createId()), undefined);
    }));

  test('a chain without an event is found by the runs beside it', () =>
    withStore(async ({ db }) => {
      const chain = createId();
      const [one = '', , two = ''] = await seedRuns(db, [{ chain }, {}, { chain, position: 1 }]);
      const chains = await listChains(db, [{ chain, eventId: null, id: two }]);
      assert.deepEqual(
        chains.get(chain)?.map(({ id }) => id),
        [one, two],
      );
      assert.equal((await listChains(db, [])).size, 0);
    }));

  test('are counted by state and action, those that are over only when they are dead', () =>
    withStore(async ({ db }) => {
      await seedRuns(db, [
        { state: 'dead' },
        { state: 'dead' },
        { state: 'dead', action: 'slack.notify' },
        { state: 'queued' },
        { state: 'succeeded' },
        { state: 'cancelled' },
      ]);
      assert.deepEqual(await countRuns(db), [
        { state: 'dead', action: 'matrix.notify', runs: 2 },
        { state: 'dead', action: 'slack.notify', runs: 1 },
        { state: 'queued', action: 'matrix.notify', runs: 1 },
      ]);
    }));
});

/** What the database does for a page of 100, and how many runs that page has. */
async function explain(db: Kysely<Database>, filter: RunFilter): Promise<{ plan: string; runs: number }> {
  const queries: CompiledQuery[] = [];
  const listening = db.withPlugin({
    transformQuery({ node, queryId }) {
      queries.push(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const { runs } = await listRuns(listening, filter, { limit: 100 });
  const last = queries.at(-1);
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': string }>(
    CompiledQuery.raw(`explain ${last?.sql}`, [...(last?.parameters ?? [])]),
  );
  return { plan: rows.map((row) => row['QUERY PLAN']).join('\n'), runs: runs.length };
}
