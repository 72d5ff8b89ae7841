import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachDatabase } from '../databases.ts';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET } from '../hub-process.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { waitUntil } from '../wait-until.ts';
import { assertEffectsOnce, listAllRuns, waitForRuns } from './effects-once.ts';
import { waitUntilDrained } from './nothing-lost.ts';
import { startOutside } from './outside.ts';

const ANSWERS = 30;

forEachDatabase('a hub with rules, stopped in order', ({ createPlace }) => {
  test('finishes what is under way or hands it back, and makes each effect once', async (t) => {
    const outside = await startOutside(t);
    const hub = await createHubProcess(t, { ...(await createPlace()), environment: outside.environment });
    const deliveries = createDeliveryMaker(createSeededRandom(1));
    const url = `${hub.url}/webhook/gitea` as const;
    const load = createDeliveryLoad({ urls: [url], secret: HUB_SECRET, deliveries, forges: 2, pauseMs: 40 });
    t.after(() => load.stop());
    await hub.start();
    load.start();
    await waitUntil(() => load.answeredCount() >= ANSWERS, 'the hub is busy');

    // The first is answered while the hub stops, the second after it is gone.
    const [slow, tooSlow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const gates = [slow, tooSlow];
    const met: string[] = [];
    outside.ambush = ({ kind, key }) => {
      const gate = kind === 'told' ? gates.shift() : undefined;
      if (gate === undefined) return undefined;
      met.push(key);
      return { when: 'answered', prepare: () => gate.promise, strike: () => undefined };
    };
    await waitUntil(() => met.length === 2, 'two effects are under way');
    const stopped = hub.stop();
    const notListening = async () => (await hub.ask('/health').catch(() => undefined)) === undefined;
    await waitUntil(notListening, 'the hub takes no more requests');
    slow.resolve();
    assert.deepEqual(await stopped, { code: 0, signal: null }, hub.output());
    tooSlow.resolve();

    await load.stop();
    await hub.start();
    await assertEffectsOnce({ loads: [load], hub, outside });
    const runs = await listAllRuns(hub);
    const attempts = met.map((id) => runs.find((run) => run.id === id)?.attempt);
    assert.deepEqual(attempts, [1, 2], 'one was finished, the other handed back');
  });
});

forEachDatabase('a run that was cancelled', ({ createPlace }) => {
  test('makes no effect after a crash, neither between attempts nor in the middle of one', async (t) => {
    const outside = await startOutside(t, ['told']);
    const hub = await createHubProcess(t, { ...(await createPlace()), environment: outside.environment });
    const deliveries = createDeliveryMaker(createSeededRandom(1));
    const load = createDeliveryLoad({ urls: [`${hub.url}/webhook/gitea`], secret: HUB_SECRET, deliveries });
    t.after(() => load.stop());
    await hub.start();

    // One attempt fails, and one never ends.
    const never = new Promise<void>(() => undefined);
    const ends = [
      { when: 'refused', strike: () => undefined },
      { when: 'answered', prepare: () => never, strike: () => undefined },
    ] as const;
    let dueAtMs = 0;
    for (const [index, state] of (['failed', 'running'] as const).entries()) {
      const seen = new Set<string>();
      outside.ambush = ({ key }) => {
        if (seen.has(key)) return undefined;
        seen.add(key);
        return ends[index];
      };
      await load.send(deliveries.fresh('push'));
      await waitUntil(() => seen.size === 1, 'the effect is asked for');
      const [run] = await waitForRuns(hub, `&state=${state}`, 1);
      dueAtMs = Math.max(dueAtMs, Date.parse(run?.nextAt ?? '') || 0);
      assert.equal((await hub.ask(`/api/v1/runs/${run?.id}/cancel`, { method: 'POST' })).status, 200);
    }
    outside.ambush = undefined;
    await hub.kill();
    await hub.start();
    await waitUntil(() => Date.now() > dueAtMs, 'the next attempt would have been due');
    await load.send(deliveries.fresh('push'));
    const books = await waitUntilDrained(hub);

    assert.deepEqual(
      (await listAllRuns(hub)).map(({ state }) => state),
      ['cancelled', 'cancelled', 'succeeded'],
    );
    const ids = outside.receiver.requests.map(({ headers }) => headers['webhook-id']);
    assert.deepEqual([ids.length, new Set(ids).size], [3, 3], 'each run was told once');
    assert.deepEqual([books.effected, books.filtered, books.balanced], [1, 2, true]);
  });
});
