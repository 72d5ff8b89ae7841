import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../test/event-rows.ts';
import { withReplayBench } from '../../test/replay-bench.ts';
import { EVERY_EVENT } from '../core/event-filter.ts';
import { cancelRuns } from '../store/run-steering.ts';
import { replayRange } from './replay.ts';

const SAY = (name: string, to: string, more = '') =>
  `  - { name: ${name}, on: push, do: { test.say: { to: ${to} } }${more} }\n`;

/** Cannot be rendered for any event. */
const BROKEN = `'{{ "now" | date: "%Y" }}'`;

const NO_RUNS = { new: 0, done: 0, open: 0, dead: 0, cancelled: 0, skipped: 0, gone: 0 };

forEachDatabase('replay', (context) => {
  test('after a rule was added makes the runs of that rule, once, and the books balance all the while', () =>
    withReplayBench(context, async ({ setRules, push, work, replay, runs, books, said }) => {
      setRules(SAY('old', 'room'));
      for (const repo of ['app', 'web', 'docs']) await push({ repo });
      await push({ repo: 'app', login: 'hub-bot' });
      await work();
      assert.deepEqual(await books(), { effected: 3, filtered: 1, duplicate: 0, dead: 0, pending: 0 });
      setRules(SAY('old', 'room') + SAY('added', 'hall', ', repos: [dataforge/app, dataforge/web]'));

      const dry = await replay({ dry: true });
      assert.deepEqual([dry.runs, dry.made, dry.events], [{ ...NO_RUNS, new: 2, done: 3 }, 0, 4]);
      assert.equal((await runs()).length, 3);
      assert.equal((await books())['pending'], 0);

      const real = await replay();
      assert.deepEqual([real.runs, real.made, real.next], [dry.runs, 2, null]);
      assert.deepEqual((await runs()).slice(3), ['added hall queued', 'added hall queued']);
      assert.deepEqual(await books(), { effected: 1, filtered: 1, duplicate: 0, dead: 0, pending: 2 });
      assert.deepEqual((await replay()).runs, { ...NO_RUNS, open: 2, done: 3 });
      await work();
      const again = await replay({ redrive: true, triggers: true });
      assert.deepEqual([again.runs, again.made, again.redriven], [{ ...NO_RUNS, done: 5 }, 0, 0]);
      await work();
      assert.deepEqual(said, ['room', 'room', 'room', 'hall', 'hall']);
      assert.deepEqual(await books(), { effected: 3, filtered: 1, duplicate: 0, dead: 0, pending: 0 });
    }));

  test('a delivery that no rule wanted comes into the books when a replay makes its first run', () =>
    withReplayBench(context, async ({ store, setRules, push, work, replay, books }) => {
      for (const repo of ['app', 'web']) await push({ repo });
      assert.equal((await books())['filtered'], 2);
      setRules(SAY('good', 'room', ', repos: dataforge/app') + SAY('bad', 'wall', ', repos: dataforge/web'));
      await replay();
      assert.deepEqual([(await books())['pending'], (await books())['filtered']], [2, 0]);
      await work();
      assert.deepEqual(await books(), { effected: 1, filtered: 0, duplicate: 0, dead: 1, pending: 0 });
      const origins = await store.db.selectFrom('runs').select(['origin', 'delivery_id', 'event_id']).execute();
      assert.ok(origins.every(({ origin, delivery_id: id }) => origin === 'replay' && id !== null));
      const events = await store.db.selectFrom('events').select('matched').orderBy('seq').execute();
      assert.match(JSON.stringify(events), /good.*bad/);
    }));

  test('tells each kind of difference, and redrives what stopped only when asked', () =>
    withReplayBench(context, async ({ store, setRules, push, work, replay, runs, runId, books, walls, time, said }) => {
      const names = ['done', 'same', 'dead', 'open', 'cancelled', 'skipped', 'gone'];
      const places = ['room', 'same', 'wall', 'later', 'later2', 'hall', 'attic'];
      const all = names.map((name, index) => SAY(name, places[index] ?? ''));
      setRules(all.join(''));
      walls.add('later2');
      await push();
      const nowAt = new Date(time.nowMs).toISOString();
      await cancelRuns(store.db, [await runId('cancelled', 'later2')], { reason: 'No.', nowAt });
      await work();
      // As the drain stores a run of a paused rule.
      const skipped = await runId('skipped', 'hall');
      await store.db
        .updateTable('runs')
        .set({ state: 'skipped', reason: 'Paused.' })
        .where('id', '=', skipped)
        .execute();
      setRules(all.slice(0, -1).join('') + SAY('new', 'cellar') + SAY('broken', BROKEN));
      const before = await runs();

      const { runs: counts, items, left } = await replay({ dry: true });
      assert.deepEqual(counts, { new: 2, done: 2, open: 1, dead: 1, cancelled: 1, skipped: 1, gone: 1 });
      assert.deepEqual(
        items.map(({ difference, rule, run }) => [difference, rule, run?.state ?? null]),
        [
          ['done', 'done', 'succeeded'],
          ['done', 'same', 'unchanged'],
          ['dead', 'dead', 'dead'],
          ['open', 'open', 'waiting'],
          ['cancelled', 'cancelled', 'cancelled'],
          ['skipped', 'skipped', 'skipped'],
          ['new', 'new', null],
          ['new', 'broken', null],
          ['gone', 'gone', 'succeeded'],
        ],
      );
      assert.match(items.at(-2)?.run?.problem ?? '', /Rule `broken`/);
      assert.equal(left, 0);
      assert.deepEqual(
        (await replay({ dry: true, listsAll: false })).items.map(({ difference }) => difference),
        ['dead', 'cancelled', 'skipped', 'new', 'new', 'gone'],
      );
      assert.deepEqual(await runs(), before);

      const plain = await replay();
      assert.deepEqual([plain.made, plain.redriven], [2, 0]);
      assert.deepEqual(await runs(), [...before, 'new cellar queued', 'broken none dead']);
      await books();
      walls.clear();
      const redriven = await replay({ redrive: true });
      assert.deepEqual([redriven.made, redriven.redriven], [0, 3]);
      await books();
      await work();
      await books();
      assert.deepEqual(said.slice(-4).toSorted(), ['cellar', 'hall', 'later2', 'wall']);
      assert.deepEqual((await replay({ redrive: true })).runs, { ...NO_RUNS, done: 6, open: 1, dead: 1, gone: 1 });
    }));

  test('a run that could not be rendered is replaced by one that can be, when asked to redrive, and its followers with it', () =>
    withReplayBench(context, async ({ setRules, push, work, replay, runs, books, said }) => {
      const rule = (to: string) =>
        `  - name: r\n    on: push\n    mode: sequential\n    do: [{ test.say: { to: ${to} } }, { test.say: { to: hall } }, { test.say: { to: attic } }]\n`;
      setRules(rule(BROKEN));
      await push();
      await work();
      const before = await runs();
      assert.equal(before[0], 'r none dead');
      assert.deepEqual((await replay({ redrive: true })).redriven, 0);

      setRules(rule('room'));
      const dry = await replay({ dry: true, redrive: true });
      const [first] = dry.items;
      assert.deepEqual([first?.difference, first?.run?.destination], ['dead', 'room']);
      assert.notEqual(first?.run?.replaces ?? null, null);
      assert.deepEqual([(await replay()).made, await runs()], [0, before]);
      await books();

      const real = await replay({ redrive: true });
      assert.deepEqual([real.made, real.redriven], [0, 1]);
      await books();
      await work();
      assert.deepEqual(said, ['room', 'hall', 'attic']);
      assert.deepEqual(await runs(), ['r none cancelled', 'r hall succeeded', 'r attic succeeded', 'r room succeeded']);
      assert.deepEqual(await books(), { effected: 1, filtered: 0, duplicate: 0, dead: 0, pending: 0 });
      const again = await replay({ redrive: true });
      assert.deepEqual([again.runs, again.made, again.redriven], [{ ...NO_RUNS, done: 3 }, 0, 0]);
    }));

  test('a run that died of its rule is redriven with what the corrected rule says, one that was refused with what it had', () =>
    withReplayBench(context, async ({ setRules, push, work, replay, runs, books, walls, said }) => {
      const rules = (text: string) =>
        `  - { name: r, on: push, do: [{ test.say: { to: room, text: ${text} } }, { test.say: { to: wall, text: ${text}er } }] }\n`;
      setRules(rules('wrong'));
      await push();
      await work();
      assert.deepEqual(await runs(), ['r room dead', 'r wall dead']);
      setRules(rules('right'));
      walls.clear();
      assert.equal((await replay()).redriven, 0);
      await work();
      assert.deepEqual(said, []);
      assert.equal((await replay({ redrive: true })).redriven, 2);
      await work();
      assert.deepEqual(new Set(said), new Set(['room right', 'wall wronger']));
      assert.equal(said.length, 2);
      assert.equal((await books())['effected'], 1);
    }));

  test('an action that was added to a sequential rule follows what ended well, and nothing that is dead', () =>
    withReplayBench(context, async ({ setRules, push, work, replay, runs, books, walls, said }) => {
      const rule = (places: readonly string[]) =>
        `  - { name: r, on: push, mode: sequential, do: [${places.map((to) => `{ test.say: { to: "${to}" } }`).join(', ')}] }\n`;
      setRules(rule(['{{ repo.name }}']));
      walls.add('web');
      for (const repo of ['app', 'web']) await push({ repo });
      await work();
      setRules(rule(['{{ repo.name }}', 'hall', 'attic']));
      assert.equal((await replay()).made, 4);
      assert.deepEqual(
        (await runs()).map((run) => run.replace('r ', '')),
        ['app succeeded', 'web dead', 'hall queued', 'attic waiting', 'hall cancelled', 'attic cancelled'],
      );
      await books();
      await work();
      assert.deepEqual(await books(), { effected: 1, filtered: 0, duplicate: 0, dead: 1, pending: 0 });
      walls.clear();
      await replay({ redrive: true });
      assert.deepEqual((await runs()).slice(4), ['r hall waiting', 'r attic waiting']);
      await books();
      await work();
      assert.deepEqual(said, ['app', 'hall', 'attic', 'web', 'hall', 'attic']);
      assert.deepEqual(await books(), { effected: 2, filtered: 0, duplicate: 0, dead: 0, pending: 0 });
    }));

  test('raises triggers only when asked, those of the past only with redrive, and each once by any number of replays', () =>
    withReplayBench(context, async ({ store, setRules, push, replay, books }) => {
      const raise = (name: string) => `  - { name: ${name}, on: push, do: { trigger: ${name} } }\n`;
      setRules(raise('gone') + raise('kept'));
      await push();
      setRules(raise('kept') + raise('fresh'));
      const listTriggers = async () => {
        const rows = await store.db
          .selectFrom('events')
          .select(['trigger', 'event', 'delivery_id', 'received_at'])
          .where('type', '=', 'trigger.raised')
          .orderBy('seq')
          .execute();
        return rows.map((row) => ({ ...row, event: toObject(row.event) }));
      };
      const names = async () => (await listTriggers()).map(({ trigger }) => trigger);
      assert.deepEqual((await replay({ dry: true })).triggers, { new: 1, done: 1, gone: 1 });
      assert.equal((await replay({ redrive: true })).raised, 0);
      assert.deepEqual(await names(), ['gone', 'kept']);

      const both = await Promise.all([replay({ triggers: true }), replay({ triggers: true })]);
      assert.equal(both[0].raised + both[1].raised, 1);
      const [cause, , raised] = [...(await listTriggers())];
      assert.deepEqual(await names(), ['gone', 'kept', 'fresh']);
      const { origin, cause: from, deliveryId } = raised?.event ?? {};
      assert.deepEqual([origin, from], ['replay', { ...(cause?.event['cause'] as object), rule: 'fresh' }]);
      assert.deepEqual([deliveryId, raised?.delivery_id], [cause?.event['deliveryId'], cause?.delivery_id]);
      assert.equal((await replay({ triggers: true })).raised, 0);
      assert.equal((await replay({ triggers: true, redrive: true })).raised, 2);
      assert.deepEqual(await names(), ['gone', 'kept', 'fresh', 'kept', 'fresh']);
      assert.equal((await books())['effected'], 1);
    }));

  test('a trigger that a replay raises moves a delivery that did nothing to those with an effect', () =>
    withReplayBench(context, async ({ setRules, push, replay, books }) => {
      await push();
      setRules('  - { name: r, on: push, do: { trigger: t } }\n');
      await replay();
      assert.equal((await books())['filtered'], 1);
      await replay({ triggers: true });
      assert.deepEqual(await books(), { effected: 1, filtered: 0, duplicate: 0, dead: 0, pending: 0 });
    }));

  test('old events match when replayed, own ones never, and a filter by trigger means what raised it', () =>
    withReplayBench(context, async ({ store, setRules, push, replay }) => {
      setRules('  - { name: t, on: push, repos: dataforge/web, do: { trigger: pipeline } }\n');
      for (const repo of ['app', 'web']) await push({ repo });
      await push({ login: 'hub-bot' });
      const [event] = await store.db.selectFrom('events').select(['id', 'event']).orderBy('seq').limit(1).execute();
      const old = JSON.stringify({ ...toObject(event?.event), stale: true });
      await store.db
        .updateTable('events')
        .set({ event: old })
        .where('id', '=', event?.id ?? '')
        .execute();
      setRules(SAY('all', 'room'));
      const byTrigger = { ...EVERY_EVENT, triggers: ['pipeline'] };
      const caused = await replay({ dry: true }, { filter: byTrigger });
      assert.deepEqual(
        caused.items.map(({ event: { type, repo }, difference }) => [type, repo, difference]),
        [
          ['push', 'dataforge/web', 'new'],
          ['push', 'dataforge/web', 'gone'],
        ],
      );
      assert.equal(caused.events, 1);
      const real = await replay();
      assert.deepEqual([real.made, real.events], [2, 3]);
    }));

  test('takes a time and as many events as asked, and says where to go on', () =>
    withReplayBench(context, async ({ setRules, push, replay, time }) => {
      const start = time.nowMs;
      for (let hour = 0; hour < 6; hour += 1) await push({ atMs: start + hour * 3_600_000 });
      setRules(SAY('all', 'room'));
      const at = (hour: number) => new Date(start + hour * 3_600_000).toISOString();
      const seqs = async (range: object) => {
        const { items, next } = await replay({ dry: true }, range);
        return [items.map(({ event }) => event.seq), next];
      };
      assert.deepEqual(await seqs({ sinceAt: at(2), untilAt: at(4) }), [[3, 4, 5], null]);
      assert.deepEqual(await seqs({ sinceAt: at(2), limit: 2 }), [[3, 4], 4]);
      assert.deepEqual(await seqs({ sinceAt: at(2), limit: 2, after: 4 }), [[5, 6], 6]);
      assert.deepEqual(await seqs({ sinceAt: at(2), limit: 2, after: 6 }), [[], null]);
      assert.deepEqual(await seqs({ sinceAt: at(7) }), [[], null]);
      assert.deepEqual(await seqs({ untilAt: at(-1) }), [[], null]);
    }));

  test('of ten thousand events takes a few statements per page, holds a page at a time, and ends a call that takes long', () =>
    withReplayBench(context, async ({ store, setRules, ruleSet, time }) => {
      const repo = makeRepo('dataforge/app');
      for (let start = 0; start < 10_000; start += 2_000) {
        await addEvents(
          store.db,
          Array.from({ length: 2_000 }, () => makeEvent({ repo, title: 'x'.repeat(200) })),
        );
      }
      setRules(SAY('all', 'room'));
      const seen = { statements: 0, rows: 0 };
      const db = store.db.withPlugin({
        transformQuery({ node }) {
          seen.statements += 1;
          return node;
        },
        async transformResult({ result }) {
          seen.rows = Math.max(seen.rows, result.rows.length);
          return result;
        },
      });
      let stepMs = 0;
      const clock = () => (time.nowMs += stepMs);
      const ports = { db, ruleSet: ruleSet(), ensureRepositoryRules: () => Promise.resolve(), clock };
      const replayAll = async (dry: boolean) => {
        seen.statements = 0;
        const totals = { calls: 0, events: 0, new: 0, made: 0, items: 0 };
        for (let after: number | null = 0; after !== null;) {
          const range = { filter: EVERY_EVENT, sinceAt: null, untilAt: null, after, limit: 2_000 };
          const report: Awaited<ReturnType<typeof replayRange>> = await replayRange(ports, range, {
            dry,
            redrive: false,
            triggers: false,
            listsAll: false,
          });
          totals.calls += 1;
          totals.events += report.events;
          totals.new += report.runs.new;
          totals.made += report.made;
          totals.items = Math.max(totals.items, report.items.length);
          assert.equal(report.items.length + report.left, report.runs.new);
          after = report.next;
        }
        return totals;
      };
      const pages = 10_000 / 200;
      assert.deepEqual(await replayAll(true), { calls: 6, events: 10_000, new: 10_000, made: 0, items: 1_000 });
      assert.ok(seen.statements < 6 * pages, `${seen.statements} statements`);
      assert.deepEqual(await replayAll(false), { calls: 6, events: 10_000, new: 10_000, made: 10_000, items: 1_000 });
      assert.ok(seen.statements < 10 * pages, `${seen.statements} statements`);
      assert.deepEqual(await replayAll(false), { calls: 6, events: 10_000, new: 0, made: 0, items: 0 });
      assert.ok(seen.statements < 6 * pages, `${seen.statements} statements`);
      assert.ok(seen.rows <= 200, `${seen.rows} rows at a time`);
      stepMs = 6_000;
      assert.equal((await replayAll(true)).calls, pages / 2 + 1);
    }));

  test('several real ones at the same time make each run once', () =>
    withReplayBench(context, async ({ setRules, push, work, replay, books, said }) => {
      for (let index = 0; index < 20; index += 1) await push({ repo: `r${index}` });
      setRules(SAY('one', 'room') + SAY('two', 'hall'));
      const reports = await Promise.all([replay(), replay(), replay()]);
      assert.equal(
        reports.reduce((sum, { made }) => sum + made, 0),
        40,
      );
      await books();
      await work();
      assert.equal(said.length, 40);
      assert.equal((await books())['effected'], 20);
    }));
});

function toObject(event: unknown): Record<string, unknown> {
  return (typeof event === 'string' ? JSON.parse(event) : event) as Record<string, unknown>;
}
