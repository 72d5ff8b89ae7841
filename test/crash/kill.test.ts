import { setTimeout as delay } from 'node:timers/promises';
import { after, describe, test, type TestContext } from 'node:test';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, HUB_TOKEN } from '../hub-process.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { followLongPoll, followSse } from '../stream-followers.ts';
import { waitUntil } from '../wait-until.ts';
import { assertNothingLost } from './nothing-lost.ts';

/** Rounds per store; each kills the hub at least once. */
const ROUNDS = Number(process.env['FETTLE_CRASH_ROUNDS'] ?? 3);
const SEED = Number(process.env['FETTLE_CRASH_SEED'] ?? Date.now() % 2 ** 31);

/** When in a round the hub is killed, and how long after that moment at most. */
const MOMENTS = [
  { moment: 'under load', longestMs: 1_000 },
  { moment: 'while starting', longestMs: 2_000 },
  { moment: 'while recovering', longestMs: 1_000 },
] as const;
const ANSWERS_PER_ROUND = 40;

describe('a hub killed at random moments under load', () => {
  let server: PostgresServer | undefined;
  after(() => server?.close());

  test('loses and doubles nothing with the embedded database', (t) => runRounds(t, null));

  test('loses and doubles nothing with PostgreSQL', async (t) => {
    server = await startPostgres();
    await runRounds(t, await server.createDatabase());
  });
});

async function runRounds(t: TestContext, databaseUrl: string | null): Promise<void> {
  t.diagnostic(`${ROUNDS} rounds; FETTLE_CRASH_SEED=${SEED} repeats the moments`);
  const random = createSeededRandom(SEED);
  // A small activity file, so that it is rotated while being killed.
  const environment = { FETTLE_ACTIVITY_MAX_SIZE: '100kB' };
  const hub = await createHubProcess(t, { databaseUrl, environment });
  const load = createDeliveryLoad({
    urls: [`${hub.url}/webhook/gitea`],
    secret: HUB_SECRET,
    deliveries: createDeliveryMaker(random),
  });
  const followers = [followSse, followLongPoll].map((follow) => follow({ urls: [hub.url], token: HUB_TOKEN }));
  t.after(() => Promise.all([load.stop(), ...followers.map((follower) => follower.stop())]));
  load.start();

  // The very first start creates the database.
  hub.launch();
  await delay(random.between(0, 3_000));
  await hub.kill();
  await hub.start();

  let slowestMs = 0;
  let kills = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { moment, longestMs } = random.pick(MOMENTS);
    if (moment !== 'under load') {
      await hub.kill();
      kills += 1;
      hub.launch();
      if (moment === 'while recovering') await hub.whenAccepting();
    }
    await delay(random.between(0, longestMs));
    await hub.kill();
    kills += 1;

    const startedAtMs = performance.now();
    const answered = load.answeredCount();
    const given = followers.map(({ seqs }) => seqs.length);
    await hub.start();
    await waitUntil(
      () => followers.every(({ seqs }, index) => seqs.length > (given[index] ?? 0)),
      'the stream goes on',
    );
    slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    await waitUntil(() => load.answeredCount() >= answered + ANSWERS_PER_ROUND, 'deliveries are accepted again');
  }

  await load.stop();
  const figures = await assertNothingLost({ load, followers, hub });
  const connections = followers.map((follower) => follower.connections());
  t.diagnostic(JSON.stringify({ rounds: ROUNDS, kills, ...figures, connections, slowestMs: Math.round(slowestMs) }));
}
