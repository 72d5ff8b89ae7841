import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachDatabase } from '../databases.ts';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, type HubProcess } from '../hub-process.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { listAllRuns, type ListedRun, waitForRuns } from './effects-once.ts';
import { waitUntilDrained } from './nothing-lost.ts';
import { type Ambush, startOutside } from './outside.ts';

/** Whether the chat got the message makes no difference to what the hub can know. */
const MOMENTS: readonly Ambush['when'][] = ['before', 'made'];

forEachDatabase('a hub killed in the middle of an effect that nobody recognises', ({ createPlace }) => {
  test('never makes it again by itself, lets a person decide, and goes on with others', async (t) => {
    const outside = await startOutside(t, ['unknowable']);
    const hub = await createHubProcess(t, { ...(await createPlace()), environment: outside.environment });
    const deliveries = createDeliveryMaker(createSeededRandom(1));
    const load = createDeliveryLoad({ urls: [`${hub.url}/webhook/gitea`], secret: HUB_SECRET, deliveries });
    t.after(() => load.stop());
    await hub.start();

    for (const when of MOMENTS) {
      const struck = Promise.withResolvers<void>();
      outside.ambush = () => {
        outside.ambush = undefined;
        return {
          when,
          async strike() {
            await hub.kill();
            struck.resolve();
          },
        };
      };
      await load.send(deliveries.fresh('push'));
      await struck.promise;
      await hub.start();
    }
    const unknown = await waitForUnknown(hub, MOMENTS.length);
    for (const { reason } of unknown) assert.match(reason ?? '', /not known whether the effect was made/);
    assert.equal(outside.chat.requests.length, MOMENTS.length);

    // A stop in order and another start change nothing; what comes later is not held up.
    await hub.stop();
    await hub.start();
    await load.send(deliveries.fresh('push'));
    await waitForRuns(hub, '&state=succeeded', 1);
    assert.equal(outside.chat.requests.length, MOMENTS.length + 1);
    assert.deepEqual(await waitForUnknown(hub, MOMENTS.length), unknown);

    const [sendAgain, leave] = unknown.map(({ id }) => id);
    assert.equal((await hub.ask(`/api/v1/runs/${sendAgain}/redrive`, { method: 'POST' })).status, 200);
    assert.equal((await hub.ask(`/api/v1/runs/${leave}/cancel`, { method: 'POST' })).status, 200);
    const books = await waitUntilDrained(hub);
    assert.equal(outside.chat.requests.length, MOMENTS.length + 2);
    const states = (await listAllRuns(hub)).map(({ state }) => state);
    assert.deepEqual(states, ['succeeded', 'cancelled', 'succeeded']);
    const { received, effected, filtered, balanced } = books;
    assert.deepEqual(
      { received, effected, filtered, balanced },
      { received: 3, effected: 2, filtered: 1, balanced: true },
    );
  });
});

async function waitForUnknown(hub: HubProcess, count: number): Promise<ListedRun[]> {
  const found = await waitForRuns(hub, '&state=waiting', count);
  for (const { code } of found) assert.equal(code, 'outcome_unknown');
  return found;
}
