import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, describe, test, type TestContext } from 'node:test';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET, type HubProcess } from '../hub-process.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { waitUntil } from '../wait-until.ts';
import { assertEffectsOnce } from './effects-once.ts';
import { assertNothingLost } from './nothing-lost.ts';
import { type Ambush, type Outside, startOutside } from './outside.ts';

/** Rounds per store; each kills the hub at least once. */
const ROUNDS = Number(process.env['FETTLE_CRASH_ROUNDS'] ?? 3);
const SEED = Number(process.env['FETTLE_CRASH_SEED'] ?? Date.now() % 2 ** 31);

/** When in a round the hub is killed. The last three are decided by whoever is acted upon. */
const MOMENTS = ['any', 'while recovering', 'before', 'made', 'answered'] as const;
const LONGEST_MS = 1_000;
/** Between an answer and the moment its outcome is on record there are a few milliseconds. */
const LONGEST_AFTER_ANSWER_MS = 8;
const ANSWERS_PER_ROUND = 20;

describe('a hub with rules, killed at random moments under load', () => {
  let server: PostgresServer | undefined;
  after(() => server?.close());

  test('makes each effect once with the embedded database', (t) => runRounds(t, null));

  test('makes each effect once with PostgreSQL', async (t) => {
    server = await startPostgres();
    await runRounds(t, await server.createDatabase());
  });
});

async function runRounds(t: TestContext, databaseUrl: string | null): Promise<void> {
  t.diagnostic(`${ROUNDS} rounds; FETTLE_CRASH_SEED=${SEED} repeats the moments`);
  const random = createSeededRandom(SEED);
  const outside = await startOutside(t);
  const hub = await createHubProcess(t, { databaseUrl, environment: outside.environment });
  const load = createDeliveryLoad({
    urls: [`${hub.url}/webhook/gitea`],
    secret: HUB_SECRET,
    deliveries: createDeliveryMaker(random),
    forges: 2,
    pauseMs: 40,
  });
  t.after(() => load.stop());
  await hub.start();
  load.start();

  let kills = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const moment = random.pick(MOMENTS);
    if (moment === 'any' || moment === 'while recovering') {
      await delay(random.between(0, LONGEST_MS));
    } else {
      await killByAmbush(hub, outside, moment, random);
    }
    await hub.kill();
    kills += 1;
    if (moment === 'while recovering') {
      hub.launch();
      await hub.whenAccepting();
      await delay(random.between(0, LONGEST_MS));
      await hub.kill();
      kills += 1;
    }
    const answered = load.answeredCount();
    await hub.start();
    await waitUntil(() => load.answeredCount() >= answered + ANSWERS_PER_ROUND, 'deliveries are accepted again');
  }

  await load.stop();
  const figures = await assertEffectsOnce({ loads: [load], hub, outside });
  const { answered, duplicates } = await assertNothingLost({
    load,
    followers: [],
    hub,
    hasRuns: ({ yields }) => yields.includes('push') || yields.includes('issue.opened'),
  });
  assert.ok(figures.digestMessages > 0);
  t.diagnostic(JSON.stringify({ rounds: ROUNDS, kills, answered, duplicates, ...figures }));
}

/** Lets the next effect of any kind, or the one after, kill the hub. */
async function killByAmbush(
  hub: HubProcess,
  outside: Outside,
  when: Ambush['when'],
  random: SeededRandom,
): Promise<void> {
  let left = random.between(0, 10);
  const struck = new Promise<void>((resolve) => {
    outside.ambush = () => {
      left -= 1;
      if (left >= 0) return undefined;
      outside.ambush = undefined;
      return {
        when,
        async strike() {
          if (when === 'answered') await delay(random.between(0, LONGEST_AFTER_ANSWER_MS));
          await hub.kill();
          resolve();
        },
      };
    };
  });
  await struck;
}
