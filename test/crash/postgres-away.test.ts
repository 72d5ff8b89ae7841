import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { createDeliveryMaker, type DeliveryMakerOptions } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, HUB_TOKEN, type HubProcess, type HubProcessOptions } from '../hub-process.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { followLongPoll, followSse } from '../stream-followers.ts';
import { waitUntil } from '../wait-until.ts';
import { assertNothingLost } from './nothing-lost.ts';

/** Answered while the database is away. */
const ANSWERS_MEANWHILE = 100;
const LARGE_BODY_BYTES = 60_000;

interface Health {
  readonly status: string;
  readonly store: { readonly reachable: boolean };
  readonly inbox: { readonly entries: number; readonly accepting: boolean; readonly reason?: string };
}

describe('while PostgreSQL is away', () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres({ own: true });
  });
  after(() => server.close());

  test('deliveries are answered 200 and drained when it is back, however it went', async (t) => {
    const { hub, load, followers } = await createRun(t, { databaseUrl: await server.createDatabase() });
    await hub.start();
    const processId = hub.processId();
    load.start();
    for (const mode of ['fast', 'kill'] as const) {
      await waitUntil(async () => (await readHealth(hub)).status === 'ok', 'the hub is well');
      await waitForAnswers(load, 20);
      await server.stop(mode);
      await waitUntil(async () => (await readHealth(hub)).status === 'degraded', 'the hub knows');
      await waitForAnswers(load, ANSWERS_MEANWHILE);
      const health = await readHealth(hub);
      assert.equal(health.store.reachable, false);
      assert.ok(health.inbox.entries >= ANSWERS_MEANWHILE);
      assert.equal((await hub.ask('/health/ready')).status, 200);
      await server.start();
    }
    await load.stop();
    const figures = await assertNothingLost({ load, followers, hub });
    assert.equal(figures.refused + figures.broken, 0, 'every delivery was answered 200');
    assert.equal((await readHealth(hub)).status, 'ok');
    assert.equal(hub.processId(), processId, 'the hub was not restarted');
  });

  test('a hub that is started meanwhile accepts, and drains when it is back', async (t) => {
    const { hub, load, followers } = await createRun(t, { databaseUrl: await server.createDatabase() });
    await server.stop('fast');
    await hub.start();
    load.start();
    await waitForAnswers(load, ANSWERS_MEANWHILE);
    assert.equal((await hub.ask('/health/ready')).status, 200);
    const { status, store } = await readHealth(hub);
    assert.deepEqual([status, store.reachable], ['degraded', false]);
    // The inbox alone knows of them, and a killed hub has only that.
    await hub.kill();
    await hub.start();
    await server.start();
    await load.stop();
    await assertNothingLost({ load, followers, hub });
  });

  test('a full inbox answers 503 with a time to come back, and takes again when it is back', async (t) => {
    const environment = { FETTLE_INGEST_INBOX_LIMIT: '1MB' };
    const run = { databaseUrl: await server.createDatabase(), environment };
    const { hub, load, followers, deliveries } = await createRun(t, run, { paddingBytes: LARGE_BODY_BYTES });
    await hub.start();
    await waitUntil(async () => (await readHealth(hub)).status === 'ok', 'the hub is well');
    await server.stop('fast');
    load.start();
    await waitUntil(() => load.refusals().length > 0, 'the inbox is full');
    await load.stop();
    for (const refusal of load.refusals()) {
      assert.equal(refusal.code, 'inbox_full');
      assert.ok(Number(refusal.retryAfter) > 0, 'it says when to come back');
    }
    const { status, inbox } = await readHealth(hub);
    assert.deepEqual([status, inbox.accepting], ['degraded', false]);
    assert.match(inbox.reason ?? '', /inbox/);
    assert.equal((await hub.ask('/health/ready')).status, 503);

    await server.start();
    await waitUntil(async () => (await hub.ask('/health/ready')).status === 200, 'the inbox has room');
    assert.equal(await load.send(deliveries.fresh()), 200);
    await assertNothingLost({ load, followers, hub });
  });
});

async function createRun(t: TestContext, options: HubProcessOptions, making: DeliveryMakerOptions = {}) {
  const hub = await createHubProcess(t, options);
  const deliveries = createDeliveryMaker(createSeededRandom(3), making);
  const load = createDeliveryLoad({ urls: [`${hub.url}/webhook/gitea`], secret: HUB_SECRET, deliveries });
  const followers = [followSse, followLongPoll].map((follow) => follow({ urls: [hub.url], token: HUB_TOKEN }));
  t.after(() => Promise.all([load.stop(), ...followers.map((follower) => follower.stop())]));
  return { hub, deliveries, load, followers };
}

async function waitForAnswers(load: { answeredCount(): number }, more: number): Promise<void> {
  const wanted = load.answeredCount() + more;
  await waitUntil(() => load.answeredCount() >= wanted, `${more} more deliveries are answered 200`);
}

async function readHealth(hub: HubProcess): Promise<Health> {
  return (await hub.askJson('/health')) as Health;
}
