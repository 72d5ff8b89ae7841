import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, describe, test, type TestContext } from 'node:test';
import type { TaskDetails, TaskSummary } from '../../src/tasks/shapes.ts';
import { withStoreAt } from '../databases.ts';
import type { FakeForge } from '../fake-forge/contract.ts';
import { startFakeForge } from '../fake-forge/start.ts';
import { createWorld, type World } from '../fake-forge/world.ts';
import { createHubProcess, HUB_SECRET, type HubProcess } from '../hub-process.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { waitUntil } from '../wait-until.ts';
import { type PatientWebhooks, sendPatiently } from './patient-webhooks.ts';
import { assertTaskBooks } from './task-books.ts';
import { startTaskCrew, type TaskCrew } from './task-crew.ts';
import { DONE_LABEL, listTasks, writeTaskConfig } from './task-hub.ts';
import { BOTS, createTaskPeople, READER } from './task-people.ts';

/** Rounds per store; each kills the hub at least once. */
const ROUNDS = Number(process.env['FETTLE_CRASH_ROUNDS'] ?? 2);
const SEED = Number(process.env['FETTLE_CRASH_SEED'] ?? Date.now() % 2 ** 31);

/** When in a round the hub is killed. The last three are moments in which something is on its way. */
const MOMENTS = ['any', 'while recovering', 'an agent speaks', 'a webhook comes', 'the forge is told'] as const;
const LONGEST_MS = 1_000;
const LONGEST_AFTER_SENDING_MS = 12;
/** When nothing is on its way for so long, the hub is killed without it. */
const PATIENCE_MS = 3_000;
const ANSWERS_PER_ROUND = 15;
/** Deliveries on their way before people wait for the forge. */
const MOST_WAITING = 12;
const OVER = ['succeeded', 'failed', 'cancelled', 'dead'];

describe('a hub with tasks, killed at random moments while people and agents work', { concurrency: true }, () => {
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
  const forge = await startFakeForge(t, { kind: 'gitea', startMs: Date.now() });
  const world = createWorld(forge);
  for (const login of [...Object.values(BOTS), READER]) world.addPerson(login, 'read');
  const hub = await createHubProcess(t, { databaseUrl, environment: await writeTaskConfig(t, forge) });
  await hub.start();
  const target = { url: `${hub.url}/webhook/home`, secret: HUB_SECRET };
  const webhooks = sendPatiently(forge, target, createSeededRandom(SEED + 1));
  t.after(() => webhooks.stop());
  const people = createTaskPeople(world, createSeededRandom(SEED + 2), () => webhooks.waitingCount() > MOST_WAITING);
  t.after(() => people.stop());
  const crew = await startTaskCrew({ url: hub.url, seed: SEED + 3, openPull: (task) => openPull(world, task) });
  t.after(() => crew.abandon());
  people.start();

  let kills = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const moment = random.pick(MOMENTS);
    if (moment === 'any' || moment === 'while recovering') await delay(random.between(0, LONGEST_MS));
    else await killByAmbush({ hub, forge, webhooks, crew }, moment, random);
    await hub.kill();
    kills += 1;
    if (moment === 'while recovering') {
      hub.launch();
      await hub.whenAccepting();
      await delay(random.between(0, LONGEST_MS));
      await hub.kill();
      kills += 1;
    }
    const answered = crew.acts.length;
    await hub.start();
    await waitUntil(() => {
      crew.ensureWell();
      return crew.acts.length >= answered + ANSWERS_PER_ROUND;
    }, 'agents go on');
  }

  await people.stop();
  crew.settle();
  await settle({ hub, world, webhooks, crew });
  await crew.stop();
  await webhooks.stop();
  const { total } = (await hub.askJson('/api/v1/books')) as { total: Record<string, number | boolean> };
  const { received, effected, filtered, duplicate, dead, pending, balanced } = total;
  assert.deepEqual({ dead, pending, balanced }, { dead: 0, pending: 0, balanced: true }, 'the books balance');
  assert.equal(received, Number(effected) + Number(filtered) + Number(duplicate));
  assert.equal((await hub.stop()).code, 0);
  const figures = await withStoreAt({ dataDir: hub.dataDir, databaseUrl }, (store) =>
    assertTaskBooks({ store, subjects: world.repository.subjects, crew, webhooks, doneLabel: DONE_LABEL }),
  );
  t.diagnostic(JSON.stringify({ rounds: ROUNDS, kills, received, ...figures }));
}

async function openPull(world: World, { id, number, title }: TaskSummary): Promise<number> {
  const count = world.repository.subjects.length;
  const pull = await world.openPull('ada', { title, body: `Part of #${number}`, head: `${id}-${count}` });
  return pull.number;
}

interface Scene {
  readonly hub: HubProcess;
  readonly forge: FakeForge;
  readonly webhooks: PatientWebhooks;
  readonly crew: TaskCrew;
}

/** Kills the hub while one of the next requests of a kind is on its way, or when none comes. */
async function killByAmbush(
  { hub, forge, webhooks, crew }: Scene,
  moment: 'an agent speaks' | 'a webhook comes' | 'the forge is told',
  random: SeededRandom,
): Promise<void> {
  // New comments are few, and the ones that would be seen twice.
  const isAboutComments = random.pick([true, false]);
  let left = random.between(0, isAboutComments && moment === 'the forge is told' ? 1 : 8);
  const isDue = () => (left -= 1) < 0;
  const how = random.pick(['before', 'made', 'answered']);
  const struck = new Promise<void>((resolve) => {
    const strike = (afterMs: number) => {
      disarm();
      if (afterMs === 0) void hub.kill().then(resolve);
      else setTimeout(() => void hub.kill().then(resolve), afterMs);
    };
    const onSending = () => {
      if (isDue()) strike(random.between(1, LONGEST_AFTER_SENDING_MS));
    };
    if (moment === 'an agent speaks') crew.onSending = onSending;
    else if (moment === 'a webhook comes') webhooks.onSending = onSending;
    else
      forge.interfere = ({ method, path }) => {
        const isMeant = isAboutComments ? method === 'POST' && path.endsWith('/comments') : method !== 'GET';
        if (!isMeant || !isDue()) return undefined;
        strike(how === 'answered' ? random.between(1, LONGEST_AFTER_SENDING_MS) : 0);
        return how === 'answered' ? undefined : how === 'made' ? 'drop-after' : 'drop';
      };
  });
  const disarm = () => {
    crew.onSending = undefined;
    webhooks.onSending = undefined;
    forge.interfere = undefined;
  };
  await Promise.race([struck, delay(PATIENCE_MS)]);
  disarm();
}

/** Waits until every task is over and everything was told, with people who answer each question. */
async function settle({ hub, world, webhooks, crew }: Omit<Scene, 'forge'> & { readonly world: World }): Promise<void> {
  const answered = new Set<string>();
  const isOver = async () => {
    crew.ensureWell();
    await delay(50);
    const tasks = await listTasks(hub);
    for (const { id, number } of tasks.filter(({ state }) => state === 'needs_input')) {
      const { question } = (await hub.askJson(`/api/v1/tasks/${id}`)) as TaskDetails;
      const issue = world.repository.subjects.find((subject) => subject.number === number);
      if (question === null || issue === undefined || answered.has(question)) continue;
      answered.add(question);
      await world.comment('ada', issue, 'Do as you think best.');
    }
    return tasks.every(({ state }) => OVER.includes(state));
  };
  const isQuiet = async () => {
    await delay(50);
    if (webhooks.waitingCount() > 0) return false;
    const { runs } = (await hub.askJson('/api/v1/runs?state=queued,running,waiting&limit=1')) as { runs: unknown[] };
    const { total, exact } = (await hub.askJson('/api/v1/books')) as { total: { pending: number }; exact: boolean };
    return runs.length === 0 && exact && total.pending === 0;
  };
  await waitUntil(async () => webhooks.waitingCount() === 0 && (await isOver()), 'every task is over');
  await waitUntil(isQuiet, 'everything is worked');
  await waitUntil(async () => (await isOver()) && (await isQuiet()), 'nothing comes any more');
}
