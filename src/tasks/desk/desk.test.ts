import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../../test/databases.ts';
import { createCaller, createDeskStage, type DeskStage, PROFILE } from '../../../test/task-desk.ts';
import { LEASE_MS, OPTIONS, RESULT } from '../../../test/task-machine.ts';
import { waitUntil } from '../../../test/wait-until.ts';
import { FettleError } from '../../core/errors.ts';
import { findTask } from '../../store/tasks.ts';
import { moveTask } from '../move.ts';

/** Claims a task and gives what is needed to speak about it. */
async function hold(stage: DeskStage, ...[fields, caller]: Parameters<DeskStage['claim']>) {
  const claimed = await stage.claim(fields, caller);
  assert.ok(claimed);
  return { id: claimed.task.id, lease: claimed.lease.token, fence: claimed.lease.fence };
}

const refused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof FettleError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

forEachDatabase('the desk', ({ withStore }) => {
  it('takes a task from claim to done, and keeps its journal', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({});
      const { id, lease } = await hold(stage);
      stage.pass(60_000);
      const beat = await stage.desk.heartbeat(id, { lease, note: 'Reading', percent: 10 }, createCaller());
      assert.deepEqual(
        [beat.state, beat.cancelRequested, beat.ttlSeconds, beat.events],
        ['leased', false, LEASE_MS / 1_000, []],
      );
      const done = await stage.desk.complete(id, { lease, result: RESULT }, createCaller());
      assert.deepEqual([done.state, done.expiresAt], ['succeeded', null]);
      const details = await stage.desk.get(id, createCaller());
      assert.deepEqual(
        details.journal.map(({ kind }) => kind),
        ['claimed', 'note', 'succeeded'],
      );
      assert.deepEqual(
        details.leases.map(({ fence, ended }) => [fence, ended]),
        [[1, 'completed']],
      );
      assert.deepEqual([details.result, details.agent], [RESULT, null]);
      const types = await store.db.selectFrom('events').select('type').orderBy('seq').execute();
      assert.deepEqual(
        types.map(({ type }) => type),
        ['task.claimed', 'task.succeeded'],
      );
    }));

  it('refuses a lease that is over, names the present holder, and lets the new one alone', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({});
      const first = await hold(stage);
      stage.pass(LEASE_MS);
      await assert.rejects(
        stage.desk.heartbeat(first.id, { lease: first.lease }, createCaller()),
        refused('lease_stale'),
      );
      assert.equal(await stage.keeper.tick(), 1);
      const late = { lease: first.lease, result: RESULT };
      await assert.rejects(stage.desk.complete(first.id, late, createCaller()), refused('lease_stale'));
      const task = await findTask(store.db, first.id);
      assert.match(task?.handover ?? '', /Sorted\./, 'what came too late is kept for the next holder');
      const second = await hold(stage, { agent: 'opus' }, createCaller({ name: 'other' }));
      assert.equal(second.fence, 2);
      await assert.rejects(
        stage.desk.complete(first.id, { lease: first.lease, result: RESULT }, createCaller()),
        (error: FettleError) => {
          assert.deepEqual([error.code, error.holder?.agent, error.holder?.fence], ['lease_stale', 'opus', 2]);
          return true;
        },
      );
      // The right token from somebody else proves nothing.
      await assert.rejects(
        stage.desk.release(second.id, { lease: second.lease }, createCaller()),
        refused('lease_stale'),
      );
      assert.equal(
        (await stage.desk.heartbeat(second.id, { lease: second.lease }, createCaller({ name: 'other' }))).state,
        'leased',
      );
    }));

  it('takes the same completion twice as once, and another one not', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({});
      const { id, lease } = await hold(stage);
      const first = await stage.desk.complete(id, { lease, result: RESULT }, createCaller());
      assert.deepEqual(await stage.desk.complete(id, { lease, result: RESULT }, createCaller()), first);
      await assert.rejects(
        stage.desk.complete(id, { lease, result: { summary: 'Else.' } }, createCaller()),
        refused('task_not_movable'),
      );
    }));

  it('tells the holder of a cancelled task to stop', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({});
      const { id, lease } = await hold(stage);
      await stage.desk.cancel(id, { note: 'No need.' }, createCaller({ name: 'boss' }));
      const beat = await stage.desk.heartbeat(id, { lease }, createCaller());
      assert.deepEqual([beat.state, beat.cancelRequested, beat.ttlSeconds], ['cancelled', true, 0]);
      await assert.rejects(
        stage.desk.complete(id, { lease, result: RESULT }, createCaller()),
        refused('task_cancelled'),
      );
      assert.equal(await stage.claim(), undefined);
    }));

  it('tells news once, and again from where the holder says it stopped', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({});
      const { id, lease } = await hold(stage);
      const comment = (what: string) =>
        moveTask(stage.ports, id, { kind: 'news', what, by: 'ada', data: { body: what }, isToBeRead: false });
      await comment('commented');
      const first = await stage.desk.heartbeat(id, { lease }, createCaller());
      assert.deepEqual(
        first.events.map(({ kind, by }) => [kind, by]),
        [['commented', 'ada']],
      );
      await comment('edited');
      const second = await stage.desk.heartbeat(id, { lease }, createCaller());
      assert.deepEqual(
        second.events.map(({ kind }) => kind),
        ['edited'],
      );
      assert.deepEqual((await stage.desk.heartbeat(id, { lease }, createCaller())).events, []);
      const again = await stage.desk.heartbeat(id, { lease, after: first.next }, createCaller());
      assert.deepEqual(
        again.events.map(({ kind }) => kind),
        ['edited'],
      );
    }));

  it('refuses a result of a megabyte, and nothing is lost by it', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({});
      const { id, lease } = await hold(stage);
      const result = { ...RESULT, data: 'x'.repeat(1_000_000) };
      await assert.rejects(stage.desk.complete(id, { lease, result }, createCaller()), refused('body_too_large'));
      assert.equal((await stage.desk.complete(id, { lease, result: RESULT }, createCaller())).state, 'succeeded');
    }));

  it('keeps what a database could not hold out of it', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({});
      const { id, lease } = await hold(stage);
      const done = await stage.desk.complete(
        id,
        { lease, result: { summary: 'a\u0000b\ud800', data: { 'k\u0000': 1 } } },
        createCaller(),
      );
      assert.equal(done.state, 'succeeded');
      const { result } = await stage.desk.get(id, createCaller());
      assert.deepEqual(result, { summary: 'a\ufffdb\ufffd', data: { 'k\ufffd': 1 } });
    }));

  it('does a request with a key once, gives the same lease again, and no other request under that key', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({}, {});
      const caller = createCaller({ idempotencyKey: 'k1' });
      const claims = await Promise.all([stage.claim({}, caller), stage.claim({}, caller)]);
      assert.equal(claims[0]?.lease.token, claims[1]?.lease.token);
      assert.deepEqual((await stage.claim({ wait: 5 }, caller))?.lease, claims[0]?.lease);
      assert.equal((await store.db.selectFrom('task_leases').selectAll().execute()).length, 1);
      await assert.rejects(stage.claim({ agent: 'opus' }, caller), refused('idempotency_key_reused'));
      const other = await stage.claim({}, createCaller({ name: 'other', idempotencyKey: 'k1' }));
      assert.equal(other?.task.number, 2, 'a key belongs to who sent it');
      const { id, lease } = { id: claims[0]?.task.id ?? '', lease: claims[0]?.lease.token ?? '' };
      const failing = { lease, error: 'Out of disk.', retryable: true };
      const failed = createCaller({ idempotencyKey: 'k2' });
      const answer = await stage.desk.fail(id, failing, failed);
      assert.deepEqual([answer.state, answer.attempt], ['queued', 1]);
      assert.deepEqual(await stage.desk.fail(id, failing, failed), answer);
      await assert.rejects(stage.desk.fail(id, failing, createCaller()), refused('lease_stale'));
    }));

  it('keeps to having found nothing, so that a late copy of the request takes nothing; an error may be tried again', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const caller = createCaller({ idempotencyKey: 'k1' });
      assert.equal(await stage.claim({}, caller), undefined);
      const [id] = await stage.ready({});
      assert.equal(await stage.claim({}, caller), undefined);
      assert.equal(await stage.claim({ wait: 0.05 }, caller), undefined);
      assert.equal((await findTask(store.db, id as string))?.fence, 0);
      const claimed = await stage.claim({}, createCaller({ idempotencyKey: 'k3' }));
      assert.ok(claimed);
      const asked = createCaller({ idempotencyKey: 'k2' });
      await assert.rejects(stage.desk.release(claimed.task.id, { lease: 'fl_wrong' }, asked), refused('lease_stale'));
      assert.equal((await stage.desk.release(claimed.task.id, { lease: claimed.lease.token }, asked)).state, 'queued');
    }));

  it('shows nobody what is outside the repositories of the token', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const [inside, outside, nowhere] = await stage.ready({}, { repo: 'other/app' }, { repo: null });
      const caller = createCaller({ repos: ['dataforge/*'] });
      const { tasks } = await stage.desk.list({ states: [] }, { limit: 10 }, caller);
      assert.deepEqual(
        tasks.map(({ id }) => id),
        [inside],
      );
      const all = await stage.desk.list({ states: ['queued'], label: 'none' }, { limit: 10 }, createCaller());
      assert.deepEqual(all.tasks, []);
      for (const id of [outside, nowhere, 'no-uuid', '01900000-0000-7000-8000-0000000000ff']) {
        await assert.rejects(stage.desk.get(id as string, caller), refused('not_found'));
        await assert.rejects(stage.desk.getContext(id as string, caller), refused('not_found'));
        await assert.rejects(stage.desk.heartbeat(id as string, { lease: 'fl_x' }, caller), refused('not_found'));
        await assert.rejects(stage.desk.cancel(id as string, {}, caller), refused('not_found'));
        await assert.rejects(stage.claim({ task: id as string }, caller), refused('not_found'));
      }
      await assert.rejects(
        stage.desk.open({ forge: 'home', repo: 'other/app', number: 3 }, caller),
        refused('not_found'),
      );
    }));

  it('lists newest first, page by page, by state, agent and label', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({ labels: ['Bug'] }, {}, { state: 'blocked', chosenAgent: 'opus' }, {}, { round: 0 });
      const list = async (filter: object, page: object = {}) => {
        const found = await stage.desk.list({ states: [], ...filter }, { limit: 2, ...page }, createCaller());
        return { numbers: found.tasks.map(({ number }) => number), next: found.next };
      };
      const first = await list({});
      assert.deepEqual(first.numbers, [4, 3]);
      assert.deepEqual((await list({}, { before: first.next })).numbers, [2, 1]);
      assert.deepEqual((await list({ states: ['blocked'] })).numbers, [3]);
      assert.deepEqual((await list({ agent: 'opus' })).numbers, [3]);
      assert.deepEqual((await list({ label: 'bug' })).numbers, [1]);
      assert.deepEqual((await list({ repos: ['*/web'] })).numbers, []);
      await stage.claim({ agent: 'glm' });
      assert.deepEqual((await list({ agent: 'glm' })).numbers, [1]);
    }));

  it('knows no agent beside those that have a profile', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { agents: { glm: PROFILE } });
      await stage.ready({});
      await assert.rejects(stage.claim({ agent: 'constructor' }), refused('agent_unknown'));
      assert.ok(await stage.claim());
    }));

  it('opens work once for an issue and once for a key, and asks for what it needs', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const open = (fields: object) =>
        stage.desk.open({ forge: 'home', repo: 'dataforge/app', ...fields }, createCaller({ name: 'boss' }));
      const issues = await Promise.all([open({ number: 7 }), open({ number: 7 })]);
      assert.equal(issues[0].id, issues[1].id);
      assert.deepEqual([issues[0].key, issues[0].state, issues[0].round], ['home/dataforge/app#7', 'blocked', 1]);
      assert.equal((await open({ number: 7, subject: 'pull' })).key, 'home/dataforge/app!7');
      const [one, same] = [
        await open({ key: 'nightly', title: 'Tidy' }),
        await open({ key: 'nightly', title: 'Tidy' }),
      ];
      assert.deepEqual([one.id === same.id, one.title], [true, 'Tidy']);
      assert.notEqual((await open({ title: 'Tidy' })).id, one.id);
      await assert.rejects(open({ key: 'weekly' }), refused('invalid_request'));
      await assert.rejects(open({ number: 1, key: 'both' }), refused('invalid_request'));
      await assert.rejects(open({ number: 1, forge: 'nowhere' }), refused('invalid_request'));
      const actions = await store.db
        .selectFrom('runs')
        .select('action')
        .where('number', '=', 7)
        .where('subject', '=', 'issue')
        .execute();
      assert.deepEqual(actions.map(({ action }) => action).toSorted(), ['task.read', 'task.report']);
    }));

  it('waits a moment for the gates, so that the answer has their verdicts', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      await stage.ready({ options: { ...OPTIONS, gates: [{ kind: 'pull' }] } });
      const { id, lease, fence } = await hold(stage);
      const verdicts = [{ gate: 'pull', state: 'rejected' as const, detail: 'It is a draft.' }];
      const answer = stage.desk.complete(id, { lease, result: RESULT }, createCaller({ idempotencyKey: 'k' }));
      const isAsked = () =>
        store.db.selectFrom('runs').select('id').where('action', '=', 'task.verify').executeTakeFirst();
      await waitUntil(async () => (await isAsked()) !== undefined, 'the gates are to be checked');
      await moveTask(stage.ports, id, { kind: 'judge', fence, verdicts });
      const told = await answer;
      assert.deepEqual([told.state, told.verdicts], ['leased', verdicts]);
      assert.deepEqual(
        await stage.desk.complete(id, { lease, result: RESULT }, createCaller({ idempotencyKey: 'k' })),
        told,
      );
    }));

  it('expires leases, gives the task to the next, and gives up after the last attempt', () =>
    withStore(async (store) => {
      const ended: string[] = [];
      const observer = {
        claimed: () => undefined,
        leaseEnded: (agent: string, how: string) => ended.push(`${agent} ${how}`),
        finished: (state: string) => ended.push(state),
      };
      const stage = createDeskStage(store, { ports: { observer } });
      const [id] = await stage.ready({ options: { ...OPTIONS, maxAttempts: 2 } });
      await hold(stage);
      stage.pass(LEASE_MS - 1);
      assert.equal(await stage.keeper.tick(), 0);
      stage.pass(1);
      const keepers = [stage.keeper, createDeskStage(store).keeper];
      assert.equal(await keepers[1]?.tick(), 0, 'by the clock of another hub it is not over');
      assert.equal(
        (await Promise.all([stage.keeper.tick(), stage.keeper.tick()])).reduce((sum, one) => sum + one),
        1,
      );
      assert.deepEqual(
        [(await findTask(store.db, id as string))?.state, (await findTask(store.db, id as string))?.attempt],
        ['queued', 1],
      );
      await hold(stage, { agent: 'opus' });
      stage.pass(LEASE_MS);
      assert.equal(await stage.keeper.tick(), 1);
      assert.equal((await findTask(store.db, id as string))?.state, 'dead');
      assert.deepEqual(ended, ['glm expired', 'opus expired', 'dead']);
      assert.equal(await stage.claim(), undefined);
      const again = await stage.desk.requeue(id as string, {}, createCaller({ name: 'boss' }));
      assert.deepEqual([again.state, again.attempt], ['queued', 0]);
      assert.deepEqual(
        again.leases.map((lease) => [lease.fence, lease.agent, lease.ended]),
        [
          [1, 'glm', 'expired'],
          [2, 'opus', 'expired'],
        ],
      );
    }));
});
