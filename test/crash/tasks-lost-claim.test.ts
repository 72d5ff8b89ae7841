import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Claimed, Moved, TaskDetails } from '../../src/tasks/shapes.ts';
import type { FakeForge } from '../fake-forge/contract.ts';
import { startFakeForge } from '../fake-forge/start.ts';
import { createWorld } from '../fake-forge/world.ts';
import { createHubProcess, HUB_SECRET, type HubProcess } from '../hub-process.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { type Answer, sendRequest } from '../send-request.ts';
import { waitUntil } from '../wait-until.ts';
import { sendPatiently } from './patient-webhooks.ts';
import { createAgentToken } from './task-crew.ts';
import { LEASE_MS, listTasks, writeTaskConfig } from './task-hub.ts';
import { BOTS } from './task-people.ts';

/** What becomes of a claim that was made and whose answer never arrived. */

test('a claim nobody waits for any more is given back at once, and costs no attempt', async (t) => {
  const { hub, forge } = await startStage(t, 1);
  const claim = await createClaimer(hub, 'impatient');
  const leaving = new AbortController();
  hang(forge);
  const lost = assert.rejects(claim({ signal: leaving.signal }));
  await waitForStates(hub, ['leased']);
  leaving.abort();
  await lost;
  await waitForStates(hub, ['queued']);
  forge.interfere = undefined;
  const again = await claimUntilThere(claim, {});
  assert.deepEqual([again.lease.fence, again.task.attempt], [2, 0]);
  const { leases } = await getDetails(hub, again);
  assert.deepEqual(
    leases.map(({ ended }) => ended),
    ['released', null],
  );
});

test('a claim whose answer died with the hub is the same under its key, and ends by itself without one', async (t) => {
  const { hub, forge } = await startStage(t, 2);
  const [careful, careless] = await Promise.all([createClaimer(hub, 'careful'), createClaimer(hub, 'careless')]);
  hang(forge);
  const lost = [assert.rejects(careful({ key: 'once' })), assert.rejects(careless({}))];
  await waitForStates(hub, ['leased', 'leased']);
  await hub.kill();
  await Promise.all(lost);
  forge.interfere = undefined;
  await hub.start();

  const same = await claimUntilThere(careful, { key: 'once' });
  assert.equal(same.lease.fence, 1, 'the lease that was given before');
  const other = (await listTasks(hub)).find(({ id }) => id !== same.task.id);
  const again = await claimUntilThere(careless, { task: other?.id ?? '' });
  assert.deepEqual([again.lease.fence, again.task.attempt], [2, 1], 'it was held, and nobody was heard from');
  const { leases } = await getDetails(hub, again);
  assert.deepEqual(
    leases.map(({ ended }) => ended),
    ['expired', null],
  );
  const [first, second] = leases.map(({ claimedAt }) => Date.parse(claimedAt));
  assert.ok((second ?? 0) - (first ?? 0) >= LEASE_MS, 'not before its time was over');
  const done = await careless({ complete: again });
  assert.equal((JSON.parse(done.text) as Moved).state, 'succeeded');
});

/** A hub with so many tasks that can be claimed, on which nothing else is to be done. */
async function startStage(t: TestContext, tasks: number): Promise<{ hub: HubProcess; forge: FakeForge }> {
  const forge = await startFakeForge(t, { kind: 'gitea', startMs: Date.now() });
  const world = createWorld(forge);
  world.addPerson(BOTS.plain, 'read');
  const hub = await createHubProcess(t, { environment: await writeTaskConfig(t, forge) });
  await hub.start();
  const target = { url: `${hub.url}/webhook/home`, secret: HUB_SECRET };
  const webhooks = sendPatiently(forge, target, createSeededRandom(1));
  t.after(() => webhooks.stop());
  for (let number = 1; number <= tasks; number += 1)
    await world.openIssue('ada', { title: `Wish ${number}`, assignees: [BOTS.plain] });
  await waitForStates(
    hub,
    Array.from({ length: tasks }, () => 'queued'),
  );
  return { hub, forge };
}

/** From now on the forge tells no comments, which a claim waits for before it is answered. */
function hang(forge: FakeForge): void {
  forge.interfere = ({ method, path }) => (method === 'GET' && path.endsWith('/comments') ? 'hang' : undefined);
}

interface ClaimerRequest {
  readonly key?: string;
  readonly signal?: AbortSignal;
  /** Only this task. */
  readonly task?: string;
  /** Says that this is done, instead of claiming. */
  readonly complete?: Claimed;
}
type Claimer = (request: ClaimerRequest) => Promise<Answer>;

async function createClaimer(hub: HubProcess, name: string): Promise<Claimer> {
  const authorization = `Bearer ${await createAgentToken(hub.url, name)}`;
  return ({ key, signal, task, complete }) => {
    const body =
      complete === undefined
        ? { agent: name, wait: 1, ...(task === undefined ? {} : { task }) }
        : { lease: complete.lease.token, result: { summary: 'Done at last.' } };
    const path = complete === undefined ? 'claim' : `${complete.task.id}/complete`;
    const headers = { authorization, 'content-type': 'application/json' };
    return sendRequest(`${hub.url}/api/v1/tasks/${path}`, {
      method: 'POST',
      headers: key === undefined ? headers : { ...headers, 'idempotency-key': key },
      body: Buffer.from(JSON.stringify(body)),
      ...(signal === undefined ? {} : { signal }),
    });
  };
}

async function claimUntilThere(claim: Claimer, request: ClaimerRequest): Promise<Claimed> {
  let answer: Answer | undefined;
  await waitUntil(async () => {
    answer = await claim(request);
    assert.ok([200, 204, 503].includes(answer.status), answer.text);
    return answer.status === 200;
  }, 'there is a task');
  return JSON.parse(answer?.text ?? '') as Claimed;
}

async function waitForStates(hub: HubProcess, states: readonly string[]): Promise<void> {
  await waitUntil(
    async () => {
      const { status } = await hub.ask('/api/v1/tasks?limit=1');
      const found = status === 200 ? (await listTasks(hub)).map(({ state }) => state) : [];
      return found.join() === states.join();
    },
    `the tasks are ${states.join(' and ')}`,
  );
}

async function getDetails(hub: HubProcess, { task }: Claimed): Promise<TaskDetails> {
  return (await hub.askJson(`/api/v1/tasks/${task.id}`)) as TaskDetails;
}
