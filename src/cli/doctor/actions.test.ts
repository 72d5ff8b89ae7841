import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { test, type TestContext } from 'node:test';
import { createCertificate } from '../../../test/certificate.ts';
import { createCommandLine } from '../../../test/command-line.ts';
import { startMailServer, startScriptedMailServer, toUsualReply } from '../../../test/mail-server.ts';
import { startMatrixHomeserver } from '../../../test/matrix-homeserver.ts';
import { createHubClient } from '../hub-client.ts';
import { readLocalConfig } from '../local-config.ts';
import { checkHub } from './check-hub.ts';
import { checkPrograms } from './check-programs.ts';
import type { Finding } from './finding.ts';

const ALLOW = 'network: { allowPrivate: [127.0.0.1/32] }\n';
const PASSWORD = 'hunter2-that-nobody-may-see';

async function examine(t: TestContext, config: string, environment: Record<string, string> = {}) {
  const line = await createCommandLine(`${ALLOW}${config}`);
  t.after(() => line.close());
  Object.assign(line.environment, environment);
  const { code, out } = await line.run('doctor', '--json');
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  const named = (name: string) => findings.filter((finding) => finding.name === name);
  return { code, out, named, find: (name: string) => named(name)[0], line };
}

const toRule = (name: string, action: string, more = '') =>
  `  - { name: ${name}, on: push, do: { ${action} }${more} }\n`;

test('Matrix: each room is looked at with requests that only read', async (t) => {
  const server = await startMatrixHomeserver();
  t.after(() => server.close());
  const enter = (room: string) =>
    fetch(`${server.url}/_matrix/client/v3/join/${encodeURIComponent(room)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}` },
      body: '{}',
    });
  const open = server.createRoom({ alias: '#open' });
  await enter(open);
  for (const alias of ['#secret', '#allowed']) await enter(server.createRoom({ alias, isEncrypted: true }));
  server.createRoom({ alias: '#outside', isPublic: false });
  const asked = server.requests.length;
  const rooms = ['#open', '#secret', '#outside', '#absent'].map((room) => `${room}:test.example`);
  const { code, out, find, named } = await examine(
    t,
    `matrix: { homeserver: "${server.url}", token: "\${env:MATRIX}" }\nrules:\n${rooms
      .map((room, index) => toRule(`r${index}`, `matrix.notify: { room: "${room}" }`))
      .join('')}${toRule('by id', `matrix.notify: { room: "${open}" }`)}${toRule(
      'allowed',
      'matrix.notify: { room: "#allowed:test.example", allowUnencrypted: true }',
    )}${toRule('unknown', 'matrix.notify: { room: "#{{ repo.name }}:test.example" }')}${toRule(
      'off',
      'matrix.notify: { room: "#never:test.example" }',
      ', enabled: false',
    )}recipes:\n  - releases-monitor: { repos: "dataforge/*", room: "#recipe:test.example" }\n`,
    { MATRIX: server.token },
  );
  assert.equal(code, 1);
  assert.match(find('matrix')?.detail ?? '', /answers, the token belongs to @fettle:test\.example$/);
  const told = (room: string) => {
    const finding = find(`matrix: room ${room}`);
    return `${finding?.status} ${finding?.detail} ${finding?.advice ?? ''}`;
  };
  assert.match(told('#open:test.example'), /^ok joined and not encrypted, for rule `r0`/);
  assert.match(told(open), /^ok joined and not encrypted/);
  assert.match(told('#secret:test.example'), /^fail encrypted, and rule `r1` would post .*allowUnencrypted/);
  assert.match(told('#allowed:test.example'), /^ok joined; encrypted/);
  assert.match(told('#outside:test.example'), /^warn the account is not in it.*invite the account/);
  assert.match(told('#absent:test.example'), /^fail there is none, and rule `r3` would post Correct `room`/);
  assert.match(told('#recipe:test.example'), /^fail there is none/);
  assert.deepEqual([named('matrix: room #never:test.example'), /repo\.name/.test(out)], [[], false]);
  const made = server.requests.slice(asked);
  assert.ok(made.length > 6 && made.every(({ method }) => method === 'GET'));
  assert.equal(out.includes(server.token), false);
});

test('Matrix: a refused token, a homeserver that is none, and settings that are missing', async (t) => {
  const server = await startMatrixHomeserver();
  t.after(() => server.close());
  const rule = `rules:\n${toRule('r', 'matrix.notify: { room: "#open:test.example" }')}`;
  const refused = await examine(t, `matrix: { homeserver: "${server.url}", token: wrong-token }\n${rule}`);
  assert.deepEqual([refused.code, refused.find('matrix')?.status], [1, 'fail']);
  assert.match(refused.find('matrix')?.detail ?? '', /matrix\.token/);
  assert.equal(refused.out.includes('wrong-token'), false);
  const away = await examine(t, `matrix: { homeserver: "http://127.0.0.1:1", token: x }\n${rule}`);
  assert.equal(away.find('matrix')?.status, 'fail');
  const unset = await examine(t, rule);
  assert.match(unset.find('matrix')?.detail ?? '', /matrix\.homeserver is not set, and rule `r` would post/);
  const unused = await examine(t, `matrix: { homeserver: "${server.url}" }\n`);
  assert.deepEqual([unused.code, unused.find('matrix')?.status], [0, 'warn']);
  assert.equal((await examine(t, 'forges: { a: { kind: gogs } }\n')).find('matrix'), undefined);
});

test('mail: the server answers, encrypts and lets us sign in, and gets no message', async (t) => {
  const certificate = createCertificate('localhost', true);
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificate.cert]);
  t.after(() => {
    setDefaultCACertificates(before);
  });
  const server = await startMailServer(t, {
    ...certificate,
    authOptional: false,
    onAuth: ({ username, password }, _session, done) =>
      password === PASSWORD ? done(null, { user: username }) : done(new Error(`no, ${password}`)),
  });
  const rule = `rules:\n${toRule('mail', 'email.send: { to: ada@example.org }')}`;
  const smtp = (port: number, more: string) =>
    `smtp: { host: 127.0.0.1, port: ${port}, from: fettle@example.org${more} }\n${rule}`;
  const good = await examine(t, smtp(server.port, ', user: fettle, password: "${env:MAIL}"'), { MAIL: PASSWORD });
  assert.deepEqual(good.find('mail'), {
    name: 'mail',
    status: 'ok',
    detail: `127.0.0.1:${server.port} answers with STARTTLS, signed in as fettle`,
  });
  const wrong = await examine(t, smtp(server.port, ', user: fettle, password: "${env:MAIL}"'), {
    MAIL: `${PASSWORD}!`,
  });
  assert.equal(wrong.find('mail')?.status, 'fail');
  assert.match(wrong.find('mail')?.advice ?? '', /smtp\.password/);
  assert.equal((good.out + wrong.out).includes(PASSWORD), false);
  assert.deepEqual(server.received, []);

  const plain = await startScriptedMailServer(t, (line) =>
    line === 'STARTTLS' ? '502 what?\r\n' : toUsualReply(line),
  );
  const without = await examine(t, smtp(plain.port, ''));
  assert.deepEqual([without.code, without.find('mail')?.status], [1, 'fail']);
  const trusting = await examine(t, smtp(plain.port, ', security: none'));
  assert.deepEqual([trusting.code, trusting.find('mail')?.status], [0, 'warn']);
  assert.ok(plain.lines.every((sent) => !/^(MAIL|RCPT|DATA)/i.test(sent)));

  const unset = await examine(t, rule);
  assert.match(unset.find('mail')?.detail ?? '', /smtp\.host is not set, and rule `mail` would send mail/);
  const nobody = await examine(t, `smtp: { host: 127.0.0.1, port: ${plain.port}, security: none }\n${rule}`);
  assert.match(nobody.find('mail')?.detail ?? '', /smtp\.from is not set/);
});

test('programs: switched on, listed, there, executable', async (t) => {
  const line = await createCommandLine();
  t.after(() => line.close());
  const script = join(line.directory, 'script');
  await writeFile(script, '#!/bin/sh\n');
  await chmod(script, 0o644);
  const rule = `rules:\n${toRule('start', 'exec.run: { program: /bin/sh }')}${toRule('other', 'exec.run: { program: /bin/other }')}`;
  const off = await examine(t, rule);
  assert.match(off.find('programs')?.detail ?? '', /exec\.enabled is off, and rules `start`, `other` would start/);
  const user = `${process.getuid?.()}:${process.getgid?.()}`;
  const programs = `[/bin/sh, ${script}, /absent, ${line.directory}]`;
  const { named, find } = await examine(t, `exec: { enabled: true, programs: ${programs}, user: "${user}" }\n${rule}`);
  assert.deepEqual(
    named('programs').map(({ detail }) => detail),
    ['/bin/other of rule `other` is not in exec.programs'],
  );
  assert.equal(find('programs: user')?.status, 'ok');
  assert.equal(find('program /bin/sh')?.status, 'ok');
  assert.match(find('program /absent')?.detail ?? '', /ENOENT/);
  assert.equal(find(`program ${line.directory}`)?.detail, 'it is not a file');
  const root = await checkPrograms({ exec: { enabled: true, programs: [], user: null } }, [], { uid: 0, gid: 0 });
  assert.deepEqual([root[0]?.status, /set `exec\.user`/.test(root[0]?.detail ?? '')], ['fail', true]);
  const [other] = await checkPrograms({ exec: { enabled: true, programs: [], user: '1' } }, [], { uid: 5, gid: 5 });
  assert.equal(other?.status, 'fail');
});

test('secrets of rules resolve, without being shown, each reference once', async (t) => {
  const rule = (name: string, variable: string) =>
    toRule(name, `webhook.send: { url: "https://hooks.example.org", secret: "\${env:${variable}}" }`);
  const missing = await examine(t, `rules:\n${rule('a', 'GOOD')}${rule('b', 'ABSENT')}${rule('c', 'ABSENT')}`, {
    GOOD: PASSWORD,
  });
  assert.deepEqual(
    missing.named('secrets of rules').map(({ status, detail }) => [status, detail]),
    [['fail', '${env:ABSENT} cannot be resolved: this environment variable is not set (rules `b`, `c`)']],
  );
  const good = await examine(t, `rules:\n${rule('a', 'GOOD')}`, { GOOD: PASSWORD });
  assert.deepEqual(
    [good.code, good.find('secrets of rules')?.detail],
    [0, '1 reference resolves, as seen by this command'],
  );
  assert.equal((good.out + missing.out).includes(PASSWORD), false);
});

test('repository rules need a token on each forge that they are for', async (t) => {
  const { named, find } = await examine(
    t,
    'forges:\n  a: { kind: gogs }\n  b: { kind: gogs }\nrepositoryRules: [{ forges: a, repos: "*/*", actions: [trigger] }]\n',
  );
  assert.match(find('forge a: repository rules')?.advice ?? '', /forges\.a\.token/);
  assert.deepEqual(named('forge b: repository rules'), []);
});

test('a running hub tells of its books, its runs, and webhooks that need a public address', async (t) => {
  const { line } = await examine(t, 'forges: { a: { kind: gogs } }\n', {
    FETTLE_ADMIN_TOKEN: 'an-admin-token-for-tests',
  });
  const hub = await line.start();
  const first = JSON.parse((await line.run('doctor', '--json')).out) as { findings: Finding[] };
  assert.equal(first.findings.find(({ name }) => name === 'public address')?.status, 'warn');
  const now = new Date();
  await hub
    .database()
    .insertInto('hooks')
    .values({
      forge: 'a',
      level: 'repository',
      place: 'dataforge/app',
      hook_id: '1',
      url: 'https://hub.example.org/webhook/a',
      asked: ['push'],
      taken: ['push'],
      secret: Buffer.from(''),
      installed_at: now,
      installed_by: 'ada',
      state: 'ok',
      detail: '',
      since: now,
      checked_at: now,
    })
    .execute();
  const then = JSON.parse((await line.run('doctor', '--json')).out) as { findings: Finding[] };
  const address = then.findings.find(({ name }) => name === 'public address');
  assert.deepEqual([address?.status, /installed webhooks \(1\)/.test(address?.detail ?? '')], ['fail', true]);
});

test('what health says of books and runs becomes findings', async (t) => {
  const { createServer } = await import('node:http');
  const health = {
    status: 'degraded',
    version: '1',
    store: { kind: 'embedded', reachable: true },
    inbox: { entries: 0, accepting: true, oldestPendingAgeSeconds: null },
    config: { state: 'ok', problems: [] },
    books: { balanced: false, findings: [{ about: 'inbox 1', detail: '3 deliveries were drained.' }] },
    runs: { waiting: 2, dead: 1, breakers: 1 },
  };
  const server = createServer((_request, response) => response.end(JSON.stringify(health)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const line = await createCommandLine();
  t.after(() => line.close());
  line.environment['FETTLE_ADMIN_TOKEN'] = 'an-admin-token-for-tests';
  const cli = { environment: line.environment, cwd: line.directory } as Parameters<typeof readLocalConfig>[0];
  const { port } = server.address() as { port: number };
  const { findings, installedHooks } = await checkHub(
    createHubClient(`http://127.0.0.1:${port}`, await readLocalConfig(cli, undefined)),
    '1',
  );
  const byName = Object.fromEntries(findings.map(({ name, status, detail }) => [name, `${status} ${detail}`]));
  assert.equal(byName['books'], 'fail inbox 1: 3 deliveries were drained.');
  assert.equal(byName['runs'], 'warn dead 1, waiting 2');
  assert.equal(byName['runs: breakers'], 'warn destinations or credentials left alone: 1');
  assert.equal(installedHooks, 0);
});
