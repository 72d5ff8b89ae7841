import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { createId } from '../core/id.ts';
import { listBreakers } from '../store/breakers.ts';
import { cancelRuns, redriveRuns } from '../store/run-steering.ts';
import { insertRuns, type NewRun } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { QUIET_ANNOUNCEMENTS } from '../../test/announcements.ts';
import { forEachDatabase, silentLog } from '../../test/databases.ts';
import type { Action, Outcome, RunContext } from './contract.ts';
import { createDispatcher } from './dispatcher.ts';

const START_MS = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
const done: Outcome = { state: 'succeeded', summary: 'Done.' };

/** A dispatcher whose only action does what the test says, on a clock that the test moves. */
function createTrial(
  store: Store,
  act: (context: RunContext, input: { n: number }) => Promise<Outcome>,
  options: { concurrency?: number; holder?: string } = {},
) {
  const time = { nowMs: START_MS, credential: 'a' };
  const action: Action<{ n: number }> = {
    name: 'test.act',
    summary: 'Does what a test says.',
    input: z.strictObject({ n: z.number() }),
    examples: [],
    needs: [],
    idempotency: 'key',
    timeoutMs: 3_600_000,
    concurrency: options.concurrency ?? 4,
    allowedInRepository: false,
    target: () => ({ destination: 'there', orderKey: null, credential: null, reaches: [] }),
    run: act,
  };
  const dispatcher = createDispatcher({
    db: () => store.db,
    clock: () => time.nowMs,
    holder: options.holder ?? '00000000-0000-7000-8000-000000000001',
    catalog: { all: [action], find: (name) => (name === action.name ? action : undefined) },
    concurrency: () => 10,
    retryForMs: () => 8 * DAY_MS,
    random: () => 0.5,
    config: () => ({}) as Config,
    outgoing: { request: () => Promise.reject(new Error('not used')) },
    forge: () => {
      throw new Error('not used');
    },
    secret: () => Promise.reject(new Error('not used')),
    connect: () => Promise.reject(new Error('not used')),
    announce: QUIET_ANNOUNCEMENTS,
    findCredential: () => Promise.resolve(time.credential),
    observer: { onEnd: () => undefined, onBreaker: () => undefined },
    log: silentLog,
  });
  /** Moves the clock on, from due time to due time, until nothing is due within the time. */
  const pass = async (ms: number) => {
    const endMs = time.nowMs + ms;
    for (;;) {
      await dispatcher.maintain();
      while ((await dispatcher.tick()) > 0);
      if (time.nowMs >= endMs) return;
      const next = await store.db
        .selectFrom('runs')
        .select('next_at')
        .where('next_at', '>', new Date(time.nowMs))
        .where('state', 'in', ['queued', 'failed', 'waiting'])
        .orderBy('next_at')
        .executeTakeFirst();
      time.nowMs = Math.min(next?.next_at?.getTime() ?? endMs, endMs);
    }
  };
  return { dispatcher, time, pass };
}

function toRun(n: number, fields: Partial<NewRun> = {}): NewRun {
  return {
    id: createId(),
    createdAt: new Date(START_MS).toISOString(),
    eventId: null,
    eventReceivedAt: null,
    deliveryId: null,
    origin: 'manual',
    rule: 'r',
    ruleSource: null,
    action: 'test.act',
    position: 0,
    chain: createId(),
    afterRun: null,
    forge: null,
    repo: null,
    subject: null,
    number: null,
    destination: 'there',
    orderKey: null,
    credential: null,
    input: JSON.stringify({ n }),
    options: { retryForMs: null, maxAttempts: null, timeoutMs: null, onUnknown: 'stop' },
    priority: 0,
    hops: 0,
    state: 'queued',
    reason: null,
    code: null,
    nextAt: new Date(START_MS).toISOString(),
    finishedAt: null,
    ...fields,
  };
}

async function readRun(store: Store, id: string) {
  return await store.db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

forEachDatabase('dispatcher', ({ withStore }) => {
  it('works on each run once and keeps what it gave', () =>
    withStore(async (store) => {
      const seen: number[] = [];
      const { dispatcher } = createTrial(store, async (context, { n }) => {
        seen.push(await context.step('look', async () => n * 2));
        return { state: 'succeeded', summary: 'Looked.', url: 'https://example.org/1' };
      });
      const runs = [1, 2, 3].map((n) => toRun(n));
      assert.equal((await insertRuns(store.db, runs)).size, 3);
      assert.equal((await insertRuns(store.db, runs)).size, 0);
      assert.equal(await dispatcher.tick(), 3);
      assert.equal(await dispatcher.tick(), 0);
      assert.deepEqual(new Set(seen), new Set([2, 4, 6]));
      const row = await readRun(store, runs[0]?.id ?? '');
      assert.equal(row.state, 'succeeded');
      assert.match(JSON.stringify(row.result), /Looked/);
      assert.match(JSON.stringify(row.steps), /look/);
      assert.equal(row.holder, null);
    }));

  it('resumes after the last finished step and follows the ladder until a run is dead', () =>
    withStore(async (store) => {
      const calls: string[] = [];
      const { pass } = createTrial(store, async (context) => {
        await context.step('first', async () => {
          calls.push('first');
          return 1;
        });
        await context.step('second', () => {
          calls.push('second');
          throw new FettleError('upstream_failed', 'there answered 500.');
        });
        return done;
      });
      const run = toRun(1);
      await insertRuns(store.db, [run]);
      await pass(9 * DAY_MS);
      const row = await readRun(store, run.id);
      assert.equal(row.state, 'dead');
      assert.match(row.reason ?? '', /500.*Given up/);
      assert.equal(calls.filter((call) => call === 'first').length, 1);
      assert.ok(row.burned >= 30 && row.burned <= 60, `${row.burned} attempts`);
    }));

  it('is dead at once when the same would end the same, and lives again when a person says so', () =>
    withStore(async (store) => {
      let works = false;
      const { dispatcher, time } = createTrial(store, async () => {
        if (!works) throw new FettleError('upstream_refused', 'there answered 404.');
        return done;
      });
      const run = toRun(1);
      await insertRuns(store.db, [run]);
      await dispatcher.tick();
      assert.equal((await readRun(store, run.id)).state, 'dead');
      works = true;
      assert.deepEqual(await redriveRuns(store.db, [run.id], { nowAt: new Date(time.nowMs).toISOString() }), [run.id]);
      await dispatcher.tick();
      assert.equal((await readRun(store, run.id)).state, 'succeeded');
      assert.deepEqual(await redriveRuns(store.db, [run.id], { nowAt: new Date(time.nowMs).toISOString() }), []);
    }));

  it('keeps the order of a key over the first ten minutes, then lets later ones pass', () =>
    withStore(async (store) => {
      const ended: number[] = [];
      let broken = true;
      const { pass, dispatcher } = createTrial(store, async (_context, { n }) => {
        if (n === 1 && broken) throw new FettleError('upstream_failed', 'there answered 500.');
        ended.push(n);
        return done;
      });
      await insertRuns(
        store.db,
        [1, 2, 3].map((n) => toRun(n, { orderKey: 'room', destination: `d${n}` })),
      );
      await dispatcher.tick();
      await dispatcher.tick();
      assert.deepEqual(ended, []);
      await pass(9 * 60_000);
      assert.deepEqual(ended, []);
      await pass(2 * 60_000);
      assert.deepEqual(ended, [2, 3]);
      broken = false;
      await pass(DAY_MS);
      assert.deepEqual(ended, [2, 3, 1]);
    }));

  it('gives back what it claimed behind a run that fails, and keeps the order', () =>
    withStore(async (store) => {
      const ended: number[] = [];
      let broken = true;
      const { pass, dispatcher } = createTrial(store, async (_context, { n }) => {
        if (n === 3 && broken) throw new FettleError('upstream_failed', 'there answered 500.');
        ended.push(n);
        return done;
      });
      await insertRuns(store.db, [toRun(1, { orderKey: 'room' })]);
      await dispatcher.tick();
      const behind = [2, 3, 4, 5].map((n) => toRun(n, { orderKey: 'room' }));
      await insertRuns(store.db, behind);
      assert.equal(await dispatcher.tick(), 4, 'effects were quick, so they are claimed together');
      assert.deepEqual(ended, [1, 2]);
      for (const { id } of behind.slice(2)) {
        const { state, attempt } = await readRun(store, id);
        assert.deepEqual([state, attempt], ['queued', 0]);
      }
      broken = false;
      await pass(60_000);
      assert.deepEqual(ended, [1, 2, 3, 4, 5]);
    }));

  it('leaves a destination alone that fails five times in a row, and probes it with one run', () =>
    withStore(async (store) => {
      let attempts = 0;
      let broken = true;
      const { dispatcher, time, pass } = createTrial(store, async () => {
        attempts += 1;
        if (broken) throw new FettleError('upstream_failed', 'there answered 502.');
        return done;
      });
      await insertRuns(
        store.db,
        Array.from({ length: 30 }, (_, n) => toRun(n)),
      );
      for (let i = 0; i < 5; i++) await dispatcher.tick();
      assert.ok(attempts >= 5 && attempts <= 8, `${attempts} attempts`);
      assert.equal((await listBreakers(store.db)).length, 1);
      const before = attempts;
      time.nowMs += 31_000;
      await dispatcher.tick();
      await dispatcher.tick();
      assert.equal(attempts, before + 1);
      broken = false;
      await pass(DAY_MS);
      assert.equal((await listBreakers(store.db)).length, 0);
      const open = await store.db.selectFrom('runs').select('id').where('state', '<>', 'succeeded').execute();
      assert.deepEqual(open, []);
    }));

  it('lets the runs of a refused credential wait until it changes', () =>
    withStore(async (store) => {
      let attempts = 0;
      const trial = createTrial(
        store,
        async () => {
          attempts += 1;
          if (trial.time.credential === 'a') throw new FettleError('credential_refused', 'there answered 401.');
          return done;
        },
        { concurrency: 1 },
      );
      const runs = [1, 2, 3].map((n) => toRun(n, { credential: 'key' }));
      await insertRuns(store.db, runs);
      await trial.pass(DAY_MS);
      assert.equal(attempts, 1);
      for (const { id } of runs) assert.equal((await readRun(store, id)).state, 'waiting');
      trial.time.credential = 'b';
      await trial.pass(60_000);
      for (const { id } of runs) assert.equal((await readRun(store, id)).state, 'succeeded');
      assert.equal(attempts, 4);
    }));

  it('calls again at the time that an action asks for, without using up attempts', () =>
    withStore(async (store) => {
      const times: number[] = [];
      const { pass } = createTrial(store, async (context) => {
        times.push(context.clock());
        return times.length < 4 ? { state: 'later', atMs: context.clock() + 60_000, summary: 'Not yet.' } : done;
      });
      const run = toRun(1);
      await insertRuns(store.db, [run]);
      await pass(DAY_MS);
      assert.deepEqual(
        times.map((ms) => ms - START_MS),
        [0, 60_000, 120_000, 180_000],
      );
      assert.equal((await readRun(store, run.id)).burned, 0);
    }));

  it('gives the runs of a dead process to another, and lets an effect of unknown outcome wait', () =>
    withStore(async (store) => {
      const never = new Promise<never>(() => undefined);
      const first = createTrial(
        store,
        (context, { n }) => (n === 1 ? context.step('slow', () => never) : context.effect('send', () => never)),
        { holder: '00000000-0000-7000-8000-00000000000a' },
      );
      const runs = [toRun(1), toRun(2)];
      await insertRuns(store.db, runs);
      void first.dispatcher.tick();
      const intents = async () =>
        (await store.db.selectFrom('runs').select('intent').execute()).filter(({ intent }) => intent !== null);
      while ((await intents()).length === 0) await new Promise((resolve) => setImmediate(resolve));
      const second = createTrial(store, async () => done, { holder: '00000000-0000-7000-8000-00000000000b' });
      second.time.nowMs += 30_000;
      await second.dispatcher.maintain();
      assert.equal(await second.dispatcher.tick(), 0);
      second.time.nowMs += 31_000;
      await second.dispatcher.maintain();
      assert.equal(await second.dispatcher.tick(), 1);
      assert.equal((await readRun(store, runs[0]?.id ?? '')).state, 'succeeded');
      const unknown = await readRun(store, runs[1]?.id ?? '');
      assert.equal(unknown.state, 'waiting');
      assert.equal(unknown.code, 'outcome_unknown');
    }));

  it('keeps a run that works for longer than fifteen minutes', () =>
    withStore(async (store) => {
      const gate = Promise.withResolvers<void>();
      let attempts = 0;
      const { dispatcher, time } = createTrial(store, async () => {
        attempts += 1;
        await gate.promise;
        return done;
      });
      const run = toRun(1);
      await insertRuns(store.db, [run]);
      const working = dispatcher.tick();
      while (attempts === 0) await new Promise((resolve) => setImmediate(resolve));
      const other = createTrial(store, async () => done, { holder: '00000000-0000-7000-8000-00000000000b' });
      for (let minute = 0; minute < 40; minute++) {
        time.nowMs += 30_000;
        other.time.nowMs = time.nowMs;
        await dispatcher.maintain();
        await other.dispatcher.maintain();
        assert.equal(await other.dispatcher.tick(), 0);
      }
      gate.resolve();
      await working;
      assert.equal((await readRun(store, run.id)).state, 'succeeded');
      assert.equal(attempts, 1);
    }));

  it('cancels a run under way: what it reports afterwards is ignored', () =>
    withStore(async (store) => {
      const gate = Promise.withResolvers<void>();
      const started = Promise.withResolvers<void>();
      const { dispatcher, time } = createTrial(store, async () => {
        started.resolve();
        await gate.promise;
        return done;
      });
      const run = toRun(1);
      await insertRuns(store.db, [run]);
      const working = dispatcher.tick();
      await started.promise;
      assert.deepEqual(
        await cancelRuns(store.db, [run.id], { reason: 'By Ada.', nowAt: new Date(time.nowMs).toISOString() }),
        [run.id],
      );
      gate.resolve();
      await working;
      assert.equal((await readRun(store, run.id)).state, 'cancelled');
    }));

  it('lets the runs of a sequence begin one after the other, and cancels what follows a dead one', () =>
    withStore(async (store) => {
      const ended: number[] = [];
      let broken = true;
      const { dispatcher, time } = createTrial(store, async (_context, { n }) => {
        if (n === 2 && broken) throw new FettleError('upstream_refused', 'there answered 400.');
        ended.push(n);
        return done;
      });
      const chain = createId();
      const first = toRun(1, { chain });
      const waiting = { chain, state: 'waiting', nextAt: null } as const;
      const second = toRun(2, { ...waiting, position: 1, afterRun: first.id });
      const third = toRun(3, { ...waiting, position: 2, afterRun: second.id });
      await insertRuns(store.db, [first, second, third]);
      while ((await dispatcher.tick()) > 0);
      assert.deepEqual(ended, [1]);
      assert.equal((await readRun(store, third.id)).state, 'cancelled');
      broken = false;
      await redriveRuns(store.db, [second.id], { nowAt: new Date(time.nowMs).toISOString() });
      while ((await dispatcher.tick()) > 0);
      assert.deepEqual(ended, [1, 2, 3]);
    }));

  it('does not leave the runs behind one that was dead from the start waiting, nor redrive both at once', () =>
    withStore(async (store) => {
      const ended: number[] = [];
      const { dispatcher, time } = createTrial(store, async (_context, { n }) => {
        ended.push(n);
        return done;
      });
      const chain = createId();
      const first = toRun(1, { chain, state: 'dead', nextAt: null, finishedAt: new Date(START_MS).toISOString() });
      const second = toRun(2, { chain, position: 1, afterRun: first.id, state: 'waiting', nextAt: null });
      await insertRuns(store.db, [first, second]);
      await dispatcher.maintain();
      assert.equal((await readRun(store, second.id)).state, 'cancelled');
      const nowAt = new Date(time.nowMs).toISOString();
      assert.deepEqual(await redriveRuns(store.db, [first.id, second.id], { nowAt }), [first.id]);
      assert.equal((await readRun(store, second.id)).state, 'waiting');
      while ((await dispatcher.tick()) > 0);
      assert.deepEqual(ended, [1, 2]);
    }));

  it('hands back what is under way when it stops', () =>
    withStore(async (store) => {
      const started = Promise.withResolvers<void>();
      const { dispatcher } = createTrial(store, async (context) => {
        started.resolve();
        return await context.step('slow', () => new Promise<never>(() => undefined));
      });
      const run = toRun(1);
      await insertRuns(store.db, [run]);
      dispatcher.start();
      await started.promise;
      await dispatcher.stop(50);
      const row = await readRun(store, run.id);
      assert.equal(row.state, 'queued');
      assert.equal(row.burned, 0);
      assert.equal(row.holder, null);
    }));
});
