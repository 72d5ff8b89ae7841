import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { FettleError } from '../../core/errors.ts';
import { createDatabaseContext } from '../../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { OVER_STDIO } from '../../../test/mcp-clients.ts';
import { startMcpHub } from '../../../test/mcp-hub.ts';
import { shareStore } from '../../../test/shared-store.ts';
import { makeBundle, makeClaimed, makeDetails, makeMoved, makeSummary, TASK_ID } from '../../../test/task-answers.ts';
import { waitUntil } from '../../../test/wait-until.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'main.ts');

describe('fettle mcp', () => {
  const store = shareStore(createDatabaseContext('embedded'));

  for (const { name, open } of OVER_STDIO) {
    test(`${name} asks a hub everything, and hears its errors as they were`, async (t) => {
      const directory = await createDirectory(t);
      const asked: unknown[] = [];
      const holder = { state: 'leased', agent: 'other', fence: 4, expiresAt: '2026-11-20T10:00:00.000Z' };
      const hub = await startMcpHub(t, store().db, {
        list: async (filter, page) => {
          asked.push(['list', filter, page]);
          return { tasks: [makeSummary()], next: null };
        },
        get: async () => makeDetails(),
        getContext: async () => makeBundle(),
        claim: async (request, { idempotencyKey, principal }) => {
          asked.push(['claim', request, idempotencyKey, principal.name]);
          return idempotencyKey === 'k-1' ? makeClaimed() : undefined;
        },
        ask: async () => makeMoved({ state: 'needs_input' }),
        complete: () => Promise.reject(new FettleError('lease_stale', 'The lease is over.', { holder })),
      });
      const seq = await addEvents(store().db, [makeEvent({ repo: makeRepo('dataforge/app') })]);
      hub.stream.wake();
      const errors: string[] = [];
      const address = await hub.admit('agent', ['dataforge/*']);
      const client = await open({ ...address, directory, onError: (text) => errors.push(text) });
      t.after(client.close);

      assert.equal((await client.listTools()).length, 11);
      const identity = { name: 'the agent', role: 'agent', mayWork: true, repos: ['dataforge/*'], agents: [] };
      assert.deepEqual((await client.call('whoami')).value, identity);
      const query = { states: ['queued', 'leased'], repos: ['dataforge/*'], label: 'a b', limit: 5 };
      assert.deepEqual((await client.call('list_tasks', query)).value, { tasks: [makeSummary()], next: null });
      const claimed = await client.call('claim_task', { agent: 'mosaic', idempotency_key: 'k-1' });
      assert.deepEqual(claimed.value, makeClaimed());
      assert.equal((await client.call('claim_task', { agent: 'mosaic' })).value?.task, null);
      const looked = await client.call('get_task', { id: TASK_ID, context: true });
      assert.deepEqual(looked.value, { task: makeDetails(), context: makeBundle() });
      const question = { id: TASK_ID, lease: 'fl_a-lease', question: 'Which door?' };
      assert.equal((await client.call('ask_human', question)).value?.state, 'needs_input');
      const stale = await client.call('complete_task', { id: TASK_ID, lease: 'fl_x', result: { summary: 'Done.' } });
      assert.ok(stale.isError);
      assert.match(stale.texts[0] ?? '', /^Error lease_stale: The lease is over\..*\n.*held by other.*\nWhat to do: /);

      const news = await client.call('events_since', { cursor: seq - 1, repos: ['dataforge/*'] });
      const { events, next, gap } = news.value as { events: { seq: number }[]; next: number; gap: unknown };
      assert.deepEqual([events.map((event) => event.seq), next, gap], [[seq], seq, null]);
      const lost = await client.call('events_since', { cursor: 1_000_000_000 });
      assert.equal((lost.value?.gap as { requested: number } | null)?.requested, 1_000_000_000);
      const { event } = (await client.call('get_event', { id: seq })).value as { event: { seq: number } };
      assert.equal(event.seq, seq);
      assert.match(await client.readResource('fettle://tasks/ready'), new RegExp(TASK_ID));

      assert.deepEqual(asked.slice(0, 3), [
        [
          'list',
          { states: ['queued', 'leased'], repos: ['dataforge/*'], label: 'a b' },
          { before: undefined, limit: 5 },
        ],
        ['claim', { agent: 'mosaic', wait: 0 }, 'k-1', 'the agent'],
        ['claim', { agent: 'mosaic', wait: 0 }, undefined, 'the agent'],
      ]);
      assert.deepEqual(errors, []);
    });

    test(`${name} sees only what its token may do, and a hub that is away is an answer`, async (t) => {
      const directory = await createDirectory(t);
      const hub = await startMcpHub(t, store().db);
      const client = await open({ ...(await hub.admit('viewer')), directory });
      t.after(client.close);
      const names = (await client.listTools()).map((tool) => tool.name);
      assert.deepEqual(names, ['list_tasks', 'get_task', 'events_since', 'get_event', 'whoami']);
      assert.match((await client.call('claim_task', { agent: 'mosaic' })).texts[0] ?? '', /^Error forbidden/);

      await hub.close();
      const absent = await client.call('list_tasks');
      assert.match(absent.texts[0] ?? '', /^Error hub_unreachable: .*\nWhat to do: The hub does not answer/);
      const errors: string[] = [];
      const stranger = await open({ url: hub.url, token: 'ft_x', directory, onError: (text) => errors.push(text) });
      t.after(stranger.close);
      assert.equal((await stranger.listTools()).length, 11);
      assert.match(errors.join(''), /^fettle mcp: No hub answers at/);
    });
  }

  test('a call that nobody waits for any more is given up at the hub', async (t) => {
    const directory = await createDirectory(t);
    let waiting = 0;
    const hub = await startMcpHub(t, store().db, {
      claim: async (_request, { signal }) => {
        waiting += 1;
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
        waiting -= 1;
        return undefined;
      },
    });
    for (const { open } of OVER_STDIO) {
      const client = await open({ ...(await hub.admit('agent')), directory });
      const answer = client.call('claim_task', { agent: 'mosaic', wait: 25 }).catch(() => undefined);
      await waitUntil(() => waiting === 1, 'the desk is asked');
      await client.close();
      await waitUntil(() => waiting === 0, 'the desk is told that the client left');
      await answer;
    }
  });

  test('it writes nothing but the protocol, and ends with its input', async (t) => {
    const directory = await createDirectory(t);
    const environment = { ...process.env, FETTLE_TOKEN: 'ft_x', FETTLE_LOG_LEVEL: 'trace' };
    const child = spawn(process.execPath, [MAIN, 'mcp', '--url', 'http://127.0.0.1:9'], {
      cwd: directory,
      env: environment,
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a-test', version: '1' } },
    };
    child.stdin.write(`${JSON.stringify(initialize)}\nnonsense\n`);
    await waitUntil(() => out.includes('\n'), 'it answers');
    child.stdin.end();
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    const lines = out.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { jsonrpc: string }).jsonrpc),
      Array(lines.length).fill('2.0'),
    );
  });
});

/** An empty directory, so that no configuration is found. */
async function createDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-mcp-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
