import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import { bearer, createHttpHub } from '../../../test/http-hub.ts';
import { insertRulePause } from '../../store/rule-pauses.ts';

describe('the routes of paused rules', () => {
  const { withStore } = createDatabaseContext('embedded');

  test('list pauses, and end those of one rule', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const pausedAt = '2026-03-01T12:00:00.000Z';
      for (const scope of ['home/dataforge/app#1', 'home/dataforge/app#2'])
        await insertRulePause(db, { rule: 'answers', scope, reason: 'Too often.', pausedAt });
      await insertRulePause(db, { rule: 'labels', scope: 'home/dataforge/app#1', reason: 'Too often.', pausedAt });
      const list = async () => {
        const response = await app.inject({ method: 'GET', url: '/api/v1/rules/pauses', headers: bearer() });
        return response.json().pauses.map(({ rule }: { rule: string }) => rule);
      };
      assert.deepEqual(await list(), ['answers', 'answers', 'labels']);
      const resume = (rule: string) =>
        app.inject({ method: 'POST', url: '/api/v1/rules/resume', headers: bearer(), payload: { rule } });
      assert.deepEqual((await resume('answers')).json(), { resumed: 2 });
      assert.deepEqual(await list(), ['labels']);
      assert.equal((await resume('answers')).statusCode, 404);
    }));
});
