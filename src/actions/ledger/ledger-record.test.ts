import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import pg from 'pg';
import { parse } from 'yaml';
import { createCertificate } from '../../../test/certificate.ts';
import { createDatabaseContext } from '../../../test/databases.ts';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { startPostgres } from '../../../test/postgres-server.ts';
import { runAction } from '../../../test/run-action.ts';
import { shareStore } from '../../../test/shared-store.ts';
import { waitUntil } from '../../../test/wait-until.ts';
import { findMark } from '../../config/action-fields.ts';
import { createId } from '../../core/id.ts';
import type { Event } from '../../core/event.ts';
import { type LedgerRun, listLedgerNodes, listLedgerRuns } from '../../store/ledger.ts';
import { ledgerRecord } from './ledger-record.ts';
import { HttpSink } from './sink-fields.ts';

const NOW_MS = Date.parse('2026-11-20T10:00:05.000Z');
const clock = () => NOW_MS;

function createPush(fields: Partial<Event> = {}): Event {
  return {
    seq: 7,
    ...makeEvent({
      repo: makeRepo('dataforge/app'),
      actor: { login: 'ada', bot: false },
      branch: 'main',
      commits: [],
      commitCount: 250,
      occurredAt: '2026-11-20T10:00:00Z',
      compareUrl: 'https://git.example.org/dataforge/app/compare/a...b',
      ...fields,
    }),
  };
}

describe('ledger.record', () => {
  const store = shareStore(createDatabaseContext('embedded'));
  const db = () => store().db;

  async function listRuns(node: string): Promise<readonly LedgerRun[]> {
    return (await listLedgerRuns(db(), { node, scopes: [], limit: 50 })).runs;
  }

  test('records a push with what the event tells', async (t) => {
    const { report } = await runAction(t, ledgerRecord, { node: 'push_app' }, { event: createPush(), db, clock });
    assert.equal(report.state, 'succeeded');
    const [run] = await listRuns('push_app');
    assert.deepEqual([run?.trigger, run?.status, run?.counts], ['webhook', 'success', { commits: 250 }]);
    assert.deepEqual([run?.startedAt.toISOString(), run?.finishedAt?.getTime()], ['2026-11-20T10:00:00.000Z', NOW_MS]);
    assert.equal(run?.url, 'https://git.example.org/dataforge/app/compare/a...b');
    assert.deepEqual(
      [run?.actor, run?.repo, run?.chain],
      ['ada', 'dataforge/app', '00000000-0000-8000-8000-00000000cccc'],
    );
    assert.match(run?.title ?? '', /250 commits/);
  });

  test('the same run again changes nothing, whatever became of its memory', async (t) => {
    const [id, event] = [createId(), createPush()];
    const input = { node: 'again', counts: { commits: '3' } };
    const first = await runAction(t, ledgerRecord, input, { id, event, db, clock });
    const forgotten = await runAction(t, ledgerRecord, input, { id, event, db, clock });
    const remembered = await runAction(t, ledgerRecord, input, { id, event, db, clock, steps: first.report.steps });
    assert.deepEqual(
      [first.report.state, forgotten.report.state, remembered.report.state],
      ['succeeded', 'unchanged', 'succeeded'],
    );
    const { nodes } = await listLedgerNodes(db(), { scopes: [], limit: 100 });
    assert.deepEqual(
      nodes.filter(({ id: node }) => node === 'again').map(({ runs }) => runs),
      [1],
    );
  });

  test('takes the result of a workflow in words that all forges share, and leaves one that runs open', async (t) => {
    const words = {
      failed: 'failure',
      CANCELED: 'cancelled',
      timed_out: 'failure',
      neutral: 'neutral',
      skipped: 'skipped',
    };
    for (const [word, status] of Object.entries(words)) {
      const event = createPush({ type: 'workflow_run.completed', check: { name: 'build', conclusion: word } });
      await runAction(t, ledgerRecord, { node: `workflow ${word}` }, { event, db, clock });
      const [run] = await listRuns(`workflow ${word}`);
      assert.deepEqual([run?.status, run?.counts], [status, { events: 1 }]);
    }
    const event = createPush({ type: 'workflow_run.in_progress', check: { name: 'build', status: 'in_progress' } });
    await runAction(t, ledgerRecord, { node: 'workflow' }, { event, db, clock });
    const [run] = await listRuns('workflow');
    assert.deepEqual([run?.status, run?.finishedAt], ['running', null]);
  });

  test('needs no event', async (t) => {
    await runAction(t, ledgerRecord, { node: 'nightly', status: 'failed' }, { db, clock });
    const [run] = await listRuns('nightly');
    assert.deepEqual([run?.trigger, run?.status, run?.repo, run?.url], ['schedule', 'failure', null, null]);
  });

  test('takes hostile text for text, and no address but http', async (t) => {
    const event = createPush({
      compareUrl: 'javascript:alert(1)',
      actor: { login: 'a\u0000\u001b[31m\nb', bot: false },
    });
    const node = `x\u0000'; drop table runs; --\n${'y'.repeat(5_000)}`;
    const { report } = await runAction(t, ledgerRecord, { node, title: '<b>\u202e' }, { event, db, clock });
    assert.equal(report.state, 'succeeded');
    const { nodes } = await listLedgerNodes(db(), { scopes: [], limit: 100 });
    const found = nodes.find(({ id }) => id.startsWith('x'));
    assert.ok(found !== undefined && found.id.length <= 200 && !/\p{Cc}/u.test(found.id));
    assert.deepEqual([found.title, found.lastRun?.url, found.lastRun?.actor], ['<b>', null, 'a [31m b']);
  });

  test('says which field cannot be used', async (t) => {
    const fail = async (input: object) =>
      (await runAction(t, ledgerRecord, input, { event: createPush(), db, clock })).error;
    for (const [input, words] of [
      [{ node: ' \n ' }, /node .* came out empty/],
      [{ node: 'n', counts: { files: 'abc' } }, /count `files` .* came out as "abc"/],
      [{ node: 'n', counts: { files: ' ' } }, /count `files`/],
      [{ node: 'n', startedAt: 'yesterday' }, /`startedAt` .* "yesterday"/],
      [{ node: 'n', finishedAt: '2026-99-99' }, /`finishedAt`/],
      [{ node: 'n', sink: { http: { url: 'nowhere' } } }, /`url` of the sink/],
    ] as const) {
      const error = await fail(input);
      assert.equal(error?.code, 'input_invalid', JSON.stringify(input));
      assert.match(error.message, words);
    }
  });

  test('its schema knows templates and secrets within the sink, and each example fits it', () => {
    assert.equal(findMark(HttpSink.shape.token), 'secret');
    const headers = HttpSink.shape.headers.def.innerType.def.valueType;
    assert.equal(findMark(headers), 'template');
    assert.ok(!headers.safeParse('a\nb').success);
    for (const { yaml } of ledgerRecord.examples) {
      const call = parse(yaml) as Record<string, unknown>;
      assert.deepEqual(ledgerRecord.input.safeParse(call['ledger.record']).error, undefined, yaml);
    }
    assert.ok(!ledgerRecord.input.safeParse({ node: 'n', sink: {} }).success);
    const tables = { url: '${env:URL}', nodes: 'nodes; drop table x' };
    assert.ok(!ledgerRecord.input.safeParse({ node: 'n', sink: { postgres: tables } }).success);
  });

  test('says where its effect goes, which for a repository’s own rules must be allowed', () => {
    const target = (sink?: object) => ledgerRecord.target(ledgerRecord.input.parse({ node: 'a\nb', sink }), null);
    assert.deepEqual(target(), {
      destination: 'ledger',
      orderKey: 'ledger.record:a b',
      credential: null,
      reaches: ['node:a b'],
    });
    assert.deepEqual(target({ http: { url: 'https://m.example.org:8443/x', token: '${env:T}' } }).reaches, [
      'node:a b',
      'host:m.example.org:8443',
    ]);
    const { destination, credential } = target({ postgres: { url: '${env:URL}' } });
    assert.deepEqual([destination, credential], ['postgres ${env:URL}', 'secret:${env:URL}']);
  });

  test('sends the entry to a web address under the same key with each attempt, and records once meanwhile', async (t) => {
    const monitor = await startMonitor(t);
    const [id, event] = [createId(), createPush()];
    const input = {
      node: 'mirrored',
      sink: { http: { url: `${monitor.url}/runs`, token: '${env:T}', headers: { 'X-From': 'fettle' } } },
    };
    const secrets = { '${env:T}': 'a-token-of-the-monitor' };
    monitor.answer = 500;
    const first = await runAction(t, ledgerRecord, input, { id, event, db, clock, secrets });
    assert.deepEqual([first.report.state, first.code], ['failed', 'upstream_failed']);
    monitor.answer = 200;
    const later = () => NOW_MS + 60_000;
    const second = await runAction(t, ledgerRecord, input, {
      id,
      event,
      db,
      clock: later,
      secrets,
      steps: first.report.steps,
    });
    assert.equal(second.report.state, 'succeeded');
    const [one, two] = monitor.requests;
    assert.deepEqual([one?.body, one?.headers['idempotency-key']], [two?.body, two?.headers['idempotency-key']]);
    assert.deepEqual([two?.headers.authorization, two?.headers['x-from']], ['Bearer a-token-of-the-monitor', 'fettle']);
    const sent = JSON.parse(two?.body ?? '') as Record<string, unknown>;
    assert.deepEqual([sent['id'], sent['node'], sent['counts']], [id, 'mirrored', { commits: 250 }]);
    assert.equal((await listRuns('mirrored')).length, 1);
  });

  test('an answer of the web address that repeats the token does not bring it into the error', async (t) => {
    const monitor = await startMonitor(t);
    monitor.answer = 422;
    monitor.say = 'bad a-token-of-the-monitor';
    const input = { node: 'refused', sink: { http: { url: `${monitor.url}/runs`, token: '${env:T}' } } };
    const secrets = { '${env:T}': 'a-token-of-the-monitor' };
    const { report, error } = await runAction(t, ledgerRecord, input, { event: createPush(), db, clock, secrets });
    assert.deepEqual([report.state, error?.code], ['dead', 'upstream_refused']);
    assert.doesNotMatch(JSON.stringify(report), /a-token/);
  });
});

describe('ledger.record into another PostgreSQL', () => {
  const store = shareStore(createDatabaseContext('embedded'));
  const db = () => store().db;

  test('writes nodes and runs once, and tells apart what must be mended there', async (t) => {
    const server = await startPostgres();
    t.after(() => server.close());
    const url = await server.createDatabase();
    const client = new pg.Client(url);
    await client.connect();
    try {
      await client.query(`create schema monitor;
        create table monitor."Nodes" (id text primary key, title text, last_run_at timestamptz, last_status text);
        create table monitor.runs (id uuid primary key, node_id text, trigger text, started_at timestamptz, finished_at timestamptz,
          status text, counts jsonb, url text);`);
      const [id, event] = [createId(), createPush()];
      const postgres = { url: '${env:URL}', nodes: 'monitor.Nodes', runs: 'monitor.runs' };
      const input = { node: `it's "x"`, title: 'A title', sink: { postgres } };
      const write = async (given: object = input, to = url, runId = id) =>
        await runAction(t, ledgerRecord, given, { id: runId, event, db, clock, secrets: { '${env:URL}': to } });

      assert.deepEqual([(await write()).code, (await write()).report.state], [undefined, 'unchanged']);
      const early = createId();
      await runAction(
        t,
        ledgerRecord,
        { ...input, startedAt: '2020-01-01T00:00:00Z', title: undefined, status: 'failed' },
        {
          id: early,
          event,
          db,
          clock,
          secrets: { '${env:URL}': url },
        },
      );
      const nodes = await client.query(`select id, title, last_run_at, last_status from monitor."Nodes"`);
      assert.deepEqual(nodes.rows, [
        { id: `it's "x"`, title: 'A title', last_run_at: new Date('2026-11-20T10:00:00Z'), last_status: 'success' },
      ]);
      const runs = await client.query(
        `select id, node_id, trigger, status, counts from monitor.runs order by started_at`,
      );
      assert.deepEqual(runs.rows, [
        { id: early, node_id: `it's "x"`, trigger: 'webhook', status: 'failure', counts: { commits: 250 } },
        { id, node_id: `it's "x"`, trigger: 'webhook', status: 'success', counts: { commits: 250 } },
      ]);

      const wrong = new URL(url);
      const user = `reader_${id.slice(-6)}`;
      await client.query(`create role ${user} login; grant usage on schema monitor to ${user}`);
      wrong.username = user;
      const expected: readonly [string, object, string][] = [
        ['access_refused', input, wrong.href],
        ['credential_refused', input, url.replace(/\/\/[^@]*@/, '//nobody:hunter2@')],
        ['upstream_refused', input, url.replace(/\/[^/]*$/, '/nowhere')],
        ['upstream_refused', { ...input, sink: { postgres: { ...postgres, runs: 'monitor.none' } } }, url],
        [
          'upstream_refused',
          { ...input, sink: { postgres: { ...postgres, runs: 'monitor."Nodes"'.replaceAll('"', '') } } },
          url,
        ],
        ['upstream_refused', { ...input, sink: { postgres: { ...postgres, runs: 'nirvana.runs' } } }, url],
        ['upstream_failed', input, `${url}?sslmode=verify-full`],
        ['upstream_failed', input, url.replace(/:\d+\//, ':1/')],
        ['secret_unresolved', input, 'mysql://a:hunter2@b/c'],
        ['secret_unresolved', input, `${url}?sslmode=perhaps`],
      ];
      for (const [code, given, to] of expected) {
        const { error, report } = await write(given, to, createId());
        assert.equal(error?.code, code, `${to}: ${error?.message}`);
        assert.doesNotMatch(JSON.stringify(report), /hunter2/);
      }
      const left = await client.query('select count(*)::int as count from monitor.runs');
      assert.deepEqual(left.rows, [{ count: 2 }]);
    } finally {
      await client.end();
    }
  });

  test('writes into the tables of the manual, over TLS when told, and then only to a certificate that is trusted', async (t) => {
    const server = await startPostgres({ own: true });
    t.after(() => server.close());
    const url = await server.createDatabase();
    const manual = readFileSync(new URL('../../../docs/ledger.md', import.meta.url), 'utf8');
    const client = new pg.Client(url);
    await client.connect();
    try {
      await client.query(/```sql\n(.*?)```/s.exec(manual)?.[1] ?? '');
      const write = (to: string) =>
        runAction(
          t,
          ledgerRecord,
          { node: 'push_app', sink: { postgres: { url: '${env:URL}' } } },
          { id: createId(), event: createPush(), db, clock, secrets: { '${env:URL}': to } },
        );
      const plain = await write(url);
      assert.equal(plain.report.state, 'succeeded', plain.error?.message);
      await switchOnTls(client);
      // The server takes its new settings up a moment later.
      await waitUntil(
        async () => (await write(`${url}?sslmode=no-verify`)).error === undefined,
        'the server offers TLS',
      );
      const untrusted = await write(`${url}?sslmode=require`);
      assert.match(untrusted.error?.message ?? '', /SELF_SIGNED_CERT/);
      const { rows: used } = await client.query('select count(*)::int as count from runs');
      assert.deepEqual(used, [{ count: 2 }]);
      await client.query(`delete from runs where id <> '${plain.report.id}'`);
      const { rows } = await client.query('select node_id, title, counts from runs join nodes on nodes.id = node_id');
      assert.deepEqual(rows, [{ node_id: 'push_app', title: 'push_app', counts: { commits: 250 } }]);
    } finally {
      await client.end();
    }
  });
});

/** Gives a server of this machine a certificate of its own and makes it offer TLS. */
async function switchOnTls(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  const directory = rows[0]?.data_directory ?? '';
  const { uid, gid } = statSync(directory);
  for (const [name, text] of Object.entries(createCertificate())) {
    const path = join(directory, `${name}.pem`);
    writeFileSync(path, text, { mode: 0o600 });
    chownSync(path, uid, gid);
    await client.query(`alter system set ssl_${name}_file = '${name}.pem'`);
  }
  await client.query('alter system set ssl = on');
  await client.query('select pg_reload_conf()');
}

interface Monitor {
  readonly url: string;
  readonly requests: { headers: IncomingHttpHeaders; body: string }[];
  answer: number;
  say: string;
}

async function startMonitor(t: TestContext): Promise<Monitor> {
  const monitor: Omit<Monitor, 'url'> = { requests: [], answer: 200, say: '' };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      monitor.requests.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(monitor.answer).end(monitor.say);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(monitor, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
