import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { bearer } from '../../../test/http-hub.ts';
import { withStreamHub } from '../../../test/stream-hub.ts';

interface Page {
  readonly events: readonly { readonly seq: number; readonly repo?: { readonly fullName: string } }[];
  readonly next: number | null;
  readonly previous: number | null;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('activity', () => {
  const { withStore } = createDatabaseContext('embedded');

  test('the activity log pages by keyset in both orders, with a hundred events by default', async (t) => {
    await withStore(async ({ db }) => {
      await addEvents(
        db,
        range(1, 250).map((seq) => makeEvent({ repo: makeRepo(seq % 50 === 0 ? 'rare/one' : 'often/one') })),
      );
      await withStreamHub(t, db, {}, async (hub) => {
        const read = async (query: string): Promise<Page> => {
          const response = await hub.get(`/activity${query}`);
          assert.equal(response.status, 200);
          return (await response.json()) as Page;
        };
        const seqs = (page: Page): number[] => page.events.map((event) => event.seq);

        const newest = await read('');
        assert.deepEqual(seqs(newest), range(151, 250).toReversed());
        assert.deepEqual([newest.next, newest.previous], [151, 250]);
        const oldest = await read('?order=desc&before=101');
        assert.deepEqual(seqs(oldest), range(1, 100).toReversed());
        const onward = await read('?after=240');
        assert.deepEqual(seqs(onward), range(241, 250));
        assert.deepEqual([onward.next, onward.previous], [null, 241]);
        const rare = await read('?repo=RARE/*&limit=2&order=asc');
        assert.deepEqual(seqs(rare), [50, 100]);
        assert.equal((await read('?repo=nothing/*')).next, null);
        assert.deepEqual(await read('?after=999'), { events: [], next: null, previous: null });
        for (const query of ['?limit=0', '?limit=1001', '?order=up', '?format=xml', '?before=x'])
          assert.equal((await hub.get(`/activity${query}`)).status, 400, query);
      });
    });
  });

  test('the activity log streams as JSON Lines, all of it or as much as asked, and only as fast as it is read', async (t) => {
    await withStore(async ({ db }) => {
      const total = 2_000;
      const body = 'x'.repeat(10_000);
      for (let from = 0; from < total; from += 500)
        await addEvents(
          db,
          range(1, 500).map(() => makeEvent({ repo: makeRepo('a/b'), body })),
        );
      await withStreamHub(t, db, {}, async (hub) => {
        const open = async (path: string): Promise<IncomingMessage> =>
          await new Promise((resolve, reject) => {
            get(`${hub.origin}${path}`, { headers: bearer(), agent: false }, resolve).on('error', reject);
          });
        const response = await open('/activity?format=jsonl');
        assert.match(response.headers['content-type'] ?? '', /^application\/x-ndjson/);
        // What is committed now is after the end of this answer.
        await addEvents(db, [makeEvent()]);
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        await once(response, 'end');
        const seqs = text
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { seq: number }).seq);
        assert.deepEqual(seqs, range(1, total));

        const some = await hub.get('/activity?format=jsonl&limit=1200&order=desc');
        const lines = (await some.text()).trimEnd().split('\n');
        assert.equal(lines.length, 1_200);
        assert.equal((JSON.parse(lines[0] ?? '') as { seq: number }).seq, total + 1);
        assert.equal(await (await hub.get('/activity?format=jsonl&limit=0')).text(), '');

        // Whoever leaves in the middle leaves nothing open.
        const abandoned = await open('/activity?format=jsonl');
        abandoned.destroy();
        assert.equal(((await (await hub.get('/activity?limit=1')).json()) as Page).events.length, 1);
      });
    });
  });
});
