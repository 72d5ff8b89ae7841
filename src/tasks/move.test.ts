import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { createDeskStage } from '../../test/task-desk.ts';
import { CHOSEN } from '../../test/task-machine.ts';
import { moveTask } from './move.ts';

forEachDatabase('moves of tasks', ({ withStore }) => {
  it('makes room for the first event of a week, although moves without events came before', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const { ports } = stage;
      const [id = ''] = await stage.ready({});
      const quiet = await moveTask(ports, id, { kind: 'select', selection: CHOSEN });
      assert.deepEqual([quiet.task.chosenAgent, quiet.events], ['glm', []]);
      await moveTask(ports, id, { kind: 'cancel', by: 'bob', note: null });
      const events = await store.db.selectFrom('events').select('type').execute();
      assert.deepEqual(
        events.map(({ type }) => type),
        ['task.cancelled'],
      );
    }));

  it('makes room again when a week later moves without events come first', () =>
    withStore(async (store) => {
      const stage = createDeskStage(store);
      const { ports } = stage;
      const [first = '', second = ''] = await stage.ready({}, {});
      await moveTask(ports, first, { kind: 'cancel', by: 'bob', note: null });
      stage.pass(8 * 86_400_000);
      await moveTask(ports, second, { kind: 'select', selection: CHOSEN });
      await moveTask(ports, second, { kind: 'cancel', by: 'bob', note: null });
      const events = await store.db.selectFrom('events').select('type').execute();
      assert.equal(events.length, 2);
    }));
});
