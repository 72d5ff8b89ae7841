import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createCommandLine } from '../../../test/command-line.ts';
import { createHubClient } from '../hub-client.ts';
import { readLocalConfig } from '../local-config.ts';
import { checkHub } from './check-hub.ts';
import type { Finding } from './finding.ts';

/** A forge, or a hub, that answers what it is told to. */
async function startServer(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A Gitea of which one token is known. `skewMs` is how far its clock is ahead. */
function toGitea(skewMs: number): RequestListener {
  return (request, response) => {
    response.sendDate = false;
    response.setHeader('date', new Date(Date.now() + skewMs).toUTCString());
    const isKnown = request.headers.authorization === 'token good-token';
    const body =
      request.url === '/api/v1/version'
        ? { version: '1.24.2' }
        : request.url === '/api/v1/user' && isKnown
          ? { id: 1, login: 'fettle-bot' }
          : {};
    response.statusCode = request.url === '/api/v1/user' && !isKnown ? 401 : 200;
    response.end(JSON.stringify(body));
  };
}

async function examine(t: TestContext, config: string, environment: Record<string, string> = {}) {
  const line = await createCommandLine(config);
  t.after(() => line.close());
  Object.assign(line.environment, environment);
  const { code, out } = await line.run('doctor', '--json');
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  return { code, ok, out, find: (name: string) => findings.find((finding) => finding.name === name) };
}

const ALLOW = 'network: { allowPrivate: [127.0.0.1/32] }\n';

test('a forge that answers shows its version, whose token it is and that the clocks agree', async (t) => {
  const url = await startServer(t, toGitea(0));
  const { find, out } = await examine(
    t,
    `${ALLOW}forges:\n  home: { kind: gitea, url: "${url}", token: good-token }\n`,
  );
  assert.deepEqual(find('forge home'), { name: 'forge home', status: 'ok', detail: 'gitea 1.24.2 answers' });
  assert.equal(find('forge home: token')?.detail, 'valid, it belongs to fettle-bot');
  assert.equal(find('forge home: clock')?.status, 'ok');
  assert.doesNotMatch(out, /good-token/);
});

test('a token that the forge refuses and a clock that is far off fail, with what to do', async (t) => {
  const url = await startServer(t, toGitea(-600_000));
  const { code, ok, find } = await examine(
    t,
    `${ALLOW}forges:\n  home: { kind: gitea, url: "${url}", token: bad-token }\n`,
  );
  assert.deepEqual([code, ok], [1, false]);
  assert.equal(find('forge home: token')?.status, 'fail');
  assert.match(find('forge home: token')?.advice ?? '', /new token/);
  assert.deepEqual(
    [find('forge home: clock')?.status, find('forge home: clock')?.advice],
    ['fail', 'Set both clocks by NTP.'],
  );
  assert.match(find('forge home: clock')?.detail ?? '', /^(599|600|601) s behind/);
});

test('a clock that is two minutes ahead and a missing token are warnings', async (t) => {
  const url = await startServer(t, toGitea(120_000));
  const { find } = await examine(t, `${ALLOW}forges:\n  home: { kind: gitea, url: "${url}" }\n`);
  assert.equal(find('forge home: clock')?.status, 'warn');
  assert.match(find('forge home: token')?.advice ?? '', /forges\.home\.token/);
});

test('a forge at a private address that is not allowed fails and names the option', async (t) => {
  const url = await startServer(t, toGitea(0));
  const { code, find } = await examine(t, `forges:\n  home: { kind: gitea, url: "${url}", token: good-token }\n`);
  assert.equal(code, 1);
  assert.match(find('forge home')?.detail ?? '', /network\.allowPrivate/);
});

test('a forge that cannot be reached only warns when nothing is to be looked up there', async (t) => {
  const { code, find } = await examine(t, `${ALLOW}forges:\n  home: { kind: gitea, url: "http://127.0.0.1:1" }\n`);
  assert.deepEqual([code, find('forge home')?.status], [0, 'warn']);
  const { find: findNamed } = await examine(
    t,
    'forges:\n  home: { kind: gitea }\n  open: { kind: gogs, unsigned: true }\n',
  );
  assert.match(findNamed('forge home')?.advice ?? '', /forges\.home\.url/);
  assert.equal(findNamed('forge open: secret')?.status, 'warn');
});

test('a public address that is private is explained for each kind of forge', async (t) => {
  const forges = [
    'a: { kind: gitea }',
    'b: { kind: forgejo }',
    'c: { kind: gogs }',
    'd: { kind: gitlab, url: "https://gitlab.example.org" }',
    'e: { kind: github }',
    'f: { kind: onedev }',
  ];
  const { find } = await examine(
    t,
    `publicUrl: http://127.0.0.1:8000\nforges:\n${forges.map((forge) => `  ${forge}\n`).join('')}`,
  );
  assert.deepEqual(find('public address'), { name: 'public address', status: 'ok', detail: '127.0.0.1 is 127.0.0.1' });
  const advice = (name: string) =>
    `${find(`forge ${name}: way to the hub`)?.status} ${find(`forge ${name}: way to the hub`)?.advice}`;
  assert.match(advice('a'), /^warn .*ALLOWED_HOST_LIST = external,127\.0\.0\.1/);
  assert.match(advice('b'), /^warn .*ALLOWED_HOST_LIST/);
  assert.match(advice('c'), /^warn .*LOCAL_NETWORK_ALLOWLIST = 127\.0\.0\.1/);
  assert.match(advice('d'), /^warn .*Outbound requests/);
  assert.match(advice('e'), /^fail .*public address/);
  assert.equal(find('forge f: way to the hub'), undefined);
});

test('a public address that resolves nowhere fails, and none at all is a warning', async (t) => {
  const nowhere = await examine(t, 'publicUrl: https://hub.invalid\nforges: { a: { kind: gogs } }\n');
  assert.deepEqual([nowhere.code, nowhere.find('public address')?.status], [1, 'fail']);
  const unset = await examine(t, 'http: { host: 0.0.0.0 }\nforges: { a: { kind: gogs } }\n');
  assert.match(unset.find('public address')?.detail ?? '', /publicUrl is not set; the hub listens at 0\.0\.0\.0$/);
});

test('a broken configuration is the only finding', async (t) => {
  const { code, find } = await examine(t, 'forges: { home: { kind: gitae } }\n');
  assert.equal(code, 1);
  assert.match(find('configuration')?.detail ?? '', /fettle\.yaml:1:\d+ forges\.home\.kind/);
  assert.equal(find('disk'), undefined);
});

test('a disk below its reserve fails, and close to it is a warning', async (t) => {
  const full = await examine(t, 'ingest: { diskReserve: 10000GB }\nforges: { a: { kind: gogs } }\n');
  assert.deepEqual([full.code, full.find('disk')?.status], [1, 'fail']);
  const { find } = await examine(t, 'forges: { a: { kind: gogs } }\n');
  const freeMegabytes = Number(/^(\d+) MB free/.exec(find('disk')?.detail ?? '')?.[1]);
  const near = await examine(
    t,
    `ingest: { diskReserve: ${Math.floor(freeMegabytes / 2)}MB }\nforges: { a: { kind: gogs } }\n`,
  );
  assert.equal(near.find('disk')?.status, 'warn');
});

test('a PostgreSQL server that does not answer fails while no hub runs', async (t) => {
  const { code, find, out } = await examine(t, 'forges: { a: { kind: gogs } }\n', {
    DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/fettle',
  });
  assert.deepEqual([code, find('database')?.status], [1, 'fail']);
  assert.match(find('database')?.advice ?? '', /DATABASE_URL/);
  assert.doesNotMatch(out, /hunter2/);
});

test('a path that cannot be a data directory fails, and one that is yet to be made does not', async (t) => {
  const line = await createCommandLine();
  t.after(() => line.close());
  await writeFile(join(line.directory, 'file'), '');
  line.environment['FETTLE_DATA_DIR'] = join(line.directory, 'file');
  assert.match((await line.run('doctor')).out, /^FAIL {2}data directory: .*file\/secrets\.json, cannot be read/m);
  line.environment['FETTLE_DATA_DIR'] = join(line.directory, 'not', 'yet', 'there');
  assert.match((await line.run('doctor')).out, /^ok {4}data directory: .*made at the first start/m);
});

test('what a running hub says of itself becomes findings', async (t) => {
  const line = await createCommandLine();
  t.after(() => line.close());
  line.environment['FETTLE_ADMIN_TOKEN'] = 'an-admin-token-for-tests';
  const cli = { environment: line.environment, cwd: line.directory } as Parameters<typeof readLocalConfig>[0];
  const loaded = await readLocalConfig(cli, undefined);
  const ask = async (health: object) => {
    const url = await startServer(t, (_request, response) => response.end(JSON.stringify(health)));
    const { findings, isRunning } = await checkHub(createHubClient(url, loaded), '2.0.0');
    return {
      isRunning,
      byName: Object.fromEntries(findings.map(({ name, status, detail }) => [name, `${status} ${detail}`])),
    };
  };
  const bad = await ask({
    status: 'degraded',
    version: '1.0.0',
    store: { kind: 'postgres', reachable: false },
    inbox: { entries: 3, accepting: false, reason: 'The disk is full.', oldestPendingAgeSeconds: 5 },
    config: { state: 'refused', problems: ['fettle.yaml:1:1 is broken.'] },
  });
  assert.equal(bad.isRunning, true);
  assert.match(bad.byName['hub'] ?? '', /^warn version 1\.0\.0 .*this is 2\.0\.0/);
  assert.match(bad.byName['database'] ?? '', /^fail postgres/);
  assert.match(bad.byName['inbox'] ?? '', /^fail .*The disk is full\./);
  assert.match(bad.byName['hub: configuration'] ?? '', /^fail .*is broken/);

  const slow = await ask({
    status: 'ok',
    version: '2.0.0',
    store: { kind: 'embedded', reachable: true },
    inbox: { entries: 3, accepting: true, oldestPendingAgeSeconds: 90 },
    config: { state: 'ok', problems: [] },
  });
  assert.deepEqual(slow.byName['inbox'], 'warn 3 deliveries wait in the inbox, the oldest for 90 s');

  const foreign = await ask({ status: 'ok', clients: 0 });
  assert.match(foreign.byName['hub'] ?? '', /^fail .*does not accept the token/);
  const other = await ask([]);
  assert.deepEqual([other.isRunning, other.byName['hub']?.startsWith('fail')], [false, true]);
});
