import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Config } from '../../config/config.ts';
import { forEachDatabase } from '../../../test/databases.ts';
import { openTaskStage } from '../../../test/task-stage.ts';
import { startWebServer } from '../../../test/web-server.ts';
import { taskRead } from './task-read.ts';

/** A profile that takes everything. */
const AGENT: Config['agents'][string] = {
  about: null,
  contextLimit: 200_000,
  cost: 0,
  capabilities: ['low', 'medium', 'high'],
  labels: [],
  repos: [],
  concurrency: 1,
  budgetPerDay: null,
};

forEachDatabase('task.read', ({ withStore }) => {
  it('reads the issue as it is on the forge now, and chooses an agent', (t) =>
    withStore(async (store) => {
      const stage = await openTaskStage(t, store, { facts: { title: 'Old', body: 'Old.' } });
      stage.config.agents = { own: AGENT };
      stage.issue.title = 'New';
      stage.issue.body = '## Difficulty\n\nhard\n';
      const { report } = await stage.act(taskRead);
      assert.equal(report.state, 'succeeded');
      const task = await stage.task();
      assert.deepEqual([task.title, task.difficulty, task.chosenAgent, task.state], ['New', 'high', 'own', 'queued']);
      assert.equal((await stage.act(taskRead)).report.state, 'unchanged');
    }));

  it('keeps a task blocked, with the reason, while the forge does not show its issue', (t) =>
    withStore(async (store) => {
      const stage = await openTaskStage(t, store);
      stage.forge.interfere = ({ path }) =>
        path.endsWith(`/issues/${stage.issue.number}`) ? { status: 404, body: { message: 'not found' } } : undefined;
      await stage.act(taskRead);
      const hidden = await stage.task();
      assert.equal(hidden.state, 'blocked');
      assert.match(hidden.reason ?? '', /the forge to show it/);
      stage.forge.interfere = undefined;
      await stage.act(taskRead);
      assert.equal((await stage.task()).state, 'queued');
    }));

  it('tries again when the forge fails, and closes what the forge says is closed', (t) =>
    withStore(async (store) => {
      const stage = await openTaskStage(t, store);
      stage.forge.interfere = () => ({ status: 502, body: {} });
      assert.equal((await stage.act(taskRead)).report.state, 'failed');
      assert.equal((await stage.task()).understood, null);
      stage.forge.interfere = undefined;
      stage.issue.state = 'closed';
      await stage.act(taskRead);
      const { state, closed } = await stage.task();
      assert.deepEqual([state, closed], ['cancelled', 'closed']);
      assert.equal((await stage.act(taskRead)).report.state, 'skipped');
    }));

  it('goes by what events told where there is no token', (t) =>
    withStore(async (store) => {
      const stage = await openTaskStage(t, store, { facts: { body: '## Difficulty\n\nlow\n' } });
      stage.config.forges = { home: { ...stage.forge.config, token: null } };
      await stage.act(taskRead);
      assert.equal((await stage.task()).difficulty, 'low');
      assert.deepEqual(stage.forge.requests, []);
    }));

  it('asks the estimator for what the text does not tell, and believes only an estimate', (t) =>
    withStore(async (store) => {
      const answers = ['{"estimate":40000,"difficulty":"easy","confidence":0.7}', '{"estimate":"much"}', 'No.', ''];
      let status = 200;
      const server = await startWebServer(t, (_request, response) => {
        response.statusCode = status;
        response.end(answers[server.requests.length - 1]);
      });
      const stage = await openTaskStage(t, store);
      const { config } = stage;
      config.tasks = { ...config.tasks, estimator: { url: `${server.url}/estimate`, token: 'a-token' } };
      stage.issue.body = 'Sort it.';
      await stage.act(taskRead);
      const { estimate, difficulty, understood } = await stage.task();
      assert.deepEqual([estimate, difficulty, understood?.estimate?.from], [40_000, 'low', 'estimator']);
      const [asked] = server.requests;
      assert.equal(asked?.headers['authorization'], 'Bearer a-token');
      assert.deepEqual(JSON.parse(asked?.body ?? ''), {
        title: stage.issue.title,
        body: 'Sort it.',
        labels: stage.issue.labels,
      });
      for (const problem of [/something else.*estimate/, /something else/, /could not be asked/]) {
        if (server.requests.length === 3) status = 500;
        await stage.act(taskRead);
        const after = await stage.task();
        assert.deepEqual([after.estimate, after.difficulty, after.state], [null, null, 'queued']);
        assert.match(after.understood?.problems.join('\n') ?? '', problem);
      }
      stage.issue.body = '## Context Estimate\n\n- **Total estimated: 30,000 tokens**\n\n## Difficulty\n\nlow\n';
      await stage.act(taskRead);
      assert.equal(server.requests.length, 4, 'a text that tells everything is not asked about');
    }));

  it('reads half a megabyte with 10,000 checkboxes, and keeps what can be kept', (t) =>
    withStore(async (store) => {
      const stage = await openTaskStage(t, store);
      const boxes = Array.from({ length: 10_000 }, (_, n) => `- [ ] Criterion ${n} ${'x'.repeat(30)}`);
      stage.issue.body = `## Acceptance Criteria\n\n${boxes.join('\n')}\n`;
      await stage.act(taskRead);
      const task = await stage.task();
      assert.equal(task.state, 'queued');
      assert.equal(task.body.length, 200_000);
      assert.ok((task.understood?.criteria.items.length ?? 0) <= 50);
    }));
});
