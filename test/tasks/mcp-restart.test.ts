import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Hub } from '../../src/hub.ts';
import { type CommandLine, createCommandLine } from '../command-line.ts';
import { OVER_HTTP } from '../mcp-clients.ts';
import { waitUntil } from '../wait-until.ts';

const TOKEN = 'an-admin-token-for-tests';

/** The cursor of `events_since` belongs to the database and not to a connection: it holds across restarts. */
describe('events by the Model Context Protocol', () => {
  let line: CommandLine;
  let cursor = 0;
  before(async () => {
    line = await createCommandLine('version: 1\nforges: { home: { kind: gitea, url: "https://git.example.org" } }\n');
    line.environment['FETTLE_ADMIN_TOKEN'] = TOKEN;
  });
  after(() => line.close());

  /** Makes work of no issue, which is an event each time. */
  async function openTasks(hub: Hub, keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const response = await fetch(`${hub.url}/api/v1/tasks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ forge: 'home', key, title: `Work ${key}`, body: 'Do it.' }),
      });
      assert.ok(response.ok, await response.text());
    }
  }

  for (const kind of OVER_HTTP) {
    it(`${kind.name} resumes without a hole when the hub was started anew in between`, async () => {
      const seen: { seq: number; title?: string }[] = [];
      /** Reads pages of two until so many events were seen. */
      const read = async (hub: Hub, count: number): Promise<void> => {
        const client = await kind.open({ url: hub.url, token: TOKEN });
        await waitUntil(async () => {
          const query = { cursor, limit: 2, types: ['task.opened'], wait: 1 };
          const { value, isError, texts } = await client.call('events_since', query);
          // A hub that has just begun has not read the end of the stream yet.
          if (isError) assert.match(texts.join(''), /^Error store_unavailable/);
          if (isError) return false;
          const answer = value as { events: typeof seen; next: number; gap: unknown };
          assert.equal(answer.gap, null);
          seen.push(...answer.events);
          cursor = answer.next;
          return seen.length >= count;
        }, `${count} events are read`);
        await client.close();
      };

      const keys = Array.from({ length: 9 }, (_, index) => `${kind.name} ${index}`);
      const first = await line.start();
      await openTasks(first, keys.slice(0, 6));
      // The hub ends in the middle of what there is to read.
      await read(first, 3);
      assert.ok(seen.length < 6);
      await line.stop();
      const second = await line.start();
      await openTasks(second, keys.slice(6));
      await read(second, keys.length);
      await line.stop();
      assert.deepEqual(
        seen.map(({ title }) => title),
        keys.map((key) => `Work ${key}`),
      );
      const seqs = seen.map(({ seq }) => seq);
      assert.deepEqual(
        seqs,
        [...new Set(seqs)].toSorted((one, other) => one - other),
      );
    });
  }
});
