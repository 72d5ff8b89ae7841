import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createConfigDirectory } from '../../test/config-directory.ts';
import { FettleError } from '../core/errors.ts';
import { loadConfig, toConfigFile } from './load-config.ts';
import { ConfigError, toProblemLine } from './problem.ts';

test('without file and environment the defaults hold and two forges are there', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config, warnings, sources, file } = await directory.load();
  assert.equal(file, null);
  assert.deepEqual(warnings, []);
  assert.equal(config.http.port, 8000);
  assert.equal(config.http.host, '127.0.0.1');
  assert.equal(config.dataDir, join(directory.path, 'data'));
  assert.equal(config.activity.file, join(directory.path, 'data', 'activity', 'activity.jsonl'));
  assert.equal(config.retentionMs, 90 * 86_400_000);
  assert.equal(config.ingest.maxBodyBytes, 25 * 2 ** 20);
  assert.deepEqual(Object.keys(config.forges), ['gitea', 'github']);
  assert.deepEqual([...new Set([...sources.values()].map(({ from }) => from))], ['default']);
  assert.ok(Object.isFrozen(config.forges['gitea']));
});

test('an empty file and a file of comments mean the defaults', async (t) => {
  const directory = await createConfigDirectory(t);
  for (const text of ['', '# nothing yet\n', '---\n', 'http:\nforges:\nrules:\nrecipes:\n']) {
    assert.equal((await directory.load(text)).config.http.port, 8000, JSON.stringify(text));
  }
});

test('the environment wins over the file, and the file over the default', async (t) => {
  const directory = await createConfigDirectory(t);
  const text = 'http:\n  port: 9000\n  host: 0.0.0.0\nlog: { level: warning }\n';
  const { config, sources } = await directory.load(text, { FETTLE_HTTP_PORT: '9001', PORT: '9002', HOST: '' });
  assert.equal(config.http.port, 9001);
  assert.equal(config.http.host, '0.0.0.0');
  assert.equal(config.log.level, 'warn');
  assert.deepEqual(sources.get('http.port'), { from: 'environment', variable: 'FETTLE_HTTP_PORT' });
  assert.deepEqual(sources.get('http.host'), { from: 'file', file: 'fettle.yaml', line: 3, column: 3 });
  assert.deepEqual(sources.get('http.bodyTimeout'), { from: 'default' });
});

test('the names that people already set keep working', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(undefined, {
    HOST: '::1',
    PORT: '81',
    LOG_LEVEL: 'WARNING',
    DATABASE_URL: 'postgresql://db/fettle',
    SSE_RECONNECT_TIME: '7',
    SSE_HEARTBEAT_INTERVAL: '1.5',
    SSE_MAX_CLIENTS: '3',
    WEBHOOK_SERVER_DATA_DIR: 'old-data',
    FETTLE_NETWORK_ALLOW_PRIVATE: '127.0.0.1/32, 10.0.0.0/8',
    FETTLE_ACTIVITY_FILE: 'null',
    FETTLE_STREAM_CLIENT_BUFFER: '2MB',
  });
  assert.equal(config.http.host, '::1');
  assert.equal(config.http.port, 81);
  assert.equal(config.log.level, 'warn');
  assert.equal(config.database.url, 'postgresql://db/fettle');
  assert.deepEqual(config.stream, {
    reconnectMs: 7000,
    heartbeatMs: 1500,
    maxClients: 3,
    clientBufferBytes: 2_000_000,
  });
  assert.equal(config.dataDir, join(directory.path, 'old-data'));
  assert.deepEqual(config.network.allowPrivate, ['127.0.0.1/32', '10.0.0.0/8']);
  assert.equal(config.activity.file, null);
});

test('all problems are told at once, in file order, with line, column, path and what is allowed', async (t) => {
  const directory = await createConfigDirectory(t);
  const problems = await directory.refuse(
    'htpp: {}\nhttp:\n  port: abc\nforges:\n  home: { kind: gitae }\nstream: { heartbeat: 0s }\n',
  );
  assert.deepEqual(problems.map(toProblemLine), [
    `fettle.yaml:1:1 htpp: unknown key; did you mean http? Allowed: ${problems[0]?.allowed}.`,
    'fettle.yaml:3:9 http.port: "abc" is not allowed here. Allowed: a whole number from 0 to 65535.',
    'fettle.yaml:5:17 forges.home.kind: "gitae" is not allowed here; did you mean gitea? Allowed: one of gitea, forgejo, gogs, github, gitlab, bitbucket, onedev.',
    'fettle.yaml:6:22 stream.heartbeat: "0s" is not allowed here. Allowed: a duration such as 30s, 10m, 12h or 90d, from 1s to 1h.',
  ]);
  assert.deepEqual(problems[1], {
    file: 'fettle.yaml',
    line: 3,
    column: 9,
    variable: null,
    path: 'http.port',
    message: '"abc" is not allowed here',
    allowed: 'a whole number from 0 to 65535',
  });
});

test('a problem in the environment names the variable', async (t) => {
  const directory = await createConfigDirectory(t);
  const problems = await directory.refuse('', {
    PORT: '70000',
    FETTLE_HTTP_CORS_ORIGINS: 'https://a.example.org,nonsense',
  });
  assert.deepEqual(
    problems.map(({ variable, path, file }) => ({ variable, path, file })),
    [
      { variable: 'PORT', path: 'http.port', file: null },
      { variable: 'FETTLE_HTTP_CORS_ORIGINS', path: 'http.corsOrigins[1]', file: null },
    ],
  );
});

test('a variable that looks like a misspelt option is warned of, and others are left alone', async (t) => {
  const directory = await createConfigDirectory(t);
  const { warnings } = await directory.load('', { FETTLE_HTTP_PROT: '1', FETTLE_SERVICE_HOST: '10.0.0.1', HOME: '/' });
  assert.deepEqual(warnings.map(toProblemLine), [
    'FETTLE_HTTP_PROT: no option has this name; did you mean FETTLE_HTTP_PORT?',
  ]);
});

const SYNTAX = [
  { text: 'a: [\n b', line: 2, says: /indentation/ },
  { text: 'adminToken: *hunter2hunter2\n', line: 1, says: /quotes/ },
  { text: 'adminToken: !hunter2hunter2 x\n', line: 1, says: /quotes/ },
  { text: 'http: {}\nhttp: {}\n', line: 2, says: /twice/ },
  { text: 'http:\n\tport: 1\n', line: 2, says: /tab/ },
  { text: '---\nhttp: {}\n---\nhttp: {}\n', line: 3, says: /second document/ },
  { text: '- a\n', line: 1, says: /must hold a map/ },
  { text: '['.repeat(50_000), line: 1, says: /nested too deeply/ },
  { text: createAliasBomb(), line: 1, says: /aliases/ },
  { text: '# '.padEnd(1024 * 1024 + 1, 'x'), line: 1, says: /1 MiB/ },
  { text: '__proto__: { polluted: true }\n', line: 1, says: /unknown key/ },
];

function createAliasBomb(): string {
  const levels = Array.from({ length: 8 }, (_, i) => {
    const copies = Array.from({ length: 10 }, () => `*l${i}`).join(',');
    return `l${i + 1}: &l${i + 1} [${copies}]`;
  });
  return ['l0: &l0 [x]', ...levels].join('\n');
}

for (const { text, line, says } of SYNTAX) {
  test(`the file ${JSON.stringify(text.slice(0, 30))} is refused with the line and a reason that quotes nothing`, async (t) => {
    const directory = await createConfigDirectory(t);
    const [problem] = await directory.refuse(text);
    assert.equal(problem?.line, line);
    assert.match(problem.message, says);
    assert.doesNotMatch(problem.message, /hunter2/);
    assert.equal(({} as { polluted?: true }).polluted, undefined);
  });
}

test('a file that is not UTF-8 is refused', async (t) => {
  const directory = await createConfigDirectory(t);
  await writeFile(directory.file, Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]));
  await assert.rejects(directory.load(), (error) => error instanceof ConfigError && /UTF-8/.test(error.message));
});

test('a file named on the command line or by FETTLE_CONFIG must exist, and relative paths count from it', async (t) => {
  const directory = await createConfigDirectory(t);
  await mkdir(join(directory.path, 'etc'));
  await writeFile(join(directory.path, 'etc', 'hub.yaml'), 'dataDir: store\nlog: { file: hub.log }\n');
  const byName = await loadConfig({ path: 'etc/hub.yaml', environment: {}, cwd: directory.path });
  assert.equal(byName.config.dataDir, join(directory.path, 'etc', 'store'));
  assert.equal(byName.config.log.file, join(directory.path, 'etc', 'store', 'hub.log'));
  assert.equal(byName.file, join(directory.path, 'etc', 'hub.yaml'));
  assert.equal(toConfigFile({ path: 'etc/hub.yaml', environment: {}, cwd: directory.path }).file, byName.file);
  const byVariable = await directory.load(undefined, { FETTLE_CONFIG: 'etc/hub.yaml', FETTLE_DATA_DIR: 'store' });
  assert.equal(byVariable.config.dataDir, join(directory.path, 'store'));
  for (const path of ['etc/none.yaml', 'etc']) {
    await assert.rejects(
      loadConfig({ path, environment: {}, cwd: directory.path }),
      (error) => error instanceof FettleError && error.code === 'config_unreadable' && error.message.includes(path),
    );
  }
});

test('a file of version 1 is read, and one of a later version is refused with advice', async (t) => {
  const directory = await createConfigDirectory(t);
  assert.equal((await directory.load('version: 1\nhttp: { port: 1 }\n')).config.http.port, 1);
  const [problem] = await directory.refuse('version: 2\n');
  assert.match(problem?.message ?? '', /version 2.*up to 1.*update Fettle/);
  assert.equal((await directory.refuse('version: one\n'))[0]?.path, 'version');
});

test('the limit for all bodies in flight must leave room for one', async (t) => {
  const directory = await createConfigDirectory(t);
  const [problem] = await directory.refuse('ingest:\n  maxBody: 20MB\n  bytesInFlight: 10MB\n');
  assert.equal(problem?.path, 'ingest.bytesInFlight');
  assert.equal(problem.line, 3);
});

test('anchors and aliases within reason are resolved', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(
    'http: { corsOrigins: &o [https://a.example.org] , trustedProxies: 10.0.0.1 }\n',
  );
  assert.deepEqual(config.http.corsOrigins, ['https://a.example.org']);
  assert.deepEqual(config.http.trustedProxies, ['10.0.0.1']);
});
