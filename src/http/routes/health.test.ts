import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer, createHttpHub } from '../../../test/http-hub.ts';

const AWAY = { store: () => ({ kind: 'postgres' as const, reachable: false }) };
const WELL = { store: () => ({ kind: 'postgres' as const, reachable: true }) };

test('health tells strangers the status and the number of stream clients, nothing else', async (t) => {
  const { app } = await createHttpHub(t, { health: WELL });
  assert.deepEqual((await app.inject('/health')).json(), { status: 'ok', clients: 3 });
});

test('health tells a token holder what the hub consists of', async (t) => {
  const { app } = await createHttpHub(t, {
    clock: () => 61_000,
    health: {
      ...AWAY,
      inbox: () => ({ entries: 2, bytes: 8192, oldestReceivedAtMs: 1_000, accepting: true }),
      config: () => ({ state: 'refused', problems: ['fettle.yaml:3:5: unknown option'] }),
    },
  });
  const { body } = await app.inject({ url: '/health', headers: bearer() });
  assert.deepEqual(JSON.parse(body), {
    status: 'degraded',
    clients: 3,
    version: '9.9.9',
    store: { kind: 'postgres', reachable: false },
    inbox: {
      entries: 2,
      bytes: 8192,
      accepting: true,
      oldestPendingAt: '1970-01-01T00:00:01.000Z',
      oldestPendingAgeSeconds: 60,
    },
    config: { state: 'refused', problems: ['fettle.yaml:3:5: unknown option'] },
    forges: [{ name: 'home', kind: 'gitea', unsigned: false }],
  });
  assert.equal(body.includes('a-webhook-secret'), false);
});

test('health shows books that do not balance, and runs that want a person, to a token holder', async (t) => {
  const finding = { about: 'inbox 1', detail: '3 deliveries were drained, its classes add up to 2.' };
  const books = { balanced: false, findings: [finding], checkedAt: '2026-06-01T00:00:00.000Z' };
  const runs = { waiting: 2, dead: 1, breakers: 1, countedAt: '2026-06-01T00:00:00.000Z' };
  let isCounted = false;
  const { app } = await createHttpHub(t, {
    health: { ...WELL, books: () => books, runs: () => (isCounted ? runs : undefined) },
  });
  assert.deepEqual((await app.inject('/health')).json(), { status: 'degraded', clients: 3 });
  const ask = async () => (await app.inject({ url: '/health', headers: bearer() })).json();
  assert.deepEqual([(await ask()).books, (await ask()).runs], [books, undefined]);
  isCounted = true;
  assert.deepEqual((await ask()).runs, runs);
});

test('a wrong token at the health address gets the answer of a stranger', async (t) => {
  const { app, logged } = await createHttpHub(t, { health: WELL });
  for (const token of ['wrong', 'fettle_wrong']) {
    assert.deepEqual((await app.inject({ url: '/health', headers: bearer(token) })).json(), {
      status: 'ok',
      clients: 3,
    });
  }
  assert.equal(logged.join('').includes('fettle_wrong'), false);
});

test('the hub is live whatever is missing', async (t) => {
  const { app } = await createHttpHub(t, { health: AWAY });
  assert.deepEqual((await app.inject('/health/live')).json(), { status: 'ok' });
});

test('the hub stays ready without its database and says that it is degraded', async (t) => {
  const { app } = await createHttpHub(t, { health: AWAY });
  const response = await app.inject('/health/ready');
  assert.equal(response.statusCode, 200);
  assert.deepEqual(response.json(), { status: 'degraded' });
});

test('the hub is not ready when deliveries cannot be made durable, and says why', async (t) => {
  const { app } = await createHttpHub(t, {
    health: {
      ...WELL,
      inbox: () => ({ entries: 9, bytes: 1, oldestReceivedAtMs: 0, accepting: false, reason: 'The disk is full.' }),
    },
  });
  const response = await app.inject('/health/ready');
  assert.equal(response.statusCode, 503);
  assert.equal(response.headers['retry-after'], '5');
  assert.deepEqual(response.json(), { status: 'unavailable', reason: 'The disk is full.' });
  assert.equal((await app.inject('/health')).json().status, 'degraded');
});

test('metrics are for token holders and name routes by pattern', async (t) => {
  const { app } = await createHttpHub(t);
  assert.equal((await app.inject('/metrics')).statusCode, 401);
  await app.inject({ url: '/api/v1/deliveries/home/some-id', headers: bearer() });
  const response = await app.inject({ url: '/metrics', headers: bearer() });
  assert.match(String(response.headers['content-type']), /^text\/plain/);
  assert.match(response.body, /route="\/api\/v1\/deliveries\/:forge\/:deliveryId",status="503"/);
  assert.match(response.body, /fettle_authentication_failures_total\{reason="none"\} 1/);
});
