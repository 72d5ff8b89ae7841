import assert from 'node:assert/strict';
import { it } from 'node:test';
import { taskOpen } from '../../actions/task/task-open.ts';
import type { Event } from '../../core/event.ts';
import { readTaskCursor } from '../../store/task-cursor.ts';
import { forEachDatabase } from '../../../test/databases.ts';
import { makeRepo } from '../../../test/event-rows.ts';
import { createFollowedIssue, type FollowedIssue, REPO } from '../../../test/followed-issue.ts';
import { moveTask } from '../move.ts';
import { createTaskFollower } from './follower.ts';

/** Opens the task of an issue, as the recipe would. */
async function assign(issue: FollowedIssue, fields: Partial<Omit<Event, 'seq'>> = {}) {
  const event = await issue.tell({ type: 'issue.assigned', assignee: 'mosaic', body: 'Sort it.', ...fields });
  return await issue.act(taskOpen, event);
}

async function listEntries(issue: FollowedIssue, number = 12): Promise<string[]> {
  const { id } = await issue.get(number);
  const rows = await issue.ports
    .db()
    .selectFrom('task_entries')
    .select('kind')
    .where('task_id', '=', id)
    .orderBy('number')
    .execute();
  return rows.map(({ kind }) => kind);
}

forEachDatabase('the follower of tasks', ({ withStore }) => {
  it('takes a reason away with the assignee, and the task with the last reason', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await assign(issue);
      await assign(issue, { assignee: 'opus' });
      await issue.tell({ type: 'issue.unassigned', assignee: 'Mosaic' });
      await issue.follower.tick();
      const left = await issue.get();
      assert.deepEqual([left.state, left.reasons.map(({ value }) => value)], ['blocked', ['opus']]);
      await issue.tell({ type: 'issue.unassigned', assignee: 'opus' });
      await issue.follower.tick();
      assert.equal((await issue.get()).state, 'cancelled');
    }));

  it('closes and reopens it with its issue, and counts the rounds', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await assign(issue);
      await issue.tell({ type: 'issue.closed', own: true });
      await issue.follower.tick();
      const closed = await issue.get();
      assert.deepEqual([closed.state, closed.closed], ['cancelled', 'closed']);
      await issue.tell({ type: 'issue.reopened' });
      await issue.follower.tick();
      const again = await issue.get();
      assert.deepEqual([again.state, again.round], ['blocked', 2]);
    }));

  it('passes on comments, edits and reviews of linked pull requests, but not what the hub does, nor replays, nor labels of its own', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      issue.config.tasks = { ...issue.config.tasks, labels: { queued: 'agent: waiting' } };
      await assign(issue);
      const comment = { type: 'comment.created', body: 'Use the date.' } as const;
      await issue.tell(comment);
      await issue.tell({ ...comment, own: true });
      await issue.tell({ ...comment, origin: 'replay' });
      await issue.tell({ ...comment, stale: true });
      await issue.tell({ ...comment, number: 13 });
      await issue.tell({ type: 'issue.labeled', label: 'Agent: Waiting' });
      await issue.tell({ type: 'issue.edited', title: 'Sort by date', body: 'Newest first.' });
      await issue.tell({ type: 'pull.opened', subject: 'pull', number: 14, title: 'Sort', body: 'Closes #12' });
      await issue.tell({
        type: 'review.approved',
        subject: 'pull',
        number: 14,
        title: 'Sort',
        head: { ref: 'fettle/12-sort' },
      });
      await issue.tell({ type: 'pull.opened', subject: 'pull', number: 15, title: 'Other', body: 'See other/app#12' });
      await issue.follower.tick();
      assert.deepEqual(await listEntries(issue), ['opened', 'commented', 'edited', 'pull_opened', 'pull_reviewed']);
      const task = await issue.get();
      assert.deepEqual([task.title, task.body], ['Sort by date', 'Newest first.']);
    }));

  it('hears a comment as a possible answer, but not one of a bot or of the assigned account', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await assign(issue);
      const { id } = await issue.get();
      await store.db
        .updateTable('tasks')
        .set({ state: 'needs_input', question: 'Which?' })
        .where('id', '=', id)
        .execute();
      await issue.tell({ type: 'comment.created', body: 'I am a bot.', actor: { login: 'ci', bot: true } });
      await issue.tell({ type: 'comment.created', body: 'I am at it.', actor: { login: 'Mosaic', bot: false } });
      await issue.tell({ type: 'comment.created', body: 'By date.', commentId: '5' });
      await issue.follower.tick();
      const heard = await store.db.selectFrom('runs').select('input').where('action', '=', 'task.hear').execute();
      assert.equal(heard.length, 1);
      assert.match(JSON.stringify(heard), /By date/);
    }));

  it('goes on under the new name of a repository, which not every forge tells', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await assign(issue);
      const { id } = await issue.get();
      const renamed = { ...makeRepo('dataforge/web'), id: REPO.id };
      await issue.tell({ type: 'comment.created', body: 'Before.' });
      await issue.tell({ type: 'comment.created', body: 'After.', repo: renamed });
      await issue.follower.tick();
      const moved = await store.db.selectFrom('tasks').select(['key', 'repo']).where('id', '=', id).executeTakeFirst();
      assert.deepEqual(moved, { key: 'home/dataforge/web#12', repo: 'dataforge/web' });
      const kinds = await store.db
        .selectFrom('task_entries')
        .select('kind')
        .where('task_id', '=', id)
        .orderBy('number')
        .execute();
      assert.deepEqual(
        kinds.map(({ kind }) => kind),
        ['opened', 'commented', 'commented'],
      );
      // A run of an event under the old name finds the same task.
      const late = await issue.tell({ type: 'issue.labeled', label: 'agent' });
      assert.equal((await issue.act(taskOpen, late)).report.state, 'succeeded');
      assert.equal((await store.db.selectFrom('tasks').select('id').execute()).length, 1);
    }));

  it('follows every event once with several hubs, and a batch that fails leaves nothing behind', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await assign(issue);
      for (let count = 0; count < 20; count += 1)
        await issue.tell({ type: 'comment.created', body: `Comment ${count}` });
      const failing = createTaskFollower({
        ...issue.ports,
        config: () => {
          throw Object.assign(new Error('The process ends here.'), { code: '57P01' });
        },
      });
      await assert.rejects(failing.tick());
      assert.equal((await listEntries(issue)).length, 1);
      const others = Array.from({ length: 3 }, () => createTaskFollower(issue.ports).tick());
      assert.equal(
        (await Promise.all(others)).reduce((sum, count) => sum + count, 0),
        20,
      );
      assert.equal((await listEntries(issue)).length, 21);
    }));

  it('passes over an event that cannot be followed, and over no other', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      await assign(issue);
      await issue.tell({ type: 'comment.created', body: 'One.' });
      const broken = await issue.tell({ type: 'comment.created', body: 'Two.' });
      await issue.tell({ type: 'comment.created', body: 'Three.' });
      await store.db
        .updateTable('events')
        .set({
          event:
            '{"type":"comment.created","forge":"home","kind":"gitea","repo":{"fullName":"dataforge/app"},"subject":"issue","number":12,"body":7}',
        })
        .where('seq', '=', broken.seq)
        .execute();
      await issue.follower.tick();
      assert.deepEqual(await listEntries(issue), ['opened', 'commented', 'commented']);
      assert.equal(await readTaskCursor(store.db), broken.seq + 1);
    }));

  it('does not open again what a run opened whose answer was lost, even after the work is done', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      const event = await issue.tell({ type: 'issue.assigned', assignee: 'mosaic' });
      await issue.act(taskOpen, event);
      const { id } = await issue.get();
      await moveTask(issue.ports, id, { kind: 'cancel', by: 'ada', note: null });
      const { report } = await issue.act(taskOpen, event);
      assert.equal(report.state, 'unchanged');
      assert.deepEqual([(await issue.get()).state, (await issue.get()).round], ['cancelled', 1]);
    }));

  it('opens nothing for an event that is the hub’s own, or that was taken back before the run', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      assert.equal((await assign(issue, { own: true })).report.state, 'skipped');
      const event = await issue.tell({ type: 'issue.assigned', assignee: 'mosaic' });
      await issue.tell({ type: 'issue.unassigned', assignee: 'mosaic' });
      await issue.follower.tick();
      const { report } = await issue.act(taskOpen, event);
      assert.equal(report.state, 'skipped');
      assert.match(report.reason ?? JSON.stringify(report.result), /took it back/);
      assert.equal(await issue.find(), undefined);
    }));
});
