import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { forEachDatabase } from '../../../test/databases.ts';
import { bearer, createHttpHub } from '../../../test/http-hub.ts';
import { seedDelivery } from '../../../test/seed-deliveries.ts';
import { type SeedRun, seedRuns } from '../../../test/seed-runs.ts';
import { createId } from '../../core/id.ts';
import { openBreaker } from '../../store/breakers.ts';
import { recordLedgerRun } from '../../store/ledger.ts';

async function createToken(app: FastifyInstance, role: string, repos: string[] = []): Promise<string> {
  const payload = { name: `a ${role}`, role, scopes: { repos } };
  const response = await app.inject({ method: 'POST', url: '/api/v1/tokens', payload, headers: bearer() });
  return response.json().text as string;
}

/** Asks as admin, or with a token. */
function createAsker(app: FastifyInstance) {
  return async (method: 'GET' | 'POST', url: string, payload?: object, token?: string) => {
    const response = await app.inject({
      method,
      url,
      headers: bearer(token),
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, body: response.json() };
  };
}

forEachDatabase('the routes of runs', ({ withStore }) => {
  test('list by filter and page, and refuse a filter nobody knows or that says nothing', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const ids = await seedRuns(db, [{ state: 'dead' }, { state: 'queued' }, { state: 'dead', rule: 'a, b' }, {}]);
      const list = async (query: string) => {
        const { status, body } = await ask('GET', `/api/v1/runs?${query}`);
        assert.equal(status, 200, JSON.stringify(body));
        return body.runs.map(({ id }: { id: string }) => ids.indexOf(id));
      };
      assert.deepEqual(await list(''), [3, 2, 1, 0]);
      assert.deepEqual(await list('state=dead,queued'), [2, 1, 0]);
      assert.deepEqual(await list('state=dead&state=queued'), [2, 1, 0]);
      assert.deepEqual(await list('rule=a, b'), [2]);
      const { body: first } = await ask('GET', '/api/v1/runs?limit=3');
      assert.deepEqual(await list(`limit=3&before=${first.next}`), [0]);
      const refused = [
        'stat=dead',
        'state=deat',
        'state=',
        'state=,',
        'repo=,',
        'event=1',
        'rule=%00',
        'limit=0',
        'forge=A%20B',
      ];
      for (const query of refused) {
        const { status, body } = await ask('GET', `/api/v1/runs?${query}`);
        assert.deepEqual([status, body.code], [400, 'invalid_request'], query);
      }
    }));

  test('show a run with its steps, and what to do next', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const eventId = createId();
      const cases: readonly [SeedRun, RegExp | null][] = [
        [{ state: 'waiting', code: 'outcome_unknown' }, /matrix\.example\.org.*runs cancel <id>.*runs redrive <id>/],
        [{ state: 'waiting', code: 'credential_refused', credential: 'matrix' }, /credential matrix wait/],
        [{ state: 'waiting', code: 'access_refused', credential: 'forge:home' }, /forge:home the right/],
        [{ state: 'waiting', after_run: eventId }, new RegExp(`run ${eventId} has ended well`)],
        [{ state: 'waiting', next_at: '2026-11-20T10:00:00Z' }, null],
        [{ state: 'failed' }, /by itself.*runs redrive <id>/],
        [{ state: 'dead', code: 'upstream_refused' }, /Mend.*runs redrive <id>/],
        [
          { state: 'dead', code: 'input_invalid', event_id: eventId },
          new RegExp(`Correct the rule.*replay ${eventId}`),
        ],
        [{ state: 'dead', input: 'null' }, /Correct the rule.*next time/],
        [{ state: 'succeeded' }, null],
      ];
      const ids = await seedRuns(
        db,
        cases.map(([run]) => run),
      );
      for (const [index, id] of ids.entries()) {
        const { status, body } = await ask('GET', `/api/v1/runs/${id}`);
        assert.equal(status, 200, JSON.stringify(body));
        const advice = cases[index]?.[1];
        if (advice === null || advice === undefined) assert.equal(body.advice, null);
        else assert.match(body.advice.replaceAll(id, '<id>'), advice);
      }
      const at = '2026-11-20T10:00:00.000Z';
      const steps = [
        { name: 'send', attempt: 1, startedAt: at, finishedAt: at, output: { event: '$1' }, log: ['sent'] },
        { name: 'follow', attempt: 1, startedAt: at, finishedAt: null, error: 'no answer' },
      ];
      const attempts = [
        { number: 1, startedAt: at, finishedAt: at, state: 'failed', code: 'upstream_failed', detail: 'x' },
      ];
      const [id = ''] = await seedRuns(db, [
        {
          steps: JSON.stringify(steps),
          attempts: JSON.stringify(attempts),
          calls: '{"matrix":2}',
          result: '{"summary":"y"}',
        },
      ]);
      const { body } = await ask('GET', `/api/v1/runs/${id}`);
      assert.deepEqual(
        [body.steps, body.attempts, body.calls, body.result],
        [steps, attempts, { matrix: 2 }, { summary: 'y' }],
      );
      assert.deepEqual([body.input, body.createdAt], [{ room: '#releases:example.org' }, at]);
      assert.equal((await ask('GET', `/api/v1/runs/${createId()}`)).status, 404);
    }));

  test('cancel and redrive one run, and say when it is in no state for that', (t) =>
    withStore(async ({ db }) => {
      let due = 0;
      const { app } = await createHttpHub(t, { db, onRunsDue: () => (due += 1) });
      const ask = createAsker(app);
      const movable = ['dead', 'cancelled', 'waiting', 'failed'] as const;
      const states = [...movable, 'queued', 'running', 'succeeded', 'unchanged', 'skipped'] as const;
      for (const [n, id] of (
        await seedRuns(
          db,
          states.map((state) => ({ state })),
        )
      ).entries()) {
        const { status, body } = await ask('POST', `/api/v1/runs/${id}/redrive`);
        if (n < movable.length) assert.deepEqual([status, body.state, body.reason], [200, 'queued', null]);
        else assert.deepEqual([status, body.code, body.detail.includes(states[n])], [409, 'run_not_movable', true]);
      }
      assert.equal(due, movable.length);
      const [waiting = '', queued = '', dead = '', empty = ''] = await seedRuns(db, [
        { state: 'waiting', code: 'outcome_unknown' },
        { state: 'queued' },
        { state: 'dead' },
        { state: 'dead', input: 'null' },
      ]);
      const done = await ask('POST', `/api/v1/runs/${waiting}/cancel`, { reason: 'It was there.' });
      assert.deepEqual([done.body.state, done.body.reason], ['cancelled', 'It was there.']);
      const cancelled = await ask('POST', `/api/v1/runs/${queued}/cancel`);
      assert.deepEqual([cancelled.body.state, cancelled.body.reason], ['cancelled', 'Cancelled by admin.']);
      assert.equal((await ask('POST', `/api/v1/runs/${dead}/cancel`)).body.code, 'run_not_movable');
      assert.match((await ask('POST', `/api/v1/runs/${empty}/redrive`)).body.detail, /nothing to send/);
    }));

  test('cancel and redrive by filter, never without one, and only in states that may', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const many = await seedRuns(
        db,
        Array.from({ length: 1_203 }, () => ({ state: 'dead' as const, action: 'slack.notify' })),
      );
      const [unknown = '', other = '', running = ''] = await seedRuns(db, [
        { state: 'waiting', code: 'outcome_unknown', action: 'slack.notify' },
        { state: 'dead' },
        { state: 'running', action: 'slack.notify' },
      ]);
      const stateOf = async (id: string) => (await ask('GET', `/api/v1/runs/${id}`)).body.state;
      for (const payload of [
        {},
        { dryRun: true },
        { action: '' },
        { rule: [] },
        { state: 'succeeded' },
        { state: 'queued' },
      ]) {
        assert.equal((await ask('POST', '/api/v1/runs/redrive', payload)).status, 400, JSON.stringify(payload));
      }
      const dry = await ask('POST', '/api/v1/runs/redrive', { action: 'slack.notify', dryRun: true });
      assert.deepEqual(dry.body, { matched: many.length, changed: 0, more: false });
      assert.equal(await stateOf(many[0] ?? ''), 'dead');
      const real = await ask('POST', '/api/v1/runs/redrive', { action: 'slack.notify' });
      assert.deepEqual(real.body, { matched: many.length, changed: many.length, more: false });
      assert.deepEqual(
        [await stateOf(many[0] ?? ''), await stateOf(unknown), await stateOf(other)],
        ['queued', 'waiting', 'dead'],
      );
      const cancelled = await ask('POST', '/api/v1/runs/cancel', { action: ['slack.notify'], reason: 'Not any more.' });
      assert.equal(cancelled.body.changed, many.length + 2);
      assert.deepEqual([await stateOf(running), await stateOf(other)], ['cancelled', 'dead']);
      assert.equal((await ask('POST', '/api/v1/runs/cancel', { state: 'dead' })).status, 400);
    }));

  test('keep to the repositories of the principal, and to its role', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const receivedAt = '2026-11-20T10:00:00.000Z';
      const { eventIds } = await seedDelivery(db, { receivedAt, forgeDeliveryId: 'both', repos: ['dataforge/app'] });
      const [own = '', foreign = '', homeless = ''] = await seedRuns(db, [
        { state: 'dead', event_id: eventIds[0] ?? null },
        { state: 'dead', repo: 'secret/thing', event_id: eventIds[0] ?? null },
        { state: 'dead', repo: null },
      ]);
      const operator = await createToken(app, 'operator', ['dataforge/*']);
      const viewer = await createToken(app, 'viewer');
      const seen = await ask('GET', '/api/v1/runs', undefined, operator);
      assert.deepEqual(
        seen.body.runs.map(({ id }: { id: string }) => id),
        [own],
      );
      const event = await ask('GET', `/api/v1/events/${eventIds[0]}`, undefined, operator);
      assert.deepEqual(
        event.body.runs.map(({ id }: { id: string }) => id),
        [own],
      );
      for (const id of [foreign, homeless]) {
        assert.equal((await ask('GET', `/api/v1/runs/${id}`, undefined, operator)).status, 404);
        for (const verb of ['redrive', 'cancel']) {
          assert.equal((await ask('POST', `/api/v1/runs/${id}/${verb}`, {}, operator)).status, 404);
        }
      }
      const redriven = await ask('POST', '/api/v1/runs/redrive', { state: 'dead' }, operator);
      assert.deepEqual(redriven.body, { matched: 1, changed: 1, more: false });
      assert.equal((await ask('GET', `/api/v1/runs/${foreign}`)).body.state, 'dead');
      const widened = await ask('POST', '/api/v1/runs/redrive', { repo: '**' }, operator);
      assert.equal(widened.body.matched, 0);
      for (const url of [
        `/api/v1/runs/${foreign}/redrive`,
        '/api/v1/runs/redrive',
        '/api/v1/runs/cancel',
        '/api/v1/breakers/close',
      ]) {
        assert.equal((await ask('POST', url, { state: 'dead' }, viewer)).status, 403, url);
      }
      for (const url of ['/api/v1/breakers', '/api/v1/runs/counts']) {
        assert.equal((await ask('GET', url, undefined, operator)).status, 403, url);
      }
    }));

  test('a delivery and an event tell which runs they set off', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const receivedAt = '2026-11-20T10:00:00.000Z';
      const { id, eventIds } = await seedDelivery(db, { receivedAt, forgeDeliveryId: 'd-1', repos: ['dataforge/app'] });
      const [run] = await seedRuns(db, [{ delivery_id: id, event_id: eventIds[0] ?? null, state: 'waiting' }, {}]);
      const delivery = await ask('GET', '/api/v1/deliveries/home/d-1');
      const event = await ask('GET', `/api/v1/events/${eventIds[0]}`);
      for (const { status, body } of [delivery, event]) {
        assert.equal(status, 200);
        assert.deepEqual(
          body.runs.map(({ id: runId, state }: { id: string; state: string }) => [runId, state]),
          [[run, 'waiting']],
        );
      }
    }));

  test('breakers are listed and closed, and what waited for them goes on', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const [held = ''] = await seedRuns(db, [{ state: 'waiting', code: 'credential_refused', credential: 'matrix' }]);
      await openBreaker(db, {
        scope: 'credential:matrix',
        kind: 'credential',
        openedAt: '2026-11-20T10:00:00.000Z',
        until: null,
        untilAt: null,
        failures: 1,
        fingerprint: Buffer.from('secret'),
        code: 'credential_refused',
        reason: 'matrix.example.org answered 401.',
      });
      const { body } = await ask('GET', '/api/v1/breakers');
      assert.deepEqual(body.breakers, [
        {
          scope: 'credential:matrix',
          kind: 'credential',
          openedAt: '2026-11-20T10:00:00.000Z',
          until: null,
          failures: 1,
          code: 'credential_refused',
          reason: 'matrix.example.org answered 401.',
        },
      ]);
      assert.equal((await ask('POST', '/api/v1/breakers/close', { scope: 'credential:matrix' })).status, 200);
      assert.equal((await ask('POST', '/api/v1/breakers/close', { scope: 'credential:matrix' })).status, 404);
      assert.equal((await ask('GET', `/api/v1/runs/${held}`)).body.state, 'queued');
    }));

  test('counts tell what still needs something and since when the oldest is due', (t) =>
    withStore(async ({ db }) => {
      const clock = () => Date.parse('2026-11-20T12:00:00Z');
      const { app } = await createHttpHub(t, { db, clock });
      const ask = createAsker(app);
      await seedRuns(db, [{ state: 'queued', next_at: '2026-11-20T12:00:01Z' }, { state: 'dead' }, {}]);
      assert.deepEqual((await ask('GET', '/api/v1/runs/counts')).body, {
        counts: [
          { state: 'dead', action: 'matrix.notify', runs: 1 },
          { state: 'queued', action: 'matrix.notify', runs: 1 },
        ],
        oldestDueAt: null,
      });
      await seedRuns(db, [{ state: 'failed', next_at: '2026-11-20T11:59:00Z' }]);
      assert.equal((await ask('GET', '/api/v1/runs/counts')).body.oldestDueAt, '2026-11-20T11:59:00.000Z');
    }));

  test('the ledger shows nodes and runs with what else the same event set off, in the scopes of the principal', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const chain = createId();
      const [record = '', notify = ''] = await seedRuns(db, [
        { chain, action: 'ledger.record' },
        { chain, action: 'matrix.notify', position: 1, state: 'waiting' },
        {},
      ]);
      const entry = {
        nodeTitle: null,
        trigger: 'webhook',
        startedAt: '2026-11-20T10:00:00.000Z',
        finishedAt: '2026-11-20T10:00:01.000Z',
        counts: { commits: 3 },
        title: null,
        url: null,
        actor: 'ada',
        forge: 'home',
        eventId: null,
      };
      await recordLedgerRun(db, {
        ...entry,
        id: record,
        node: 'push_app',
        status: 'success',
        repo: 'dataforge/app',
        chain,
      });
      await recordLedgerRun(db, {
        ...entry,
        id: createId(),
        node: 'other',
        status: 'failure',
        repo: 'secret/x',
        chain: null,
      });
      const { body: all } = await ask('GET', '/api/v1/ledger/nodes');
      assert.deepEqual(
        all.nodes.map(({ id, repo, lastRun, failures }: Record<string, { counts: unknown }>) => [
          id,
          repo,
          lastRun?.counts,
          failures,
        ]),
        [
          ['other', 'secret/x', { commits: 3 }, 1],
          ['push_app', 'dataforge/app', { commits: 3 }, 0],
        ],
      );
      assert.equal((await ask('GET', '/api/v1/ledger/nodes?limit=1')).body.next, 'other');
      assert.equal((await ask('GET', '/api/v1/ledger/nodes?after=other')).body.nodes[0].id, 'push_app');
      const { body: runs } = await ask('GET', '/api/v1/ledger/runs?node=push_app');
      assert.deepEqual(
        [runs.runs[0].id, runs.runs[0].chainRuns],
        [record, [{ id: notify, action: 'matrix.notify', position: 1, state: 'waiting' }]],
      );
      assert.equal((await ask('GET', '/api/v1/ledger/runs?status=failure')).body.runs.length, 1);
      assert.equal((await ask('GET', '/api/v1/ledger/runs?node=%00')).status, 400);
      const scoped = await createToken(app, 'viewer', ['dataforge/*']);
      assert.equal((await ask('GET', '/api/v1/ledger/nodes', undefined, scoped)).body.nodes.length, 1);
      assert.equal((await ask('GET', '/api/v1/ledger/runs?node=other', undefined, scoped)).body.runs.length, 0);
    }));

  test('actions are described by what they take', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db });
      const ask = createAsker(app);
      const { body } = await ask('GET', '/api/v1/actions');
      assert.ok(body.actions.length > 0);
      const one = await ask('GET', '/api/v1/actions/ledger.record');
      assert.deepEqual([one.status, one.body.idempotency], [200, 'key']);
      assert.match(one.body.input.properties.node.description, /gitea_push/);
      assert.deepEqual(one.body.input.required, ['node']);
      assert.ok(one.body.examples.length > 0);
      assert.match((await ask('GET', '/api/v1/actions/nothing.here')).body.detail, /ledger\.record/);
    }));
});
