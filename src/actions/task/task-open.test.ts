import assert from 'node:assert/strict';
import { it } from 'node:test';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { forEachDatabase } from '../../../test/databases.ts';
import { createFollowedIssue } from '../../../test/followed-issue.ts';
import { findTaskByKey } from '../../store/tasks.ts';
import { taskOpen } from './task-open.ts';

forEachDatabase('task.open', ({ withStore }) => {
  it('opens what the rule says, with what the event tells, and takes the rest from the configuration', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      const event = await issue.tell({
        type: 'issue.labeled',
        label: 'agent',
        labels: ['agent', 'Urgent'],
        body: 'By date.',
        author: { login: 'grace', bot: false },
      });
      const gates = ['pull', { command: ['make', 'test'] }];
      const input = { agent: 'opus', skills: 'Rust', gates, priorities: { urgent: 10, agent: 3 }, lease: '10m' };
      const { report } = await issue.act(taskOpen, event, input);
      assert.equal(report.state, 'succeeded');
      const task = await issue.get();
      assert.deepEqual(task.options, {
        rule: 'a rule',
        agent: 'opus',
        skills: ['rust'],
        approval: 'none',
        gates: [{ kind: 'pull' }, { kind: 'command', argv: ['make', 'test'] }],
        maxAttempts: 3,
        leaseMs: 600_000,
      });
      assert.deepEqual([task.priority, task.title, task.body, task.author], [10, 'Sort the list', 'By date.', 'grace']);
      const [reason] = task.reasons;
      assert.deepEqual([reason?.by, reason?.value, reason?.actor, reason?.seq], ['label', 'agent', 'ada', event.seq]);
    }));

  it('opens one task for a key, however often its run is tried, and none without a key', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      const push = { ...makeEvent({ type: 'push', repo: makeRepo('dataforge/app') }), seq: 1 };
      assert.equal((await issue.act(taskOpen, push)).report.state, 'skipped');
      const input = { key: 'dependencies', title: 'Update them', priority: '-5' };
      assert.equal((await issue.act(taskOpen, push, input)).report.state, 'succeeded');
      assert.equal((await issue.act(taskOpen, push, input)).report.state, 'unchanged');
      const task = await findTaskByKey(store.db, 'home/dataforge/app~dependencies');
      assert.deepEqual([task?.number, task?.title, task?.priority, task?.round], [null, 'Update them', -5, 1]);
      const planned = await issue.act(taskOpen, null, { ...input, forge: 'home' });
      assert.equal(planned.report.state, 'succeeded');
      assert.ok(await findTaskByKey(store.db, 'home~dependencies'));
      assert.equal((await issue.act(taskOpen, null, { ...input, forge: 'elsewhere' })).code, 'input_invalid');
    }));

  it('refuses a priority that is none', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      const event = await issue.tell({ type: 'issue.labeled', label: 'agent' });
      for (const priority of ['high', '1001', '1.5'])
        assert.equal((await issue.act(taskOpen, event, { priority })).code, 'input_invalid', priority);
      assert.equal(await issue.find(), undefined);
    }));

  it('says what the rules of a repository must be allowed to reach', () => {
    const event = makeEvent({ repo: makeRepo('dataforge/app'), number: 12, subject: 'issue' });
    const input = taskOpen.input.parse({ gates: ['pull', { command: ['/usr/bin/make', 'test'] }] });
    assert.deepEqual(taskOpen.target(input, event).reaches, ['repo:home/dataforge/app', 'program:/usr/bin/make']);
  });
});
