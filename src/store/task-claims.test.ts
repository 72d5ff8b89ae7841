import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { createCaller, createDeskStage, type DeskStage, PROFILE } from '../../test/task-desk.ts';
import { LEASE_MS, OPTIONS } from '../../test/task-machine.ts';

/** The numbers of the tasks that an agent is given, one after the other, until there is none. */
async function claimAll(
  stage: DeskStage,
  ...[fields, caller]: Parameters<DeskStage['claim']>
): Promise<(number | null)[]> {
  const numbers: (number | null)[] = [];
  for (;;) {
    const claimed = await stage.claim(fields, caller);
    if (claimed === undefined) return numbers;
    numbers.push(claimed.task.number);
  }
}

forEachDatabase('claims of tasks', ({ withStore }) => {
  it('go by priority, then by how much waits for a task, then by age', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready(
        {},
        { dependents: 1 },
        { priority: 5 },
        { dependents: 1 },
        { state: 'blocked' },
        { priority: -1 },
      );
      assert.deepEqual(await claimAll(stage), [3, 2, 4, 1, 6]);
    }));

  it('give each task to one agent, however many ask at once', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready(...Array.from({ length: 10 }, () => ({})));
      const claims = await Promise.all(Array.from({ length: 25 }, (_, n) => stage.claim({ agent: `agent ${n}` })));
      const numbers = claims.flatMap((claimed) => claimed?.task.number ?? []);
      assert.deepEqual(
        numbers.toSorted((one, other) => one - other),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
      assert.equal(new Set(claims.map((claimed) => claimed?.lease.token)).size, 11);
      const leases = await store.db.selectFrom('task_leases').selectAll().execute();
      assert.equal(leases.length, 10);
      assert.ok(leases.every(({ fence, ended }) => fence === 1 && ended === null));
    }));

  it('take nothing that is too large, too hard, or asks for other skills', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, {
        agents: { glm: { ...PROFILE, contextLimit: 128_000, capabilities: ['low', 'medium', 'Docker'] } },
      });
      await stage.ready(
        { estimate: 64_000, difficulty: 'low' },
        { estimate: 64_001, difficulty: 'low' },
        { difficulty: 'high' },
        { difficulty: null },
        { difficulty: 'medium', options: { ...OPTIONS, skills: ['docker'] } },
        { difficulty: 'medium', options: { ...OPTIONS, skills: ['docker', 'helm'] } },
      );
      assert.deepEqual(await claimAll(stage, { capabilities: ['easy'] }), [1]);
      assert.deepEqual(await claimAll(stage), [5]);
    }));

  it('follow the labels and repositories of the profile, of the request and of the token', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, {
        agents: { glm: { ...PROFILE, labels: ['agent*', '!agent: no'], repos: ['dataforge/*', '!dataforge/secret'] } },
      });
      const place = (repo: string | null, ...labels: string[]) => ({ repo, labels });
      await stage.ready(
        place('dataforge/app', 'Agent'),
        place('dataforge/app', 'other'),
        place('dataforge/app', 'agent', 'agent: no'),
        place('dataforge/secret', 'agent'),
        place('dataforge/web', 'agent', 'Bug'),
        place('DataForge/App', 'agent'),
        place(null, 'agent'),
      );
      assert.deepEqual(await claimAll(stage, { labels: ['bug'] }), [5]);
      assert.deepEqual(await claimAll(stage, { repos: ['*/web'] }), []);
      assert.deepEqual(await claimAll(stage, {}, createCaller({ repos: ['other/*'] })), []);
      assert.deepEqual(await claimAll(stage, {}, createCaller({ repos: ['dataforge/app'] })), [1, 6]);
    }));

  it('keep a task for the agent that was selected, for a time, and for the one that was asked for always', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const chosen = { chosenAgent: 'glm', chosenUntil: '2026-03-01T12:01:00.000Z' };
      await stage.ready(chosen, { ...chosen, options: { ...OPTIONS, agent: 'glm' } });
      assert.deepEqual(await claimAll(stage, { agent: 'opus' }), []);
      stage.pass(60_000);
      assert.deepEqual(await claimAll(stage, { agent: 'opus' }), [1]);
      assert.deepEqual(await claimAll(stage), [2]);
    }));

  it('take one task by its id', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const [, second] = await stage.ready({}, {}, { state: 'succeeded' });
      assert.deepEqual(await claimAll(stage, { task: second as string }), [2]);
    }));

  it('never go over what an agent may hold at a time', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { agents: { glm: { ...PROFILE, concurrency: 2 } } });
      await stage.ready({}, {}, {}, {});
      const claims = await Promise.all(Array.from({ length: 8 }, () => stage.claim()));
      const held = claims.filter((claimed) => claimed !== undefined);
      assert.equal(held.length, 2);
      const [first] = held;
      await stage.desk.release(first?.task.id ?? '', { lease: first?.lease.token ?? '' }, createCaller());
      assert.deepEqual(
        (await Promise.all([stage.claim(), stage.claim()])).filter((one) => one !== undefined).length,
        1,
      );
    }));

  it('never go over what an agent may cost in a day', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { agents: { glm: { ...PROFILE, cost: 10, budgetPerDay: 1 } } });
      await stage.ready({ estimate: 60_000 }, { estimate: 60_000 }, { estimate: 40_000 }, { estimate: null });
      assert.deepEqual(await claimAll(stage), [1, 3, 4]);
      stage.pass(12 * 3_600_000);
      assert.deepEqual(await claimAll(stage), [2]);
      const leases = await store.db.selectFrom('task_leases').select('cost').orderBy('cost').execute();
      assert.deepEqual(
        leases.map(({ cost }) => cost),
        [0, 0.4, 0.6, 0.6],
      );
    }));

  it('say who holds the task, until when, and what it was told', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const [id] = await stage.ready({
        note: 'old',
        percent: 3,
        fence: 6,
        lastEntry: 4,
        revision: 9,
        options: { ...OPTIONS, leaseMs: 60_000 },
      });
      const claimed = await stage.claim();
      assert.deepEqual(
        [
          claimed?.task.agent,
          claimed?.task.expiresAt,
          claimed?.lease.fence,
          claimed?.lease.ttlSeconds,
          claimed?.task.note,
        ],
        ['glm', '2026-03-01T12:01:00.000Z', 7, 60, null],
      );
      assert.match(claimed?.lease.token ?? '', /^fl_[\w-]{43}$/);
      const row = await store.db
        .selectFrom('tasks')
        .selectAll()
        .where('id', '=', id as string)
        .executeTakeFirstOrThrow();
      assert.deepEqual([row.revision, row.last_entry, row.heard_through, row.principal], [10, 5, 5, 'worker']);
      const entries = await store.db.selectFrom('task_entries').select(['number', 'kind', 'fence']).execute();
      assert.deepEqual(entries, [{ number: 5, kind: 'claimed', fence: 7 }]);
      const events = await store.db.selectFrom('events').select(['type', 'repo', 'number', 'seq']).execute();
      assert.deepEqual(events, [{ type: 'task.claimed', repo: 'dataforge/app', number: 1, seq: 1 }]);
      const runs = await store.db.selectFrom('runs').select(['action', 'order_key', 'rule']).execute();
      assert.deepEqual(runs, [{ action: 'task.report', order_key: `task.report ${id}`, rule: 'fettle/tasks' }]);
    }));

  it('go by the clock of the database, whatever the clock of the process says', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { isLive: true });
      const [id] = await stage.ready({ chosenUntil: null });
      const claimed = await stage.claim();
      const expiresMs = Date.parse(claimed?.lease.expiresAt ?? '');
      assert.ok(Math.abs(expiresMs - Date.now() - LEASE_MS) < 60_000);
      // The process of this hub is wrong by hours; its own clock is asked for nothing that has to do with the lease.
      const wrong = createDeskStage(store, { isLive: true });
      const real = Date.now;
      Date.now = () => real() + 5 * 3_600_000;
      try {
        assert.equal(await wrong.keeper.tick(), 0);
        const lease = claimed?.lease.token ?? '';
        const { ttlSeconds } = await wrong.desk.heartbeat(id as string, { lease }, createCaller());
        assert.ok(ttlSeconds > LEASE_MS / 1_000 - 60 && ttlSeconds <= LEASE_MS / 1_000, `${ttlSeconds}`);
      } finally {
        Date.now = real;
      }
    }));
});
