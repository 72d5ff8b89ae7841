import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { join } from 'node:path';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, HUB_TOKEN } from '../hub-process.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createSmallDisk, findSmallDiskObstacle } from '../small-disk.ts';
import { followLongPoll, followSse } from '../stream-followers.ts';
import { waitUntil } from '../wait-until.ts';
import { assertNothingLost } from './nothing-lost.ts';

const obstacle = findSmallDiskObstacle();
const MEGABYTE = 1_000_000;
const DISK_BYTES = 160 * MEGABYTE;
const BODY_BYTES = 100_000;

interface Health {
  readonly status: string;
  readonly inbox: { readonly accepting: boolean; readonly reason?: string };
}

describe('on a full disk', () => {
  test('deliveries are answered 503 before it is full, and 200 again once there is space', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const { hub, disk, load, deliveries, followers } = await createRun(t, '8MB');
    await hub.start();
    await waitUntil(async () => ((await hub.askJson('/health')) as Health).status === 'ok', 'the hub is well');
    const processId = hub.processId();
    for (let sent = 0; sent < 3; sent += 1) assert.equal(await load.send(deliveries.fresh()), 200);

    await disk.fill(12 * MEGABYTE);
    load.start();
    await waitUntil(() => load.refusals().length > 0, 'the disk is full');
    await load.stop();
    for (const { code, retryAfter } of load.refusals()) {
      assert.equal(code, 'inbox_full');
      assert.ok(Number(retryAfter) > 0, 'it says when to come back');
    }
    const health = (await hub.askJson('/health')) as Health;
    assert.deepEqual([health.status, health.inbox.accepting], ['degraded', false]);
    assert.match(health.inbox.reason ?? '', /disk/);
    const ready = await hub.ask('/health/ready');
    assert.equal(ready.status, 503);
    assert.match(ready.text, /disk/);

    await disk.free();
    await waitUntil(async () => (await hub.ask('/health/ready')).status === 200, 'the freed space is noticed');
    for (let sent = 0; sent < 3; sent += 1) assert.equal(await load.send(deliveries.fresh()), 200);
    await assertNothingLost({ load, followers, hub });
    assert.equal(hub.processId(), processId, 'the hub was not restarted');
  });

  test('even without a reserve the hub lives, loses nothing and recovers by itself', async (t) => {
    if (obstacle !== undefined) return t.skip(obstacle);
    const { hub, disk, load, deliveries, followers } = await createRun(t, '0B');
    await hub.start();
    await waitUntil(async () => ((await hub.askJson('/health')) as Health).status === 'ok', 'the hub is well');
    const processId = hub.processId();
    load.start();
    await waitUntil(() => load.answeredCount() > 10, 'deliveries are accepted');
    // The database and the activity file find no space either.
    await disk.fill(0);
    await waitUntil(() => load.refusals().length > 10 || !hub.isRunning(), 'the disk is full');
    await disk.free();
    const answered = load.answeredCount();
    await waitUntil(() => load.answeredCount() > answered + 10, 'deliveries are accepted again');
    await load.stop();
    assert.equal(await load.send(deliveries.fresh()), 200);
    await assertNothingLost({ load, followers, hub });
    assert.equal(hub.processId(), processId, 'the hub was not restarted');
    // There LMDB's binding spoils the memory of the process, which must never come to that.
    assert.doesNotMatch(hub.output(), /Write error/);
  });
});

async function createRun(t: TestContext, reserve: string) {
  const disk = await createSmallDisk(t, DISK_BYTES);
  const environment = { FETTLE_INGEST_DISK_RESERVE: reserve, FETTLE_INGEST_INBOX_LIMIT: '1GB' };
  const hub = await createHubProcess(t, { dataDir: join(disk.path, 'data'), environment });
  const deliveries = createDeliveryMaker(createSeededRandom(4), { paddingBytes: BODY_BYTES });
  const load = createDeliveryLoad({ urls: [`${hub.url}/webhook/gitea`], secret: HUB_SECRET, deliveries, forges: 4 });
  const followers = [followSse, followLongPoll].map((follow) => follow({ urls: [hub.url], token: HUB_TOKEN }));
  t.after(() => Promise.all([load.stop(), ...followers.map((follower) => follower.stop())]));
  return { disk, hub, deliveries, load, followers };
}
