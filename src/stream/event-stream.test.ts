import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { forEachDatabase } from '../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../test/event-rows.ts';
import { withStreamHub } from '../../test/stream-hub.ts';
import { waitUntil } from '../../test/wait-until.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const pushes = (count: number) => range(1, count).map(() => makeEvent({ repo: makeRepo('dataforge/app') }));

forEachDatabase('stream', ({ withStore, kind }) => {
  test(`clients that reconnect under concurrent commits miss nothing and see nothing twice on ${kind}`, async (t) => {
    await withStore(async ({ db }) => {
      // A ring smaller than what arrives between two connections, so that both ways of resuming are taken.
      await withStreamHub(t, db, { ringEvents: 40 }, async (hub) => {
        await addEvents(db, pushes(30));
        const total = 1_000;
        const writing = (async () => {
          for (let written = 30; written < total; written += 10) {
            await addEvents(db, pushes(10));
            if (written % 3 === 0) hub.stream.wake();
          }
        })();

        const readers = range(1, 4).map(async (reader) => {
          const seen: number[] = [];
          for (let cursor = 0; cursor < total;) {
            // The header wins over the address, which a browser repeats as it first was.
            const client = await (reader % 2 === 0
              ? hub.sse(`?after=${cursor}`)
              : hub.sse('?after=0', { 'last-event-id': String(cursor) }));
            await waitUntil(
              () => client.seqs().length >= 17 * reader || (client.seqs().at(-1) ?? 0) >= total,
              `reader ${reader} is past ${cursor}`,
            );
            const got = client.seqs();
            client.close();
            seen.push(...got);
            cursor = got.at(-1) ?? cursor;
          }
          return seen;
        });
        for (const seen of await Promise.all(readers)) assert.deepEqual(seen, range(1, total));
        await writing;
        assert.deepEqual(hub.errors, []);
      });
    });
  });

  test(`a client without a cursor gets what comes from now on, its headers and its cursor at once on ${kind}`, async (t) => {
    await withStore(async ({ db }) => {
      await addEvents(db, pushes(3));
      await withStreamHub(t, db, { settings: { reconnectMs: 7_000 } }, async (hub) => {
        const client = await hub.sse();
        assert.equal(client.status, 200);
        assert.match(client.headers['content-type'] ?? '', /^text\/event-stream/);
        assert.equal(client.headers['cache-control'], 'no-store');
        assert.equal(client.headers['x-accel-buffering'], 'no');
        await waitUntil(() => client.lastEventId() === '3', 'the cursor is told');
        assert.equal(client.retryMs(), 7_000);

        await addEvents(db, [
          makeEvent({ type: 'issue.opened', repo: makeRepo('dataforge/app'), number: 12, subject: 'issue' }),
        ]);
        hub.stream.wake();
        await client.waitForEvents(1);
        const [received] = client.events;
        assert.equal(received?.id, '4');
        assert.equal(received?.event, 'issue.opened');
        const envelope = received?.data as { type: string; subject: string; data: { seq: number; type: string } };
        assert.equal(envelope.type, 'dev.fettle.issue.opened');
        assert.equal(envelope.subject, 'dataforge/app#12');
        assert.equal(envelope.data.seq, 4);
      });
    });
  });

  test(`a cursor older than retention, or newer than the last event, is told of the gap and goes on, on ${kind}`, async (t) => {
    await withStore(async ({ db }) => {
      await addEvents(db, pushes(10));
      await sql`update sequencer set pruned_through = 6`.execute(db);
      await withStreamHub(t, db, {}, async (hub) => {
        const old = await hub.sse('?after=2');
        await old.waitForEvents(5);
        assert.deepEqual(old.events[0], { id: '6', event: 'gap', data: { requested: 2, oldest: 7, latest: 10 } });
        assert.deepEqual(old.seqs(), [7, 8, 9, 10]);

        const ahead = await hub.sse('?after=99');
        await ahead.waitForEvents(1);
        assert.deepEqual(ahead.events[0], { id: '10', event: 'gap', data: { requested: 99, oldest: 7, latest: 10 } });
        await addEvents(db, pushes(1));
        await ahead.waitForEvents(2);
        assert.deepEqual(ahead.seqs(), [11]);
      });
    });
  });

  test(`a database that went back in time makes clients reconnect and be told, on ${kind}`, async (t) => {
    await withStore(async ({ db }) => {
      await addEvents(db, pushes(5));
      await withStreamHub(t, db, {}, async (hub) => {
        const client = await hub.sse('?after=5');
        await sql`delete from events where seq > 3`.execute(db);
        await sql`update sequencer set value = 3`.execute(db);
        await waitUntil(() => !client.isOpen(), 'the client is cut');
        const again = await hub.sse('?after=5');
        await again.waitForEvents(1);
        assert.equal(again.events[0]?.event, 'gap');
        await addEvents(db, pushes(1));
        await again.waitForEvents(2);
        assert.deepEqual(again.seqs(), [4]);
      });
    });
  });
});
