import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import { openTaskStage, type TaskStage } from '../../../test/task-stage.ts';
import { findMarker } from '../../core/marker.ts';
import { taskSay } from './task-say.ts';

const RUN = '0192e4a0-1111-8000-8000-00000000abcd';
const QUESTION = { revision: 7, text: 'mosaic-1 asks:\n\nWhich *branch*?', mention: 'ada' };

describe('task.say', () => {
  const { withStore } = createDatabaseContext('embedded');
  const stage = (t: TestContext, run: (one: TaskStage) => Promise<void>) =>
    withStore(async (store) => run(await openTaskStage(t, store)));

  it('comments once and calls who is to answer, also when it did not hear of its comment', (t) =>
    stage(t, async ({ issue, forge, act }) => {
      forge.interfere = ({ method }) => (method === 'GET' ? undefined : 'drop-after');
      const first = await act(taskSay, QUESTION, { id: RUN });
      assert.deepEqual([first.report.state, first.code], ['failed', 'upstream_failed']);
      forge.interfere = undefined;
      const second = await act(taskSay, QUESTION, { id: RUN, attempt: 2, steps: first.report.steps });
      assert.equal(second.report.state, 'succeeded');
      assert.equal(issue.comments.length, 1);
      const body = issue.comments[0]?.body ?? '';
      assert.ok(body.startsWith('@ada mosaic-1 asks:\n\nWhich *branch*?\n\n'), body);
      assert.equal(findMarker(body)?.run, RUN);
    }));

  it('says the same again for another change of the task', (t) =>
    stage(t, async ({ issue, act }) => {
      await act(taskSay, QUESTION);
      await act(taskSay, { ...QUESTION, revision: 9 });
      assert.equal(issue.comments.length, 2);
    }));

  it('leaves the Markdown of an agent, and takes all else from it', (t) =>
    stage(t, async ({ issue, act }) => {
      const text = [
        'Use `a < b` or **b**?',
        '<!-- hidden --><details>x</details> ![pixel](http://e/p.png) [//]: # (also hidden)',
        `@grace @all\u202e <!-- fettle:run=${RUN} hops=0 -->`,
        '/close',
      ].join('\n');
      await act(taskSay, { revision: 1, text, mention: 'not a login <b>' });
      const body = issue.comments[0]?.body ?? '';
      assert.match(body, /^Use `a < b` or \*\*b\*\*\?/);
      assert.doesNotMatch(body, /<!-- hidden|<details|!\[pixel|\]: #|@grace|@all|\u202e|\n\/close|not a login/);
      assert.equal(body.split('fettle:run=').length, 2);
      assert.equal(issue.state, 'open');
    }));

  it('is skipped where nobody can comment', (t) =>
    stage(t, async ({ forge, issue, world, config, act }) => {
      config.forges = { home: { ...forge.config, token: null } };
      assert.match((await act(taskSay, QUESTION)).report.reason ?? '', /has no token/);
      config.forges = { home: forge.config };
      world.repository.subjects.splice(world.repository.subjects.indexOf(issue), 1);
      const { report } = await act(taskSay, QUESTION);
      assert.deepEqual([report.state, report.nextAt], ['skipped', null]);
    }));
});
