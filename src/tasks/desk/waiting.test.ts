import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase, silentLog } from '../../../test/databases.ts';
import { createCaller, createDeskStage, PROFILE } from '../../../test/task-desk.ts';
import { FREE, OPEN_TO_ALL, UNDERSTOOD } from '../../../test/task-machine.ts';
import { waitUntil } from '../../../test/wait-until.ts';
import { findTask } from '../../store/tasks.ts';
import { moveTask } from '../move.ts';
import { createWaitingRoom } from './waiting-room.ts';

const FACTS = { title: 'Sort', body: '', url: null, author: null, labels: [], repository: null };

forEachDatabase('waiting claims', ({ withStore }) => {
  it('are given what is opened meanwhile, each task to one of them', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const waiting = [1, 2, 3].map((n) => stage.claim({ agent: `agent ${n}`, wait: 25 }));
      const boss = createCaller({ name: 'boss' });
      const ids: string[] = [];
      for (const number of [5, 6, 7]) {
        const { id } = await stage.desk.open({ forge: 'home', repo: 'dataforge/app', number }, boss);
        const read = {
          kind: 'read',
          facts: FACTS,
          understanding: UNDERSTOOD,
          selection: OPEN_TO_ALL,
          blockers: FREE,
        } as const;
        await moveTask(stage.ports, id, read);
        ids.push(id);
      }
      const claimed = await Promise.all(waiting);
      assert.deepEqual(new Set(claimed.map((one) => one?.task.id)), new Set(ids));
    }));

  it('are woken by what another process commits, when they are told, and else by and by', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const other = createDeskStage(store);
      const waiting = stage.claim({ wait: 25 });
      await other.ready({});
      stage.desk.wake();
      assert.ok(await waiting);
      const unheard = stage.claim({ wait: 25 });
      await other.ready({ key: 'another', number: 77 });
      assert.equal((await unheard)?.task.number, 77);
    }));

  it('end with nothing when their time is over', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      assert.equal(await stage.claim({ wait: 0.05 }), undefined);
    }));

  it('take nothing with them when nobody waits for the answer any more', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const gone = new AbortController();
      const waiting = stage.claim({ wait: 25 }, createCaller({ signal: gone.signal }));
      gone.abort();
      assert.equal(await waiting, undefined);
      const [id] = await stage.ready({});
      assert.equal(await stage.claim({ wait: 25 }, createCaller({ signal: gone.signal })), undefined);
      assert.equal((await findTask(store.db, id as string))?.fence, 0);
      // The answer of this one is lost between the claim and what the agent is given.
      const late = new AbortController();
      const claimed = stage.claim({}, createCaller({ signal: late.signal }));
      late.abort();
      await claimed;
      const task = await findTask(store.db, id as string);
      assert.deepEqual([task?.state, task?.fence, task?.attempt, task?.leaseUntil], ['queued', 1, 0, null]);
    }));

  it('get the task that an agent may hold once it gave another one back', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { agents: { glm: { ...PROFILE, concurrency: 1 } } });
      await stage.ready({ priority: 1 }, {});
      const first = await stage.claim();
      const waiting = stage.claim({ wait: 25 });
      const lease = first?.lease.token ?? '';
      await stage.desk.complete(first?.task.id ?? '', { lease, result: { summary: 'Done.' } }, createCaller());
      assert.equal((await waiting)?.task.number, 2);
    }));
});

it('a waiting room tries one after the other, tries nobody without reason, and is left empty', async () => {
  let hasWork = false;
  let atOnce = 0;
  let most = 0;
  let asked = 0;
  const tries: string[] = [];
  const room = createWaitingRoom({
    hasWork: async () => {
      asked += 1;
      return hasWork;
    },
    log: silentLog,
    pollMs: 60_000,
  });
  const attempt = (name: string) => async () => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    tries.push(name);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    atOnce -= 1;
    return hasWork ? name : undefined;
  };
  const { signal } = new AbortController();
  const all = Promise.all(['a', 'b', 'c'].map((name) => room.wait(attempt(name), { ms: 60_000, signal })));
  const failing = assert.rejects(
    room.wait(
      async () => {
        throw new Error('no database');
      },
      { ms: 60_000, signal },
    ),
    /no database/,
  );
  await failing;
  assert.deepEqual([tries, room.size], [['a', 'b', 'c'], 3]);
  room.wake();
  await waitUntil(() => asked === 1, 'the wake was heard');
  assert.deepEqual(tries, ['a', 'b', 'c'], 'without work nobody is tried again');
  hasWork = true;
  room.wake();
  assert.deepEqual(await all, ['a', 'b', 'c']);
  assert.deepEqual([tries, most, room.size], [['a', 'b', 'c', 'a', 'b', 'c'], 1, 0]);
});
