import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDeliveryMaker, toSignedHeaders } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, type HubProcess } from '../hub-process.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { findFaultObstacle, withFaultyCalls } from '../system-faults.ts';
import { assertNothingLost } from './nothing-lost.ts';

/**
 * What LMDB does for one commit: it writes the pages, waits for `fdatasync`, then writes the meta page through a descriptor
 * opened with O_DSYNC, so that `pwrite64` itself waits. The answer must wait for both.
 */
const WAITS = ['fdatasync', 'pwrite64'] as const;
/** A failing disk for each. Writing fails by taking nothing: on an error LMDB's binding spoils the memory of the process. */
const FAILURES = [
  ['fdatasync', 'error=EIO'],
  ['pwrite64', 'retval=0'],
] as const;
const DELAY_MS = 700;
const SEQUENTIAL_ACCEPTS = 25;

const obstacle = findFaultObstacle();
/** Nothing but the inbox writes while the database is away. */
const ABSENT_DATABASE = 'postgresql://nobody@127.0.0.1:1/nothing';

test('the answer 200 waits for the disk', async (t) => {
  if (obstacle !== undefined) return t.skip(obstacle);
  const hub = await createHubProcess(t, { databaseUrl: ABSENT_DATABASE });
  await hub.start();

  for (const calls of WAITS) {
    await t.test(`a delayed ${calls} of the inbox delays the answer`, async () => {
      const fault = { ...toInboxCalls(hub, calls), fault: `delay_enter=${DELAY_MS * 1_000}` };
      const { result } = await withFaultyCalls(fault, async () => {
        const startedAtMs = performance.now();
        const answer = await sendOne(hub);
        return { answer, waitedMs: performance.now() - startedAtMs };
      });
      assert.equal(result.answer.status, 200, result.answer.text);
      assert.ok(result.waitedMs >= DELAY_MS, `it was answered after ${result.waitedMs} ms`);
    });
  }

  await t.test('each of several deliveries, one after the other, has a sync of its own', async () => {
    const { result, count } = await withFaultyCalls({ ...toInboxCalls(hub, 'fdatasync'), fault: null }, async () => {
      const statuses: number[] = [];
      while (statuses.length < SEQUENTIAL_ACCEPTS) statuses.push((await sendOne(hub)).status);
      return statuses;
    });
    assert.deepEqual(result, Array(SEQUENTIAL_ACCEPTS).fill(200));
    assert.ok(count >= SEQUENTIAL_ACCEPTS, `${count} syncs for ${SEQUENTIAL_ACCEPTS} deliveries`);
  });
});

test('what the disk does not take is answered 503, and the hub recovers by itself', async (t) => {
  if (obstacle !== undefined) return t.skip(obstacle);
  const hub = await createHubProcess(t);
  await hub.start();
  const processId = hub.processId();
  const deliveries = createDeliveryMaker(createSeededRandom(1));
  const load = createDeliveryLoad({ urls: [`${hub.url}/webhook/gitea`], secret: HUB_SECRET, deliveries });
  t.after(() => load.stop());

  for (const [calls, fault] of FAILURES) {
    await t.test(`while ${calls} of the inbox fails, and after it`, async () => {
      assert.equal(await load.send(deliveries.fresh()), 200);
      await withFaultyCalls({ ...toInboxCalls(hub, calls), fault }, async () => {
        for (let sent = 0; sent < 3; sent += 1) assert.equal(await load.send(deliveries.fresh()), 503);
        const answer = await sendOne(hub);
        assert.equal(answer.status, 503, answer.text);
        assert.match(String(answer.headers['retry-after']), /^\d+$/);
        assert.equal((JSON.parse(answer.text) as { code: string }).code, 'inbox_unavailable');
      });
      for (let sent = 0; sent < 5; sent += 1) assert.equal(await load.send(deliveries.fresh()), 200);
    });
  }

  await assertNothingLost({ load, followers: [], hub });
  assert.equal(hub.processId(), processId);
});

function toInboxCalls(hub: HubProcess, calls: string) {
  return { processId: hub.processId(), path: join(hub.dataDir, 'inbox.mdb'), calls };
}

let made = 0;
async function sendOne(hub: HubProcess) {
  made += 1;
  const delivery = createDeliveryMaker(createSeededRandom(made)).fresh('push', `Push ${made}`);
  const headers = toSignedHeaders(delivery, HUB_SECRET);
  return await hub.ask('/webhook/gitea', { method: 'POST', headers, body: delivery.change.body });
}
