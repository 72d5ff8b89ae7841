import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Claimed, HeartbeatAnswer, TaskDetails } from '../../src/tasks/shapes.ts';
import { createDatabaseContext } from '../databases.ts';
import { type HubUnderTest, startTestHub } from '../running-hub.ts';

const CONFIG = 'forges: { home: { kind: gitea } }\n';

async function ask<T extends object>(hub: HubUnderTest, path: string, body: object): Promise<Readonly<T>> {
  const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' };
  const { status, text } = await hub.post(path, JSON.stringify(body), headers);
  assert.equal(status, 200, text);
  return JSON.parse(text) as Readonly<T>;
}

describe('two hubs on one database', () => {
  const context = createDatabaseContext('postgres');

  test('a claim that waits at one is given what is opened at the other, and its holder may go on at either', async (t) => {
    const { databaseUrl } = await context.createPlace();
    const environment = { DATABASE_URL: databaseUrl ?? '' };
    const [one, other] = await Promise.all([
      startTestHub({ config: CONFIG, environment }),
      startTestHub({ config: CONFIG, environment }),
    ]);
    t.after(() => Promise.all([one.stop(), other.stop()]));

    const waiting = ask<Claimed>(one, '/api/v1/tasks/claim', { agent: 'mosaic', wait: 25 });
    const body = { forge: 'home', key: 'shared', title: 'Do it', body: 'Please.' };
    const { id } = await ask<TaskDetails>(other, '/api/v1/tasks', body);
    const { task, lease } = await waiting;
    assert.equal(task.id, id);
    const beat = () => ask<HeartbeatAnswer>(other, `/api/v1/tasks/${id}/heartbeat`, { lease: lease.token });
    assert.equal((await beat()).cancelRequested, false);
    await ask(one, `/api/v1/tasks/${id}/cancel`, { note: 'Not needed.' });
    assert.equal((await beat()).cancelRequested, true);
  });
});
