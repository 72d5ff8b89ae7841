import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TaskSummary } from '../../src/tasks/shapes.ts';
import type { FakeForge, FakeSubject } from '../fake-forge/contract.ts';
import { startFakeForge } from '../fake-forge/start.ts';
import { TOKENS } from '../fake-forge/state.ts';
import { createWorld, type World } from '../fake-forge/world.ts';
import { type HubUnderTest, startTestHub } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';

const SECRET = 'a-webhook-secret';

/** A whole hub with the coordinator, and a Gitea, which sends all assignees each time and never says who changed. */
describe('the coordinator', () => {
  let forge: FakeForge;
  let hub: HubUnderTest;
  let world: World;
  const closers: (() => Promise<void>)[] = [];
  before(async () => {
    forge = await startFakeForge(
      { after: (close) => void closers.push(close) },
      { kind: 'gitea', startMs: Date.now() },
    );
    hub = await startTestHub({
      config: `
forges: { home: { kind: gitea, url: "${forge.url}", token: ${TOKENS.fettle}, secret: ${SECRET} } }
network: { allowPrivate: [127.0.0.1/32] }
recipes:
  - coordinator: { forge: home, assignee: mosaic, label: agent, command: /agent, priorities: { urgent: 10 } }
`,
    });
    world = createWorld(forge, { hub: { url: `${hub.url}/webhook/home`, secret: SECRET } });
    world.addPerson('mosaic', 'read');
    world.addPerson('mallory', 'read');
  });
  after(async () => {
    await hub.stop();
    for (const close of closers) await close();
  });

  const list = async (issue: FakeSubject) =>
    (await hub.get<{ tasks: TaskSummary[] }>('/api/v1/tasks')).tasks.filter(({ number }) => number === issue.number);
  const reach = (issue: FakeSubject, state: string) =>
    waitUntil(async () => (await list(issue))[0]?.state === state, `the task of #${issue.number} is ${state}`);
  /** When nothing is left to be done about what was sent. */
  const settle = async () => {
    await hub.drained();
    const { latest } = await hub.hub
      .database()
      .selectFrom('sequencer')
      .select('value as latest')
      .executeTakeFirstOrThrow();
    await waitUntil(async () => {
      const { seq } = await hub.hub.database().selectFrom('task_cursor').select('seq').executeTakeFirstOrThrow();
      const open = await hub.hub.database().selectFrom('runs').select('id').where('finished_at', 'is', null).execute();
      return seq >= latest && open.length === 0;
    }, 'the stream is followed and every run is over');
  };

  it('opens one task for an issue with several assignees, which later edits neither double nor open again', async () => {
    const issue = await world.openIssue('ada', { title: 'Sort the list', body: 'By date.' });
    await world.assign('ada', issue, { add: ['grace', 'mosaic'] });
    await reach(issue, 'queued');
    await world.edit('ada', issue, { title: 'Sort the list by date' });
    await world.label('ada', issue, { add: ['urgent'] });
    await world.assign('ada', issue, { add: ['ada'] });
    await world.assign('ada', issue, { remove: ['grace'] });
    await settle();
    const [task, ...others] = await list(issue);
    assert.deepEqual(others, []);
    assert.deepEqual([task?.state, task?.round, task?.title], ['queued', 1, 'Sort the list by date']);
    await world.assign('ada', issue, { remove: ['mosaic'] });
    await reach(issue, 'cancelled');
    await world.edit('ada', issue, { body: 'By date, newest first.' });
    await world.assign('ada', issue, { add: ['grace'] });
    await settle();
    const [left] = await list(issue);
    assert.deepEqual([left?.state, left?.round], ['cancelled', 1]);
    await world.assign('ada', issue, { add: ['mosaic'] });
    await reach(issue, 'queued');
    const again = await list(issue);
    assert.deepEqual(
      again.map(({ round, priority }) => [round, priority]),
      [[2, 10]],
    );
  });

  it('waits for another issue, and begins when that is closed', async () => {
    const blocker = await world.openIssue('ada', { title: 'First this', body: '' });
    const issue = await world.openIssue('ada', {
      title: 'Then that',
      body: `## Dependencies\n\n- Blocked by: #${blocker.number}, #4711\n`,
    });
    await world.label('ada', issue, { add: ['agent'] });
    await waitUntil(async () => (await list(issue))[0]?.reason?.startsWith('Waits') === true, 'it waits');
    const unseen = '#4711 (it cannot be seen)';
    assert.equal((await list(issue))[0]?.reason, `Waits for #${blocker.number} and ${unseen}.`);
    await world.close('ada', blocker);
    await waitUntil(async () => (await list(issue))[0]?.reason === `Waits for ${unseen}.`, 'it waits for one less');
    await world.edit('ada', issue, { body: 'Nothing.' });
    await reach(issue, 'queued');
  });

  it('makes no work of what somebody says who may not write', async () => {
    const issue = await world.openIssue('ada', { title: 'Tempting', body: '' });
    await world.comment('mallory', issue, '/agent');
    await settle();
    assert.deepEqual(await list(issue), []);
    await world.comment('grace', issue, '/agent');
    await reach(issue, 'queued');
  });

  it('is over at once when its issue was closed before the hub came to read it', async () => {
    const issue = await world.openIssue('ada', { title: 'Done already', body: '' });
    await world.close('ada', issue);
    await world.assign('ada', issue, { add: ['mosaic'] });
    await reach(issue, 'cancelled');
    await world.reopen('ada', issue);
    await reach(issue, 'queued');
  });
});
