import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createDatabaseContext } from '../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../test/event-rows.ts';
import { bearer } from '../../test/http-hub.ts';
import { type StreamHub, type StreamHubOptions, withStreamHub } from '../../test/stream-hub.ts';
import { waitUntil } from '../../test/wait-until.ts';
import type { Event } from '../core/event.ts';
import type { Database } from '../store/schema.ts';
import { type Kysely, sql } from 'kysely';
import { FettleError } from '../core/errors.ts';
import { WebSocket } from 'ws';

type Add = (...events: Partial<Event>[]) => Promise<number>;

const inRepo = (name: string, fields: Partial<Event> = {}): Partial<Event> => ({ repo: makeRepo(name), ...fields });

describe('stream clients', () => {
  const { withStore } = createDatabaseContext('embedded');

  async function withHub(
    t: TestContext,
    options: StreamHubOptions,
    run: (hub: StreamHub, add: Add, db: Kysely<Database>) => Promise<void>,
  ): Promise<void> {
    await withStore(({ db }) =>
      withStreamHub(t, db, options, async (hub) => {
        const add: Add = async (...events) => {
          const last = await addEvents(
            db,
            events.map((fields) => makeEvent(fields)),
          );
          hub.stream.wake();
          return last;
        };
        await run(hub, add, db);
      }),
    );
  }

  test('filters choose what a client sees, live and while replaying', async (t) => {
    await withHub(t, {}, async (hub, add) => {
      await add(inRepo('dataforge/app'), inRepo('other/app'), { type: 'ping' });
      const client = await hub.sse('?repo=dataforge/*&type=push,issue.*&after=0');
      await client.waitForEvents(1);
      await add(
        inRepo('dataforge/web', { type: 'pull.opened' }),
        inRepo('other/app'),
        inRepo('DataForge/web', { type: 'issue.opened' }),
      );
      await client.waitForEvents(2);
      assert.deepEqual(client.seqs(), [1, 6]);
    });
  });

  test('a token for some repositories sees neither other repositories nor events without one, by any way of reading', async (t) => {
    await withHub(t, {}, async (hub, add) => {
      const made = await fetch(`${hub.origin}/api/v1/tokens`, {
        method: 'POST',
        headers: { ...bearer(), 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'narrow', role: 'viewer', scopes: { repos: ['dataforge/*'] } }),
      });
      assert.equal(made.status, 201);
      const narrow = bearer(((await made.json()) as { text: string }).text);
      await add(inRepo('other/app'), { type: 'ping' }, inRepo('dataforge/app'));

      const client = await hub.sse('?after=0&repo=**', narrow);
      await client.waitForEvents(1);
      await add(inRepo('other/app'), { type: 'ping' }, inRepo('dataforge/app'));
      await client.waitForEvents(2);
      assert.deepEqual(client.seqs(), [3, 6]);

      const poll = await hub.get('/events?after=0', { ...narrow, accept: 'application/json' });
      const activity = await hub.get('/activity?order=asc', narrow);
      for (const response of [poll, activity]) {
        const { events } = (await response.json()) as { events: Event[] };
        assert.deepEqual(
          events.map((event) => event.seq),
          [3, 6],
        );
      }
    });
  });

  test('a heartbeat moves the cursor of a client whose filter takes nothing', async (t) => {
    await withHub(t, { settings: { heartbeatMs: 20 } }, async (hub, add) => {
      const client = await hub.sse('?type=release.*');
      await add(inRepo('a/b'), inRepo('a/b'));
      await waitUntil(() => client.lastEventId() === '2', 'the heartbeat carries the last seq');
      assert.deepEqual(client.events, []);
    });
  });

  test('a client that does not read is cut, and resumes without a hole', async (t) => {
    await withHub(t, { settings: { clientBufferBytes: 100_000 } }, async (hub, add) => {
      const slow = await hub.sse('?after=0');
      const quick = await hub.sse('?after=0');
      slow.pause();
      let last = 0;
      const body = 'x'.repeat(60_000);
      await waitUntil(async () => {
        last = await add(inRepo('a/b', { body }));
        await waitUntil(() => quick.seqs().at(-1) === last, `${last} is delivered`);
        return hub.stream.clientCount() === 1;
      }, 'the slow client is cut');

      slow.resume();
      await waitUntil(() => !slow.isOpen(), 'the slow client sees that it was cut');
      const seen = slow.seqs();
      const again = await hub.sse('', { 'last-event-id': slow.lastEventId() ?? '0' });
      await waitUntil(() => again.seqs().at(-1) === last, 'the slow client caught up');
      assert.deepEqual(
        [...seen, ...again.seqs()],
        Array.from({ length: last }, (_, index) => index + 1),
      );
    });
  });

  test('a client that stops reading in the middle of a replay is cut when heartbeats find it stuck', async (t) => {
    await withHub(t, { ringEvents: 1, settings: { heartbeatMs: 100 } }, async (hub, add) => {
      await add(...Array.from({ length: 200 }, () => inRepo('a/b', { body: 'x'.repeat(60_000) })));
      const client = await hub.sse('?after=0');
      client.pause();
      await waitUntil(() => hub.stream.clientCount() === 0, 'the client is cut');
      client.resume();
      await waitUntil(() => !client.isOpen(), 'the client sees that it was cut');
      const seen = client.seqs();
      assert.deepEqual(
        seen,
        Array.from({ length: seen.length }, (_, index) => index + 1),
      );
    });
  });

  test('one client too many is answered 503 with Retry-After, and a place is free again after a client left', async (t) => {
    await withHub(t, { settings: { maxClients: 2 } }, async (hub) => {
      const first = await hub.sse();
      await hub.sse();
      const refused = await hub.get('/events');
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get('retry-after'), '5');
      assert.equal(((await refused.json()) as { code: string }).code, 'too_many_clients');
      const refusedPoll = await hub.get('/events?wait=0', { accept: 'application/json' });
      assert.equal(refusedPoll.status, 503);
      const socket = new WebSocket(`${hub.origin.replace('http', 'ws')}/events/ws`, { headers: bearer() });
      const [status] = await new Promise<[number | undefined]>((resolve, reject) => {
        socket.on('unexpected-response', (_request, response) => resolve([response.statusCode]));
        socket.on('error', reject);
      });
      assert.equal(status, 503);

      hub.settings.maxClients = 3;
      await hub.sse();
      assert.equal(hub.stream.clientCount(), 3);
      first.close();
      await waitUntil(() => hub.stream.clientCount() === 2, 'the place is free');
      assert.equal((await hub.sse()).status, 200);
    });
  });

  test('a long poll answers at once when there is something, else as soon as there is', async (t) => {
    await withHub(t, {}, async (hub, add) => {
      await add(inRepo('a/b'), inRepo('c/d'));
      const json = { accept: 'application/json' };
      const now = await hub.get('/events?after=0&limit=1', json);
      assert.match(now.headers.get('content-type') ?? '', /^application\/json/);
      const first = (await now.json()) as { events: Event[]; next: number };
      assert.equal(first.events.length, 1);
      assert.equal(first.next, 1);

      const waiting = hub.get('/events?after=2&wait=60&repo=c/*', json);
      await waitUntil(() => hub.stream.clientCount() === 1, 'the poll waits');
      await add(inRepo('a/b'));
      await add(inRepo('c/d'));
      const woken = (await (await waiting).json()) as { events: Event[]; next: number };
      assert.deepEqual(
        woken.events.map((event) => event.seq),
        [4],
      );
      assert.equal(woken.next, 4);
      assert.equal(hub.stream.clientCount(), 0);

      const nothing = (await (await hub.get('/events?wait=0', json)).json()) as { events: Event[]; next: number };
      assert.deepEqual(nothing, { events: [], next: 4 });
    });
  });

  test('a long poll with a cursor that was never given out is told of the gap', async (t) => {
    await withHub(t, {}, async (hub, add) => {
      await add(inRepo('a/b'));
      const answer = await hub.get('/events?after=50', { accept: 'application/json' });
      assert.deepEqual(await answer.json(), { events: [], next: 1, gap: { requested: 50, oldest: 1, latest: 1 } });
    });
  });

  test('a long poll whose client went away gives its place back', async (t) => {
    await withHub(t, {}, async (hub) => {
      const gone = new AbortController();
      const poll = fetch(`${hub.origin}/events?wait=60`, {
        headers: { ...bearer(), accept: 'application/json' },
        signal: gone.signal,
      });
      await waitUntil(() => hub.stream.clientCount() === 1, 'the poll waits');
      gone.abort();
      await assert.rejects(poll);
      await waitUntil(() => hub.stream.clientCount() === 0, 'the place is free');
    });
  });

  test('a WebSocket gets the same events, gaps and heartbeats as JSON messages', async (t) => {
    await withHub(t, { settings: { heartbeatMs: 20 } }, async (hub, add) => {
      await add(inRepo('a/b'), inRepo('c/d'));
      const socket = new WebSocket(`${hub.origin.replace('http', 'ws')}/events/ws?after=9&repo=a/*`, {
        headers: bearer(),
      });
      const messages: { type: string; seq?: number; event?: { data: { seq: number } } }[] = [];
      socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as (typeof messages)[number]));
      await waitUntil(() => messages.some((message) => message.type === 'gap'), 'the gap is told');
      assert.deepEqual(
        messages.find((message) => message.type === 'gap'),
        { type: 'gap', cursor: 2, requested: 9, oldest: 1, latest: 2 },
      );
      await add(inRepo('a/b'), inRepo('c/d'));
      await waitUntil(() => messages.some((message) => message.type === 'event'), 'the event is there');
      const events = messages.filter((message) => message.type === 'event');
      assert.deepEqual(
        events.map((message) => [message.seq, message.event?.data.seq]),
        [[3, 3]],
      );
      await waitUntil(
        () => messages.some((message) => message.type === 'heartbeat' && message.seq === 4),
        'the heartbeat moves the cursor',
      );
      socket.close();
      await waitUntil(() => hub.stream.clientCount() === 0, 'the place is free');
    });
  });

  test('when the hub stops, clients are told when to come back and no new one is taken', async (t) => {
    await withHub(t, { settings: { reconnectMs: 1_234 } }, async (hub) => {
      const client = await hub.sse();
      const socket = new WebSocket(`${hub.origin.replace('http', 'ws')}/events/ws`, { headers: bearer() });
      await new Promise((resolve) => socket.once('open', resolve));
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      const poll = hub.get('/events?wait=60', { accept: 'application/json' });
      await waitUntil(() => hub.stream.clientCount() === 3, 'all are there');
      await hub.stream.closeAll();
      await waitUntil(() => !client.isOpen(), 'the client is closed');
      assert.equal(client.retryMs(), 1_234);
      assert.equal(await closed, 1001);
      assert.equal((await poll).status, 200);
      assert.equal((await hub.get('/events')).status, 503);
    });
  });

  test('clients of a principal that lost its right are cut', async (t) => {
    await withHub(t, {}, async (hub) => {
      const client = await hub.sse();
      hub.stream.cutWhere((principal) => principal?.name === 'nobody');
      assert.equal(hub.stream.clientCount(), 1);
      hub.stream.cutWhere((principal) => principal?.role === 'admin');
      await waitUntil(() => !client.isOpen(), 'the client is cut');
      assert.equal(hub.stream.clientCount(), 0);
    });
  });

  test('clients that come while the database is absent wait, and get everything once it is there', async (t) => {
    await withStore(async ({ db }) => {
      await addEvents(db, [makeEvent(), makeEvent()]);
      let present = false;
      const getDb = (): typeof db => {
        if (!present) throw new FettleError('store_unavailable', 'The database is away.');
        return db;
      };
      await withStreamHub(t, db, { getDb }, async (hub) => {
        const resumed = await hub.sse('?after=1');
        const fresh = await hub.sse();
        const poll = await hub.get('/events?after=0', { accept: 'application/json' });
        assert.equal(poll.status, 503);
        await waitUntil(() => hub.errors.length > 0, 'the failure is reported');
        present = true;
        await waitUntil(() => fresh.lastEventId() === '2', 'the fresh client knows where it is');
        await resumed.waitForEvents(1);
        await addEvents(db, [makeEvent()]);
        await fresh.waitForEvents(1);
        await resumed.waitForEvents(2);
        assert.deepEqual(resumed.seqs(), [2, 3]);
        assert.deepEqual(fresh.seqs(), [3]);
      });
    });
  });

  test('a client that falls behind retention while it replays is told of the gap', async (t) => {
    await withHub(t, { ringEvents: 1 }, async (hub, add, db) => {
      await add(...Array.from({ length: 300 }, () => inRepo('a/b', { body: 'x'.repeat(60_000) })));
      const client = await hub.sse('?after=0');
      client.pause();
      await waitUntil(() => hub.stream.clientCount() === 1, 'the client is there');
      await sql`update sequencer set pruned_through = 299`.execute(db);
      client.resume();
      await waitUntil(() => client.seqs().at(-1) === 300, 'the end is reached');
      const gap = client.events.find((event) => event.event === 'gap');
      assert.ok(gap, 'a gap is told');
      assert.equal((gap.data as { oldest: number }).oldest, 300);
    });
  });

  test('a parameter that cannot be used is refused by name', async (t) => {
    await withHub(t, {}, async (hub) => {
      for (const [query, named] of [
        ['?after=-1', 'after'],
        ['?after=abc', 'after'],
        ['?wait=61', 'wait'],
        ['?type=nonsense', 'type'],
        ['?lable=bug', 'lable'],
      ] as const) {
        const response = await hub.get(`/events${query}`);
        assert.equal(response.status, 400);
        const problem = (await response.json()) as { code: string; detail: string };
        assert.equal(problem.code, 'invalid_request');
        assert.ok(problem.detail.includes(named), problem.detail);
      }
      const header = await hub.get('/events', { 'last-event-id': 'x' });
      assert.match(((await header.json()) as { detail: string }).detail, /Last-Event-ID/);
    });
  });
});
