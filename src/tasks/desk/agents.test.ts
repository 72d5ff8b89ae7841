import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../../test/databases.ts';
import { createDeskStage, PROFILE } from '../../../test/task-desk.ts';
import { FettleError } from '../../core/errors.ts';
import { findTask } from '../../store/tasks.ts';
import { listAgents, putAgent, removeAgent, selectAnew } from './agents.ts';

forEachDatabase('agents', ({ withStore }) => {
  it('are those of the configuration, then those of the API, with what they have to do', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { agents: { opus: { ...PROFILE, cost: 15 } } });
      await putAgent(stage.ports, 'glm', { ...PROFILE, capabilities: ['Easy', 'hard', 'Docker', 'low'] });
      await stage.ready({ estimate: 100_000, difficulty: 'low' });
      await stage.claim({ agent: 'opus' });
      const [glm, opus] = await listAgents(stage.ports);
      assert.deepEqual([glm?.name, glm?.source, glm?.held, glm?.seenAt], ['glm', 'api', 0, null]);
      assert.deepEqual(glm?.profile.capabilities, ['low', 'high', 'docker']);
      assert.deepEqual(
        [opus?.source, opus?.held, opus?.spentToday, opus?.seenAt],
        ['config', 1, 1.5, '2026-03-01T12:00:00.000Z'],
      );
      stage.pass(86_400_000);
      assert.equal((await listAgents(stage.ports))[1]?.spentToday, 0, 'a new day');
    }));

  it('of the configuration are changed there and nowhere else', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { agents: { opus: PROFILE } });
      const isRefused = (code: string) => (error: unknown) => error instanceof FettleError && error.code === code;
      await assert.rejects(putAgent(stage.ports, 'opus', PROFILE), isRefused('invalid_request'));
      await assert.rejects(removeAgent(stage.ports, 'opus'), isRefused('invalid_request'));
      await assert.rejects(removeAgent(stage.ports, 'glm'), isRefused('not_found'));
      await assert.rejects(stage.claim({ agent: 'glm' }), isRefused('agent_unknown'));
      await putAgent(stage.ports, 'glm', PROFILE);
      assert.equal(await stage.claim({ agent: 'glm' }), undefined);
      await removeAgent(stage.ports, 'glm');
      await assert.rejects(stage.claim({ agent: 'glm' }), isRefused('agent_unknown'));
    }));

  it('get what waits when they are made known, and somebody else does when they go', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store, { agents: { opus: { ...PROFILE, cost: 15 } } });
      const [id, , blocked] = await stage.ready(
        {},
        { state: 'succeeded', finishedAt: '2026-03-01T12:00:00.000Z' },
        { difficulty: 'high', state: 'blocked', chosenUntil: null },
      );
      assert.equal(await selectAnew(stage.ports), 2);
      const chosen = async (task = id) => (await findTask(store.db, task as string))?.chosenAgent;
      assert.deepEqual([await chosen(), await chosen(blocked)], ['opus', 'opus']);
      assert.equal((await findTask(store.db, blocked as string))?.state, 'queued');
      await putAgent(stage.ports, 'glm', { ...PROFILE, capabilities: ['low', 'medium', 'high'] });
      assert.equal(await chosen(), 'glm');
      assert.match((await findTask(store.db, id as string))?.chosenBecause ?? '', /glm/);
      await removeAgent(stage.ports, 'glm');
      assert.equal(await chosen(), 'opus');
      assert.equal(await selectAnew(stage.ports), 0, 'the same agents change nothing');
    }));
});
