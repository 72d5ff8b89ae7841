import assert from 'node:assert/strict';
import { it } from 'node:test';
import { taskOpen } from '../../actions/task/task-open.ts';
import { taskRead } from '../../actions/task/task-read.ts';
import { lockDependencies, waiveEdges } from '../../store/task-dependencies.ts';
import { forEachDatabase } from '../../../test/databases.ts';
import { makeRepo } from '../../../test/event-rows.ts';
import { createFollowedIssue, type FollowedIssue } from '../../../test/followed-issue.ts';
import { moveTask } from '../move.ts';
import { findBlockers, listDependencies } from './blockers.ts';

/** An issue with a text becomes a task that is read; the forge of these tests cannot be asked, so that events tell how others stand. */
async function open(issue: FollowedIssue, number: number, body: string): Promise<void> {
  const event = await issue.tell({
    type: 'issue.assigned',
    assignee: 'mosaic',
    number,
    title: `Issue ${number}`,
    body,
  });
  await issue.act(taskOpen, event);
  await read(issue, number);
}

async function read(issue: FollowedIssue, number: number) {
  const { id } = await issue.get(number);
  const end = await issue.act(taskRead, null, { task: id });
  assert.equal(end.error, undefined);
}

async function edit(issue: FollowedIssue, number: number, body: string): Promise<void> {
  await issue.tell({ type: 'issue.edited', number, title: `Issue ${number}`, body });
  await issue.follower.tick();
  await read(issue, number);
}

const waitsFor = (...names: readonly string[]) => `## Dependencies\n\n- Blocked by: ${names.join(', ')}\n`;

async function look(issue: FollowedIssue, number: number) {
  const { state, reason, blockers, dependents } = await issue.get(number);
  return { state, reason, blockers, dependents };
}

forEachDatabase('what tasks wait for', ({ withStore }) => {
  it('lets a task begin when the last of what it waits for is closed, and not before', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await issue.tell({ type: 'issue.opened', number: 1, title: 'First' });
      await open(issue, 2, 'No sections.');
      await open(issue, 3, waitsFor('#1', '#2'));
      assert.deepEqual(await look(issue, 3), {
        state: 'blocked',
        reason: 'Waits for #1 and #2.',
        blockers: 2,
        dependents: 0,
      });
      assert.equal((await look(issue, 2)).dependents, 1);
      await issue.tell({ type: 'issue.closed', number: 1 });
      await issue.follower.tick();
      assert.deepEqual((await look(issue, 3)).reason, 'Waits for #2.');
      await issue.tell({ type: 'issue.closed', number: 2 });
      await issue.follower.tick();
      assert.deepEqual(await look(issue, 3), { state: 'queued', reason: null, blockers: 0, dependents: 0 });
      assert.equal((await look(issue, 2)).dependents, 0);
      await issue.tell({ type: 'issue.reopened', number: 1 });
      await issue.follower.tick();
      assert.deepEqual((await look(issue, 3)).reason, 'Waits for #1.');
    }));

  it('knows a blocker that was closed before anybody waited for it, and echoes titles of the same repository only', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      const lib = makeRepo('dataforge/lib');
      await issue.tell({ type: 'issue.opened', number: 1, title: 'First' });
      await issue.tell({ type: 'issue.closed', number: 1, title: 'First' });
      await issue.tell({ type: 'issue.opened', number: 7, title: 'A secret plan', repo: lib });
      await open(issue, 3, waitsFor('#1', 'dataforge/lib#7', '#99'));
      const { reason } = await look(issue, 3);
      assert.equal(reason, 'Waits for #99 (it cannot be seen) and dataforge/lib#7.');
      const dependencies = await listDependencies(store.db, await issue.get(3));
      assert.deepEqual(
        dependencies.map(({ repo, number, state, title }) => [repo, number, state, title]),
        [
          ['dataforge/app', 1, 'closed', 'First'],
          ['dataforge/app', 99, 'unknown', null],
          ['dataforge/lib', 7, 'open', null],
        ],
      );
    }));

  it('hears of what happened while the forge was asked', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await issue.tell({ type: 'issue.opened', number: 1, title: 'First' });
      // The follower is past the closing, which the reading does not know, when the edges are made.
      await open(issue, 3, waitsFor('#1'));
      await issue.tell({ type: 'issue.closed', number: 1 });
      await read(issue, 3);
      assert.equal((await look(issue, 3)).state, 'queued');
      await issue.follower.tick();
      assert.equal((await look(issue, 3)).state, 'queued');
    }));

  it('finds a circle, names its way, and lets go of it when a text changes', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await open(issue, 1, waitsFor('#2'));
      await open(issue, 2, waitsFor('#3'));
      await open(issue, 3, waitsFor('#1'));
      assert.equal(
        (await look(issue, 3)).reason,
        'Waits for #1. That is a circle: #3 → #1 → #2 → #3. Change one of them, or waive one.',
      );
      assert.match((await look(issue, 1)).reason ?? '', /circle: #1 → #2 → #3 → #1/);
      await edit(issue, 2, 'Nothing any more.');
      assert.equal((await look(issue, 2)).state, 'queued');
      assert.equal((await look(issue, 3)).reason, 'Waits for #1.');
      assert.equal((await look(issue, 1)).reason, 'Waits for #2.');
      await edit(issue, 3, waitsFor('#3'));
      assert.match((await look(issue, 3)).reason ?? '', /circle: #3 → #3/);
    }));

  it('takes away what an edit no longer declares, and heeds `Blocks` within the repository only', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await open(issue, 1, 'First.');
      await open(issue, 2, waitsFor('#1'));
      await open(issue, 3, '## Dependencies\n\n- Blocks: #1, dataforge/lib#5\n');
      assert.equal((await look(issue, 1)).reason, 'Waits for #3.');
      assert.equal((await look(issue, 3)).dependents, 1);
      assert.match(JSON.stringify((await issue.get(3)).understood?.problems), /Blocks dataforge\/lib#5/);
      await edit(issue, 3, 'Nothing.');
      assert.deepEqual(await look(issue, 1), { state: 'queued', reason: null, blockers: 0, dependents: 1 });
      await edit(issue, 2, 'Nothing.');
      assert.equal((await look(issue, 2)).state, 'queued');
      assert.equal((await look(issue, 1)).dependents, 0);
    }));

  it('keeps what was waived when the text is read again', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await issue.tell({ type: 'issue.opened', number: 1 });
      await open(issue, 3, waitsFor('#1'));
      const task = await issue.get(3);
      await store.db.transaction().execute(async (trx) => {
        await lockDependencies(trx);
        const place = { forge: 'home', repo: 'dataforge/app', number: 3 };
        assert.equal(await waiveEdges(trx, place, { repo: 'dataforge/app', number: 2 }, 'ada'), 0);
        assert.equal(await waiveEdges(trx, place, { repo: 'dataforge/app', number: 1 }, 'ada'), 1);
      });
      const blockers = await findBlockers(store.db, task);
      await moveTask(issue.ports, task.id, { kind: 'waive', by: 'ada', note: null, blockers });
      assert.equal((await look(issue, 3)).state, 'queued');
      await edit(issue, 3, `Edited.\n${waitsFor('#1')}`);
      assert.equal((await look(issue, 3)).state, 'queued');
      assert.equal((await listDependencies(store.db, task))[0]?.waivedBy, 'ada');
    }));

  it('says that the task of a blocker failed or was called off', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await open(issue, 1, 'First.');
      await open(issue, 2, waitsFor('#1'));
      await moveTask(issue.ports, (await issue.get(1)).id, { kind: 'cancel', by: 'ada', note: null });
      await issue.follower.tick();
      assert.equal((await look(issue, 2)).reason, 'Waits for #1 (its task was called off).');
      assert.equal((await look(issue, 1)).dependents, 1);
      await moveTask(issue.ports, (await issue.get(2)).id, { kind: 'cancel', by: 'ada', note: null });
      await issue.follower.tick();
      assert.equal((await look(issue, 1)).dependents, 0, 'what is over waits for nothing');
    }));

  it('does not take a task from its holder when a blocker is reopened, but says so', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await issue.tell({ type: 'issue.opened', number: 1 });
      await issue.tell({ type: 'issue.closed', number: 1 });
      await open(issue, 2, waitsFor('#1'));
      const { id } = await issue.get(2);
      const until = new Date(issue.ports.clock() + 60_000);
      await store.db
        .updateTable('tasks')
        .set({ state: 'leased', agent: 'opus', principal: 'worker', lease_until: until, fence: 1 })
        .where('id', '=', id)
        .execute();
      await issue.tell({ type: 'issue.reopened', number: 1 });
      await issue.follower.tick();
      assert.deepEqual([(await look(issue, 2)).state, (await look(issue, 2)).blockers], ['leased', 1]);
      const news = await store.db
        .selectFrom('task_entries')
        .select('kind')
        .where('task_id', '=', id)
        .where('is_news', '=', true)
        .execute();
      assert.deepEqual(
        news.map(({ kind }) => kind),
        ['blocked'],
      );
    }));
});
