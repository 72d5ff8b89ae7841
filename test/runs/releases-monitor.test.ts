import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { BookEntry } from '../../src/store/books.ts';
import { startMatrixHomeserver, type MatrixHomeserver } from '../matrix-homeserver.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type HubUnderTest, startTestHub } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';
import { sendPush } from './pushes.ts';

const SECRET = 'a-webhook-secret';
const ROOM = '#releases:test.example';

/** The releases monitor as a person sets it up: one recipe, three repositories, a Matrix room, a pipeline engine. */
for (const kind of ['embedded', 'postgres'] as const) {
  describe(`releases monitor (${kind})`, () => {
    let matrix: MatrixHomeserver;
    let pipelines: Pipelines;
    let hub: HubUnderTest;
    let postgres: PostgresServer | undefined;
    before(async () => {
      matrix = await startMatrixHomeserver();
      matrix.createRoom({ alias: '#releases' });
      pipelines = await startPipelines();
      postgres = kind === 'postgres' ? await startPostgres() : undefined;
      const environment = postgres === undefined ? {} : { DATABASE_URL: await postgres.createDatabase() };
      hub = await startTestHub({ config: toConfig(matrix, pipelines), environment });
    });
    after(async () => {
      await hub.stop();
      await matrix.close();
      await pipelines.close();
      await postgres?.close();
    });
    const settled = async () => {
      const isOver = async () => {
        const { total, exact } = await hub.books();
        return exact && total.pending === 0;
      };
      await waitUntil(isOver, 'every run is over').catch(async (error: unknown) => {
        const open = await hub.get<object>('/api/v1/runs?state=queued,running,waiting,failed,dead&limit=5');
        throw new Error(`These are not over: ${JSON.stringify(open)}`, { cause: error });
      });
    };
    const headlines = () => matrix.messages(ROOM).map(({ body }) => body.split('\n')[0]);

    it('announces pushes to three repositories, records them, and starts their pipelines', async () => {
      for (const [index, repo] of ['app', 'web', 'docs'].entries()) {
        await sendPush(hub, SECRET, { repo, number: index + 1, commits: 7 + index });
      }
      await settled();
      assert.deepEqual(headlines().toSorted(compare), [
        '[app] ada pushed 7 commits to main',
        '[docs] ada pushed 9 commits to main',
        '[web] ada pushed 8 commits to main',
      ]);
      const { nodes } = await hub.get<{ nodes: { id: string; runs: number; lastStatus: string }[] }>(
        '/api/v1/ledger/nodes',
      );
      assert.deepEqual(nodes.map(({ id }) => id).toSorted(compare), [
        'gitea_push_app',
        'gitea_push_docs',
        'gitea_push_web',
      ]);
      assert.deepEqual(pipelines.started.toSorted(compare), ['/run/app', '/run/docs', '/run/web']);
      const html = matrix
        .messages(ROOM)
        .map((message) => message.html)
        .join('');
      assert.ok(!html.includes('<b>of</b>'), 'text of a forge is not read as markup');
    });

    it('answers a delivery that is sent twice once, and posts once', async () => {
      const deliveryId = '11111111-2222-3333-4444-555555555555';
      const posted = matrix.events(ROOM).length;
      for (let i = 0; i < 2; i++) await sendPush(hub, SECRET, { repo: 'twice', number: 50, deliveryId });
      await settled();
      assert.equal(matrix.events(ROOM).length, posted + 1);
      const { total } = await hub.books();
      assert.ok(total.duplicate >= 1);
      assertBalanced(total);
    });

    it('makes one message of fifty pushes in a minute, with the right totals', async () => {
      const shown = headlines().length;
      for (let i = 0; i < 50; i++) await sendPush(hub, SECRET, { repo: 'busy', number: 100 + i, commits: 3 });
      await settled();
      const messages = matrix.messages(ROOM).slice(shown);
      assert.equal(messages.length, 1);
      assert.match(messages[0]?.body ?? '', /150 commits/);
      const { nodes } = await hub.get<{ nodes: { id: string; runs: number }[] }>('/api/v1/ledger/nodes');
      assert.equal(nodes.find(({ id }) => id === 'gitea_push_busy')?.runs, 50);
      const { total, exact } = await hub.books();
      assert.ok(exact);
      assertBalanced(total);
    });

    it('shows the runs of a delivery with it', async () => {
      const id = await sendPush(hub, SECRET, { repo: 'shown', number: 300 });
      await settled();
      const found = await hub.get<
        | { runs: { action: string; state: string }[]; outcome: string }[]
        | { deliveries: { outcome: string; runs: { action: string; state: string }[] }[] }
      >(`/api/v1/deliveries/home/${id}`);
      const text = JSON.stringify(found);
      for (const action of ['matrix.notify', 'ledger.record', 'pipeline.dispatch'])
        assert.ok(text.includes(action), text);
      assert.ok(text.includes('"effected"'), text);
    });
  });
}

const compare = (one: string | undefined, other: string | undefined) => (one ?? '').localeCompare(other ?? '');

function assertBalanced(total: BookEntry): void {
  assert.equal(total.received, total.effected + total.filtered + total.duplicate + total.dead + total.pending);
  assert.ok(total.balanced);
}

function toConfig(matrix: MatrixHomeserver, pipelines: Pipelines): string {
  return `
forges:
  home: { kind: gitea, url: https://git.example.org, secret: ${SECRET} }
matrix: { homeserver: ${matrix.url}, token: ${matrix.token} }
network: { allowPrivate: [127.0.0.1/32] }
recipes:
  - releases-monitor: { repos: "dataforge/*", room: "${ROOM}", window: 1m, dag: { url: "${pipelines.url}/run/{{ repo.name }}" } }
`;
}

interface Pipelines {
  readonly url: string;
  /** Paths asked for, each idempotency key once. */
  readonly started: string[];
  close(): Promise<void>;
}

/** A pipeline engine that honours an idempotency key. */
async function startPipelines(): Promise<Pipelines> {
  const started: string[] = [];
  const keys = new Set<string>();
  const server = createServer((request: IncomingMessage, response) => {
    const key = String(request.headers['idempotency-key'] ?? '');
    if (key === '' || !keys.has(key)) started.push(request.url ?? '');
    keys.add(key);
    request.resume();
    response
      .writeHead(201, { 'content-type': 'application/json' })
      .end(JSON.stringify({ run_id: key, status: 'queued' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    started,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
