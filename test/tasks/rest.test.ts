import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Problem } from '../../src/core/errors.ts';
import type { Claimed, HeartbeatAnswer, Moved, TaskDetails } from '../../src/tasks/shapes.ts';
import { type HubUnderTest, startTestHub } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';

const CONFIG = `
forges:
  home: { kind: gitea }
agents:
  mosaic: { capabilities: [low, medium, high], concurrency: 2 }
rules:
  - name: finished work
    on: task.succeeded
    do: { trigger: celebrate }
`;
/** Longest that a claim may wait; the tests end it earlier. */
const WAIT = 25;

interface Answer {
  readonly status: number;
  readonly text: string;
  json<T extends object>(): Readonly<T>;
}

/** Asks a hub as the holder of a token. */
type Ask = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Answer>;

function createAsk(hub: HubUnderTest, token: string): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${hub.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    const text = await response.text();
    return { status: response.status, text, json: <T extends object>() => JSON.parse(text) as Readonly<T> };
  };
}

/** A hub with an agent and an operator; stopped at the end of the test. */
async function startTaskHub(t: TestContext, config = CONFIG) {
  const hub = await startTestHub({ config });
  t.after(() => hub.stop());
  const admin = createAsk(hub, hub.token);
  const admit = async (role: string, name = role, repos: string[] = []): Promise<Ask> => {
    const made = await admin('POST', '/api/v1/tokens', { name, role, scopes: { repos } });
    return createAsk(hub, made.json<{ text: string }>().text);
  };
  const open = async (key: string, more: object = {}) => {
    const body = { forge: 'home', key, title: `Do ${key}`, body: 'Please.', ...more };
    return (await admin('POST', '/api/v1/tasks', body)).json<TaskDetails>().id;
  };
  const get = async (id: string) => (await admin('GET', `/api/v1/tasks/${id}`)).json<TaskDetails>();
  const reach = (id: string, state: string) => waitUntil(async () => (await get(id)).state === state, `it is ${state}`);
  return { hub, admin, admit, open, get, reach };
}

test('a task is opened, waited for, claimed, kept and completed over HTTP, and the stream tells each step', async (t) => {
  const { hub, admit, open, get } = await startTaskHub(t);
  const agent = await admit('agent', 'worker');
  const waiting = agent('POST', '/api/v1/tasks/claim', { agent: 'mosaic', wait: WAIT });
  const id = await open('nightly-review');
  const claim = await waiting;
  assert.equal(claim.status, 200, claim.text);
  const { task, lease, context } = claim.json<Claimed>();
  assert.deepEqual([task.id, task.state, task.agent, lease.fence], [id, 'leased', 'mosaic', 1]);
  assert.deepEqual([context.title, context.body], ['Do nightly-review', 'Please.']);

  const none = await agent('POST', '/api/v1/tasks/claim', { agent: 'mosaic' });
  assert.equal(none.status, 204);
  const beat = { lease: lease.token, note: 'Reading.', percent: 10 };
  const kept = await agent('POST', `/api/v1/tasks/${id}/heartbeat`, beat);
  assert.deepEqual([kept.status, kept.json<HeartbeatAnswer>().cancelRequested], [200, false], kept.text);
  assert.deepEqual([(await get(id)).note, (await get(id)).percent], ['Reading.', 10]);

  const done = { lease: lease.token, result: { summary: 'All is well.' } };
  const first = await agent('POST', `/api/v1/tasks/${id}/complete`, done);
  assert.deepEqual([first.status, first.json<Moved>().state], [200, 'succeeded'], first.text);
  const again = await agent('POST', `/api/v1/tasks/${id}/complete`, done);
  assert.deepEqual([again.status, again.text], [200, first.text]);
  const other = await agent('POST', `/api/v1/tasks/${id}/complete`, { ...done, result: { summary: 'Not so.' } });
  assert.deepEqual([other.status, other.json<Problem>().code], [409, 'task_not_movable']);

  await waitUntil(async () => (await listTypes(hub)).includes('trigger.raised'), 'the end is told');
  const told = await listTypes(hub);
  assert.deepEqual(told, ['task.opened', 'task.ready', 'task.claimed', 'task.succeeded', 'trigger.raised']);
  const metrics = await createAsk(hub, hub.token)('GET', '/metrics');
  assert.match(metrics.text, /fettle_task_claims_total\{agent="mosaic"\} 1/);
  assert.match(metrics.text, /fettle_task_leases_ended_total\{agent="mosaic",how="completed"\} 1/);
  assert.match(metrics.text, /fettle_tasks_finished_total\{state="succeeded",agent="mosaic"\} 1/);
  assert.match(metrics.text, /fettle_tasks\{state="queued"\} 0/);
});

test('a lease that another took over is a conflict that names the holder, also for the right token in the wrong hands', async (t) => {
  const { admit, open, reach } = await startTaskHub(t);
  const [one, two] = [await admit('agent', 'one'), await admit('agent', 'two')];
  const id = await open('shared');
  await reach(id, 'queued');
  const claim = async (ask: Ask) =>
    (await ask('POST', '/api/v1/tasks/claim', { agent: 'mosaic' })).json<Claimed>().lease;
  const early = await claim(one);
  const handover = 'Half of it is there.';
  assert.equal((await one('POST', `/api/v1/tasks/${id}/release`, { lease: early.token, handover })).status, 200);
  const late = await claim(two);
  assert.equal(late.fence, 2);
  for (const [ask, token] of [
    [one, early.token],
    [one, late.token],
    [two, 'fl_made-up'],
  ] as const) {
    const refused = await ask('POST', `/api/v1/tasks/${id}/heartbeat`, { lease: token });
    const { code, holder, detail } = refused.json<Problem>();
    assert.deepEqual([refused.status, code, holder?.agent, holder?.fence], [409, 'lease_stale', 'mosaic', 2]);
    assert.ok(!detail.includes(token));
  }
  const kept = await two('POST', `/api/v1/tasks/${id}/heartbeat`, { lease: late.token });
  assert.equal(kept.status, 200, kept.text);
});

test('a holder learns by its heartbeat and by the stream that its task was called off', async (t) => {
  const { hub, admit, open, reach } = await startTaskHub(t);
  const [agent, operator] = [await admit('agent'), await admit('operator')];
  const id = await open('called-off');
  await reach(id, 'queued');
  const claimed = (await agent('POST', '/api/v1/tasks/claim', { agent: 'mosaic' })).json<Claimed>();
  const { next } = (await createAsk(hub, hub.token)('GET', '/events?after=0&wait=0', undefined, JSON_ONLY)).json<{
    next: number;
  }>();
  const listening = agent('GET', `/events?after=${next}&type=task.cancelled&wait=20`, undefined, JSON_ONLY);
  const note = 'Not needed any more.';
  assert.equal((await operator('POST', `/api/v1/tasks/${id}/cancel`, { note })).status, 200);
  const [told] = (await listening).json<{ events: { type: string; task: { id: string } }[] }>().events;
  assert.deepEqual([told?.type, told?.task.id], ['task.cancelled', id]);
  const lease = claimed.lease.token;
  const beat = (await agent('POST', `/api/v1/tasks/${id}/heartbeat`, { lease })).json<HeartbeatAnswer>();
  assert.deepEqual([beat.state, beat.cancelRequested], ['cancelled', true]);
  const late = await agent('POST', `/api/v1/tasks/${id}/complete`, { lease, result: { summary: 'Done.' } });
  assert.deepEqual([late.status, late.json<Problem>().code], [409, 'task_cancelled']);
});

test('a claim that is repeated under its key is the same lease, and another request under it is refused', async (t) => {
  const { admit, open, reach } = await startTaskHub(t);
  const agent = await admit('agent');
  await reach(await open('first'), 'queued');
  await reach(await open('second'), 'queued');
  const claim = (body: object) => agent('POST', '/api/v1/tasks/claim', body, { 'idempotency-key': 'claim-1' });
  const [first, again] = [await claim({ agent: 'mosaic' }), await claim({ agent: 'mosaic', wait: 1 })];
  assert.equal(first.status, 200, first.text);
  assert.deepEqual(again.json<Claimed>().lease, first.json<Claimed>().lease);
  const other = await claim({ agent: 'mosaic', labels: ['bug'] });
  assert.deepEqual([other.status, other.json<Problem>().code], [422, 'idempotency_key_reused']);
  const fresh = await agent('POST', '/api/v1/tasks/claim', { agent: 'mosaic' });
  assert.equal(fresh.json<Claimed>().task.key, 'home~second');
});

test('scopes hold for tasks as for everything: what is outside does not exist, is not counted and not given', async (t) => {
  const { admit, open, reach } = await startTaskHub(t);
  const inside = await open('', { key: undefined, repo: 'dataforge/app', number: 12 });
  const outside = await open('', { key: undefined, repo: 'secret/plans', number: 1 });
  await reach(inside, 'queued');
  await reach(outside, 'queued');
  const scoped = await admit('agent', 'scoped', ['dataforge/*']);
  const listed = (await scoped('GET', '/api/v1/tasks')).json<{ tasks: { id: string }[] }>();
  assert.deepEqual(
    listed.tasks.map(({ id }) => id),
    [inside],
  );
  const counts = (await scoped('GET', '/api/v1/tasks/counts')).json<{ counts: object[] }>();
  assert.deepEqual(counts.counts, [{ state: 'queued', tasks: 1 }]);
  for (const path of ['', '/context']) {
    assert.equal((await scoped('GET', `/api/v1/tasks/${outside}${path}`)).status, 404);
  }
  const claim = () => scoped('POST', '/api/v1/tasks/claim', { agent: 'mosaic' });
  assert.equal((await claim()).json<Claimed>().task.id, inside);
  assert.equal((await claim()).status, 204);
  const named = await scoped('POST', '/api/v1/tasks/claim', { agent: 'mosaic', task: outside });
  assert.equal(named.status, 404);
  const operator = await admit('operator', 'scoped operator', ['dataforge/*']);
  assert.equal((await operator('POST', `/api/v1/tasks/${outside}/cancel`)).status, 404);
});

test('agents are made known and taken away over the API, those of the configuration are not, and tasks follow', async (t) => {
  const { hub, admin, admit, open, get, reach } = await startTaskHub(t, CONFIG.replace('[low, medium, high]', '[low]'));
  const id = await open('hard-work');
  await waitUntil(async () => /able|capable/.test((await get(id)).reason ?? ''), 'nobody is found for it');
  assert.equal((await get(id)).state, 'blocked');

  const put = await admin('PUT', '/api/v1/agents/opus', { capabilities: ['hard'], cost: 15 });
  assert.equal(put.status, 200, put.text);
  assert.deepEqual(put.json<{ capabilities: string[]; source: string }>().source, 'api');
  await reach(id, 'queued');
  assert.equal((await get(id)).chosenAgent, 'opus');
  const listed = (await admin('GET', '/api/v1/agents')).json<{ agents: { name: string; source: string }[] }>();
  assert.deepEqual(
    listed.agents.map(({ name, source }) => [name, source]),
    [
      ['mosaic', 'config'],
      ['opus', 'api'],
    ],
  );
  const agent = await admit('agent');
  assert.equal((await agent('PUT', '/api/v1/agents/mine', {})).status, 403);
  const unknown = await agent('POST', '/api/v1/tasks/claim', { agent: 'nobody' });
  assert.deepEqual([unknown.status, unknown.json<Problem>().code], [422, 'agent_unknown']);

  for (const method of ['PUT', 'DELETE']) {
    const refused = await admin(method, '/api/v1/agents/mosaic', method === 'PUT' ? {} : undefined);
    assert.deepEqual([refused.status, refused.json<Problem>().code], [400, 'invalid_request'], method);
    assert.match(refused.json<Problem>().detail, /configuration/);
  }
  assert.equal((await admin('PUT', '/api/v1/agents/opus', { concurrency: 0 })).status, 400);
  assert.equal((await admin('DELETE', '/api/v1/agents/opus')).status, 204);
  assert.equal((await admin('DELETE', '/api/v1/agents/opus')).status, 404);
  await reach(id, 'blocked');
  assert.equal(hub.hub.loaded().config.agents['mosaic']?.concurrency, 2);
});

test('a hub that stops answers whoever waits for work, at once', async (t) => {
  const { hub, admit } = await startTaskHub(t);
  const agent = await admit('agent');
  const waiting = agent('POST', '/api/v1/tasks/claim', { agent: 'mosaic', wait: WAIT });
  const hasAsked = async () => (await agent('GET', '/api/v1/agents')).text.includes('"seenAt":"');
  await waitUntil(hasAsked, 'the claim waits');
  await hub.hub.stop();
  assert.equal((await waiting).status, 204);
});

const JSON_ONLY = { accept: 'application/json' };

async function listTypes(hub: HubUnderTest): Promise<string[]> {
  const events = await hub.hub.database().selectFrom('events').select('type').orderBy('seq').execute();
  return events.map(({ type }) => type);
}
