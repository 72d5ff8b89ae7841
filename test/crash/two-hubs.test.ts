import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, HUB_TOKEN } from '../hub-process.ts';
import { startPostgres } from '../postgres-server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { followLongPoll, followSse } from '../stream-followers.ts';
import { waitUntil } from '../wait-until.ts';
import { assertNothingLost } from './nothing-lost.ts';

/** How often the clients change from one hub to the other. */
const CHANGES = 12;
const EVENTS_BETWEEN = 10;
const SENT_TO_BOTH = 30;

test('of two hubs on one PostgreSQL, clients that change between them miss nothing, and a delivery sent to both counts once', async (t) => {
  const server = await startPostgres();
  t.after(() => server.close());
  const databaseUrl = await server.createDatabase();
  const first = await createHubProcess(t, { databaseUrl });
  const second = await createHubProcess(t, { databaseUrl });
  const webhooks = [`${first.url}/webhook/gitea`, `${second.url}/webhook/gitea`] as const;
  const deliveries = createDeliveryMaker(createSeededRandom(6));
  const load = createDeliveryLoad({ urls: webhooks, secret: HUB_SECRET, deliveries });
  const followers = [followSse, followLongPoll].map((follow) =>
    follow({ urls: [first.url, second.url], token: HUB_TOKEN }),
  );
  t.after(() => Promise.all([load.stop(), ...followers.map((follower) => follower.stop())]));

  // Both find an empty database, and migrate it at the same time.
  await Promise.all([first.start(), second.start()]);
  load.start();
  for (let change = 0; change < CHANGES; change += 1) {
    const given = followers.map(({ seqs }) => seqs.length + EVENTS_BETWEEN);
    await waitUntil(() => followers.every(({ seqs }, index) => seqs.length >= (given[index] ?? 0)), 'events come');
    for (const follower of followers) follower.moveOn();
    if (change === CHANGES / 2) {
      await first.kill();
      await delay(100);
      await first.start();
    }
  }
  await load.stop();

  const both = Array.from({ length: SENT_TO_BOTH }, () => deliveries.fresh());
  await Promise.all(both.flatMap((delivery) => webhooks.map((url) => load.send(delivery, url))));
  for (const { deliveryId } of both) assert.equal(load.sent.get(deliveryId)?.answered.length, 2);

  const figures = await assertNothingLost({ load, followers, hub: first, hubs: [first, second] });
  assert.ok(figures.duplicates >= SENT_TO_BOTH);
  for (const follower of followers) assert.ok(follower.connections() >= CHANGES);
});
