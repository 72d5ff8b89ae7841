import assert from 'node:assert/strict';
import { after, describe, test, type TestContext } from 'node:test';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, HUB_TOKEN } from '../hub-process.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { followLongPoll, followSse } from '../stream-followers.ts';
import { waitUntil } from '../wait-until.ts';
import { assertNothingLost } from './nothing-lost.ts';

const ANSWERS = 50;

describe('a hub stopped in order under load', () => {
  let server: PostgresServer | undefined;
  after(() => server?.close());

  test('ends by itself and loses nothing with the embedded database', (t) => stopUnderLoad(t, null));

  test('ends by itself and loses nothing with PostgreSQL', async (t) => {
    server = await startPostgres();
    await stopUnderLoad(t, await server.createDatabase());
  });
});

async function stopUnderLoad(t: TestContext, databaseUrl: string | null): Promise<void> {
  const hub = await createHubProcess(t, { databaseUrl });
  const load = createDeliveryLoad({
    urls: [`${hub.url}/webhook/gitea`],
    secret: HUB_SECRET,
    deliveries: createDeliveryMaker(createSeededRandom(2)),
  });
  const followers = [followSse, followLongPoll].map((follow) => follow({ urls: [hub.url], token: HUB_TOKEN }));
  t.after(() => Promise.all([load.stop(), ...followers.map((follower) => follower.stop())]));
  load.start();

  await hub.start();
  await waitUntil(
    () => load.answeredCount() >= ANSWERS && followers.every(({ seqs }) => seqs.length > 0),
    'all is busy',
  );
  const stoppingAtMs = performance.now();
  assert.deepEqual(await hub.stop(), { code: 0, signal: null }, hub.output());
  t.diagnostic(`it ended after ${Math.round(performance.now() - stoppingAtMs)} ms`);

  await load.stop();
  await hub.start();
  await assertNothingLost({ load, followers, hub });
}
