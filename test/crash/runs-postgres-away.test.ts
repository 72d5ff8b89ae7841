import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET } from '../hub-process.ts';
import { startPostgres } from '../postgres-server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { waitUntil } from '../wait-until.ts';
import { assertEffectsOnce } from './effects-once.ts';
import { startOutside } from './outside.ts';

const ANSWERS_BETWEEN = 30;

test('while PostgreSQL is away runs wait, and each effect is made once when it is back, however it went', async (t) => {
  const server = await startPostgres({ own: true });
  t.after(() => server.close());
  const outside = await startOutside(t);
  const hub = await createHubProcess(t, {
    databaseUrl: await server.createDatabase(),
    environment: outside.environment,
  });
  const deliveries = createDeliveryMaker(createSeededRandom(3));
  const url = `${hub.url}/webhook/gitea` as const;
  const load = createDeliveryLoad({ urls: [url], secret: HUB_SECRET, deliveries, forges: 2, pauseMs: 40 });
  t.after(() => load.stop());
  await hub.start();
  const processId = hub.processId();
  load.start();
  const waitForAnswers = async () => {
    const wanted = load.answeredCount() + ANSWERS_BETWEEN;
    await waitUntil(() => load.answeredCount() >= wanted, 'more deliveries are answered');
  };

  for (const mode of ['fast', 'kill', 'kill'] as const) {
    await waitForAnswers();
    // In the middle of an effect, whose end cannot be recorded.
    const away = Promise.withResolvers<void>();
    outside.ambush = () => {
      outside.ambush = undefined;
      return { when: 'answered', prepare: () => server.stop(mode).then(away.resolve), strike: () => undefined };
    };
    await away.promise;
    await waitForAnswers();
    await server.start();
  }
  await load.stop();
  const figures = await assertEffectsOnce({ loads: [load], hub, outside });
  t.diagnostic(JSON.stringify(figures));
  assert.equal(figures.repeatedRequests, 0, 'what was answered meanwhile is recorded, not asked for again');
  assert.equal(hub.processId(), processId, 'the hub was not restarted');
});
