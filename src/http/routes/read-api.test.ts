import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { createDatabaseContext } from '../../../test/databases.ts';
import { bearer, createHttpHub } from '../../../test/http-hub.ts';
import { seedDelivery } from '../../../test/seed-deliveries.ts';
import { shareStore } from '../../../test/shared-store.ts';

async function createScopedToken(app: FastifyInstance, repos: string[]): Promise<string> {
  const payload = { name: 'scoped', role: 'viewer', scopes: { repos } };
  const response = await app.inject({ method: 'POST', url: '/api/v1/tokens', payload, headers: bearer() });
  return response.json().text as string;
}

async function read(app: FastifyInstance, url: string, token?: string) {
  const response = await app.inject({ url, headers: bearer(token) });
  return { status: response.statusCode, body: response.json(), response };
}

describe('the read API', () => {
  const store = shareStore(createDatabaseContext('embedded'));

  test('a delivery is found by the id of the forge and by ours, with its events in order', async (t) => {
    const { db } = store();
    const { app } = await createHttpHub(t, { db });
    const seed = await seedDelivery(db, {
      receivedAt: '2026-03-02T10:00:00.000Z',
      forgeDeliveryId: 'forge-1',
      outcome: 'effected',
      repos: ['dataforge/app', 'dataforge/app'],
    });
    const { status, body } = await read(app, '/api/v1/deliveries/home/forge-1');
    assert.equal(status, 200);
    assert.equal(body.id, seed.id);
    assert.deepEqual([body.state, body.duplicateOf, body.outcome], ['accepted', null, 'effected']);
    assert.deepEqual(
      body.events.map(({ id }: { id: string }) => id),
      seed.eventIds,
    );
    assert.equal(body.events[1].seq, body.events[0].seq + 1);
    assert.deepEqual(body.headers, { 'x-gitea-event': 'push' });
    assert.equal(body.arrivals.length, 1);
    assert.deepEqual((await read(app, `/api/v1/deliveries/home/${seed.id}`)).body, body);
    assert.equal((await read(app, '/api/v1/deliveries/elsewhere/forge-1')).status, 404);
  });

  test('a delivery that came several times lists every arrival and names the first', async (t) => {
    const { db } = store();
    const { app } = await createHttpHub(t, { db });
    const first = await seedDelivery(db, {
      receivedAt: '2026-03-03T10:00:00.000Z',
      forgeDeliveryId: 'twice',
      repos: ['dataforge/app'],
    });
    const second = await seedDelivery(db, {
      receivedAt: '2026-03-03T10:00:01.000Z',
      forgeDeliveryId: 'twice',
      state: 'duplicate',
      outcome: 'duplicate',
      duplicateOf: first.id,
    });
    const { body } = await read(app, '/api/v1/deliveries/home/twice');
    assert.equal(body.id, first.id);
    assert.deepEqual(
      body.arrivals.map(({ id, state, duplicateOf }: Record<string, unknown>) => [id, state, duplicateOf]),
      [
        [first.id, 'accepted', null],
        [second.id, 'duplicate', first.id],
      ],
    );
    const own = await read(app, `/api/v1/deliveries/home/${second.id}`);
    assert.deepEqual([own.body.duplicateOf, own.body.events], [first.id, []]);
  });

  test('a raw body is shown as text with its secret masked, and cannot become a page', async (t) => {
    const { db } = store();
    const { app } = await createHttpHub(t, { db });
    const body = '{\n  "secret": "hun\\"ter2",\n  "ref": "<script>alert(1)</script>", "id": 9007199254740993}';
    const { id } = await seedDelivery(db, { receivedAt: '2026-03-04T10:00:00.000Z', body });
    const response = await app.inject({ url: `/api/v1/deliveries/home/${id}/raw`, headers: bearer() });
    assert.equal(response.body, body.replace('hun\\"ter2', '********'));
    assert.equal(response.headers['content-type'], 'text/plain; charset=utf-8');
    assert.match(String(response.headers['content-security-policy']), /default-src 'none'; sandbox/);
    assert.equal(response.headers['x-content-type-options'], 'nosniff');
    assert.equal((await app.inject({ url: '/api/v1/deliveries/home/none/raw', headers: bearer() })).statusCode, 404);
  });

  test('the list of deliveries pages from new to old without gap or repetition, and filters', async (t) => {
    const { db } = store();
    const { app } = await createHttpHub(t, { db });
    const at = (second: number) => `2026-04-06T10:00:0${second}.000Z`;
    const seeds = [];
    for (const second of [1, 1, 2, 3, 4]) {
      seeds.push(
        await seedDelivery(db, {
          receivedAt: at(second),
          event: 'paged',
          outcome: second === 4 ? 'effected' : 'filtered',
        }),
      );
    }
    const ids: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&before=${next}`;
      const { body } = await read(app, `/api/v1/deliveries?event=paged&limit=2${cursor}`);
      ids.push(...(body.deliveries as { id: string }[]).map(({ id }) => id));
      next = body.next as string | null;
    }
    assert.deepEqual(ids.toReversed(), [
      ...seeds
        .slice(0, 2)
        .map(({ id }) => id)
        .toSorted(),
      ...seeds.slice(2).map(({ id }) => id),
    ]);
    const effected = await read(app, '/api/v1/deliveries?event=paged&outcome=effected');
    assert.equal(effected.body.deliveries.length, 1);
    assert.equal((await read(app, '/api/v1/deliveries?before=1;drop')).body.code, 'invalid_request');
    assert.equal((await read(app, '/api/v1/deliveries?limit=100000')).status, 400);
  });

  test('an event is shown with the rules it matched and the delivery it came from', async (t) => {
    const { db } = store();
    const { app } = await createHttpHub(t, { db });
    const { id, eventIds } = await seedDelivery(db, {
      receivedAt: '2026-03-05T10:00:00.000Z',
      repos: ['dataforge/app'],
      matched: [{ rule: 'pipeline label', trigger: 'pipeline' }],
    });
    const { body } = await read(app, `/api/v1/events/${eventIds[0]}`);
    assert.equal(body.event.type, 'push');
    assert.deepEqual(body.matched, [{ rule: 'pipeline label', trigger: 'pipeline' }]);
    assert.deepEqual([body.delivery.id, body.delivery.headers], [id, { 'x-gitea-event': 'push' }]);
    assert.deepEqual((await read(app, `/api/v1/events/${body.event.seq}`)).body, body);
    assert.equal((await read(app, '/api/v1/events/0192a000-0000-7000-8000-000000000000')).status, 404);
    assert.equal((await read(app, "/api/v1/events/1'or'1")).status, 400);
  });

  test('a token limited to some repositories sees only what is about them, by every way in', async (t) => {
    const { db } = store();
    const { app } = await createHttpHub(t, { db });
    const seed = (repos: (string | null)[], second: number) =>
      seedDelivery(db, { receivedAt: `2026-05-04T10:00:0${second}.000Z`, event: 'scoped', repos });
    const inside = await seed(['dataforge/app'], 1);
    const outside = await seed(['secret/plans'], 2);
    const mixed = await seed(['dataforge/app', 'secret/plans'], 3);
    const homeless = await seed([null], 4);
    const empty = await seed([], 5);
    const duplicate = await seedDelivery(db, {
      receivedAt: '2026-05-04T10:00:06.000Z',
      event: 'scoped',
      state: 'duplicate',
      outcome: 'duplicate',
      duplicateOf: inside.id,
    });
    const token = await createScopedToken(app, ['DataForge/*']);

    const list = await read(app, '/api/v1/deliveries?event=scoped', token);
    assert.deepEqual(
      list.body.deliveries.map(({ id }: { id: string }) => id),
      [duplicate.id, inside.id],
    );
    for (const { id } of [outside, mixed, homeless, empty]) {
      assert.equal((await read(app, `/api/v1/deliveries/home/${id}`, token)).status, 404);
      assert.equal((await read(app, `/api/v1/deliveries/home/${id}/raw`, token)).status, 404);
    }
    assert.equal((await read(app, `/api/v1/deliveries/home/${inside.id}`, token)).status, 200);
    assert.equal((await read(app, `/api/v1/events/${inside.eventIds[0]}`, token)).status, 200);
    assert.equal((await read(app, `/api/v1/events/${outside.eventIds[0]}`, token)).status, 404);
    assert.equal((await read(app, `/api/v1/events/${homeless.eventIds[0]}`, token)).status, 404);
    assert.equal((await read(app, '/api/v1/books', token)).status, 403);
    assert.equal((await app.inject({ url: '/metrics', headers: bearer(token) })).statusCode, 403);
  });

  test('repositories and forges show when they were last heard from, within the scopes', async (t) => {
    const { db } = store();
    const { app } = await createHttpHub(t, { db });
    await db
      .insertInto('repositories')
      .values([
        {
          forge: 'home',
          full_name: 'dataforge/app',
          last_event_at: '2026-06-01T00:00:00Z',
          last_event_type: 'push',
          events: 3,
        },
        {
          forge: 'home',
          full_name: 'secret/plans',
          last_event_at: '2026-06-02T00:00:00Z',
          last_event_type: 'ping',
          events: 1,
        },
      ])
      .execute();
    const all = await read(app, '/webhook/health');
    assert.deepEqual(
      all.body.repositories.map(({ fullName }: { fullName: string }) => fullName),
      ['dataforge/app', 'secret/plans'],
    );
    assert.equal((await read(app, '/api/v1/forges')).body.forges[0].lastEventType, 'ping');

    const token = await createScopedToken(app, ['dataforge/*']);
    const some = await read(app, '/webhook/health', token);
    assert.deepEqual(some.body.repositories, [
      {
        forge: 'home',
        fullName: 'dataforge/app',
        lastEventAt: '2026-06-01T00:00:00.000Z',
        lastEventType: 'push',
        events: 3,
        hook: null,
      },
    ]);
    assert.equal((await read(app, '/api/v1/forges', token)).body.forges[0].lastEventType, 'push');
  });

  test('the books add up, say whether they are final, and notice a missing number', async (t) => {
    const { db } = store();
    const id = '0192a000-0000-7000-8000-00000000000a';
    let answeredThrough = 10;
    const { app } = await createHttpHub(t, { db, liveInboxes: () => [{ id, answeredThrough }] });
    const inbox = {
      id,
      host: 'here',
      starts_after: 2,
      drained_through: 10,
      answered_through: 10,
      seen_at: new Date(0),
      duplicate: 1,
      effected: 2,
      filtered: 4,
      dead: 1,
    };
    await db.insertInto('inboxes').values(inbox).execute();
    const balanced = (await read(app, '/api/v1/books')).body;
    assert.deepEqual(balanced.total, {
      received: 8,
      effected: 2,
      filtered: 4,
      duplicate: 1,
      dead: 1,
      pending: 0,
      balanced: true,
    });
    assert.equal(balanced.exact, true);
    assert.equal(balanced.inboxes[0].host, 'here');

    answeredThrough = 13;
    const pending = (await read(app, '/api/v1/books')).body;
    assert.deepEqual(
      [pending.total.pending, pending.total.received, pending.total.balanced, pending.exact],
      [3, 11, true, false],
    );

    const { check, forges, undrained, total } = pending;
    assert.deepEqual(check, { balanced: true, findings: [], runsCounted: true });
    assert.equal(undrained, 3);
    assert.deepEqual(forges, [{ ...balanced.total, forge: null }]);
    assert.equal(total.received, forges[0].received + undrained);

    const home = { inbox_id: id, forge: 'home', received: 8, duplicate: 1, effected: 2, filtered: 4, dead: 1, open: 0 };
    await db.insertInto('forge_books').values(home).execute();
    await db.updateTable('inboxes').set({ counted: 8 }).execute();
    const known = (await read(app, '/api/v1/books')).body;
    assert.deepEqual([known.forges, known.check.balanced], [[{ ...balanced.total, forge: 'home' }], true]);

    await db.updateTable('inboxes').set({ filtered: 3 }).where('id', '=', id).execute();
    const falsified = (await read(app, '/api/v1/books')).body;
    assert.deepEqual([falsified.total.balanced, falsified.check.balanced], [false, false]);
    assert.deepEqual(falsified.check.findings, [
      {
        about: `inbox ${id}`,
        detail:
          '8 deliveries were drained, its classes add up to 7: effected 2, filtered 3, duplicate 1, dead 1, open 0.',
      },
      { about: `inbox ${id}`, detail: '3 deliveries are filtered, its forges have 4.' },
    ]);
  });

  test('an inbox that never drained yet keeps the books from being final', async (t) => {
    const { db } = store();
    const fresh = { id: '0192a000-0000-7000-8000-00000000000b', answeredThrough: 4 };
    const { app } = await createHttpHub(t, { db, liveInboxes: () => [fresh] });
    assert.equal((await read(app, '/api/v1/books')).body.exact, false);
  });
});
