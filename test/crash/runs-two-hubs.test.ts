import { test } from 'node:test';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET } from '../hub-process.ts';
import { startPostgres } from '../postgres-server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { waitUntil } from '../wait-until.ts';
import { assertEffectsOnce } from './effects-once.ts';
import { startOutside } from './outside.ts';

/** Each round kills one of the hubs in the middle of an effect, while the other goes on. */
const ROUNDS = Number(process.env['FETTLE_CRASH_ROUNDS'] ?? 3);
const ANSWERS_BETWEEN = 15;

test('two hubs on one PostgreSQL share runs: each effect is made once, and the order within a key is kept', async (t) => {
  const server = await startPostgres();
  t.after(() => server.close());
  const databaseUrl = await server.createDatabase();
  const outside = await startOutside(t);
  const hubs = await Promise.all(
    [1, 2].map(() => createHubProcess(t, { databaseUrl, environment: outside.environment })),
  );
  const loads = hubs.map((hub, index) =>
    createDeliveryLoad({
      urls: [`${hub.url}/webhook/gitea`],
      secret: HUB_SECRET,
      deliveries: createDeliveryMaker(createSeededRandom(index), { firstNumber: 1 + index * 1_000_000 }),
      forges: 1,
      pauseMs: 40,
    }),
  );
  t.after(() => Promise.all(loads.map((load) => load.stop())));
  await Promise.all(hubs.map((hub) => hub.start()));
  for (const load of loads) load.start();

  for (let round = 0; round < ROUNDS; round += 1) {
    const hub = hubs[round % hubs.length];
    const answered = loads.map((load) => load.answeredCount() + ANSWERS_BETWEEN);
    await waitUntil(() => loads.every((load, index) => load.answeredCount() >= (answered[index] ?? 0)), 'both accept');
    const struck = Promise.withResolvers<void>();
    outside.ambush = () => {
      outside.ambush = undefined;
      return {
        when: 'made',
        // The effect may be that of the other hub, whose request then breaks off.
        async strike() {
          await hub?.kill();
          struck.resolve();
        },
      };
    };
    await struck.promise;
    await hub?.start();
  }
  await Promise.all(loads.map((load) => load.stop()));
  const [hub] = hubs;
  if (hub === undefined) return;
  const figures = await assertEffectsOnce({ loads, hub, outside });
  t.diagnostic(JSON.stringify({ rounds: ROUNDS, ...figures }));
});
