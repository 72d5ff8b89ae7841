import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CommandLine, createCommandLine, runCommand } from '../../test/command-line.ts';
import { COMMANDS } from './program.ts';

let line: CommandLine;
before(async () => {
  line = await createCommandLine();
});
after(() => line.close());

for (const { path, summary, examples } of COMMANDS) {
  test(`fettle ${path} --help shows what it is for, its options and an example`, async () => {
    const { code, out } = await line.run(...path.split(' '), '--help');
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Usage: fettle ${path} `));
    assert.match(out, /--json/);
    assert.ok(examples.length > 0 && out.includes(`$ ${examples[0]}`), 'an example');
    assert.ok(summary.endsWith('.') && summary.length < 90, 'the summary is one short sentence');
    assert.ok(
      examples.every((example) => example.startsWith(`fettle ${path}`)),
      'examples are of this command',
    );
  });
}

test('fettle --help lists every first word and the exit codes', async () => {
  const { code, out } = await line.run('--help');
  assert.equal(code, 0);
  for (const { path } of COMMANDS) assert.match(out, new RegExp(`^  ${path.split(' ')[0]} `, 'm'));
  assert.match(out, /Exit codes:\n {2}0 /);
});

test('fettle --version prints the version alone', async () => {
  assert.deepEqual(
    { ...(await line.run('--version')), json: undefined },
    {
      code: 0,
      out: '9.9.9\n',
      err: '',
      json: undefined,
    },
  );
});

test('wrong usage exits with 2, says what is wrong and where help is', async () => {
  for (const args of [
    ['bogus'],
    ['serve', '--port', '99999'],
    ['--port', 'x'],
    ['send'],
    ['send', 'gitea'],
    ['send', 'nowhere', 'push', '--url', 'http://127.0.0.1:1'],
    ['send', 'gitea', 'no-such-event', '--url', 'http://127.0.0.1:1'],
    ['send', 'gitea', 'push', '--secret', 'hunter2', '--url', 'http://127.0.0.1:1'],
    ['check', '--wrong'],
    ['check', 'too', 'many'],
    ['forge', 'secret', 'nowhere'],
    ['rules', 'show', 'nothing'],
    ['token'],
    ['token', 'create'],
    ['token', 'create', '--name', 'x', '--role', 'king'],
    ['token', 'create', '--name', 'x', '--expires', 'soon'],
    ['demo', '--speed', 'warp'],
    ['export', '--after', '-1'],
    ['export', '--format', 'xml'],
    ['export', '--format', 'json', '--append'],
    ['token', 'list', '--url', 'ftp://x'],
    ['inbox', 'drain'],
    ['inbox', 'drain', '--dir', 'nowhere'],
  ]) {
    const { code, err } = await line.run(...args);
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.ok(err.length > 20, args.join(' '));
    assert.doesNotMatch(err, /\n {4}at |hunter2/, 'no stack trace and no secret');
  }
});

test('an absent hub exits with 3 and says how to start one', async () => {
  const environment = { ...line.environment, FETTLE_ADMIN_TOKEN: 'a-token-of-our-own' };
  const far = await runCommand(['token', 'list', '--url', 'http://127.0.0.1:1'], { environment, cwd: line.directory });
  assert.equal(far.code, 3);
  assert.match(far.err, /^error hub_unreachable: .*127\.0\.0\.1:1 .*fettle serve/);
  const unknown = await runCommand(['token', 'list'], { environment, cwd: line.directory });
  assert.equal(unknown.code, 3, 'a free port of an unknown number');
  assert.match(unknown.err, /--url/);
});

test('an error with --json is an object with code and detail on stderr', async () => {
  const { code, err, out } = await line.run('forge', 'secret', 'nowhere', '--json');
  assert.equal(code, 2);
  assert.equal(out, '');
  const error = JSON.parse(err) as { code: string; detail: string };
  assert.equal(error.code, 'unknown_forge');
  assert.match(error.detail, /gitea, github/);
});

test('a broken configuration exits with 2 and lists every problem with its place', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-cli-'));
  t.after(() => rm(directory, { recursive: true }));
  const text = [
    'forges:',
    '  home: { kind: gitae }',
    'rules:',
    '  - { name: a, on: push, if: "labl == 1", do: { trigger: x } }',
  ];
  await writeFile(join(directory, 'fettle.yaml'), text.join('\n'));
  for (const command of [['check'], ['serve'], ['config'], ['forge', 'list']]) {
    const { code, err, out } = await runCommand(command, { environment: {}, cwd: directory });
    assert.equal(code, 2);
    assert.match(err, /^error config_invalid: .*2 problems/);
    assert.match(err, /fettle\.yaml:2:17 forges\.home\.kind/);
    assert.match(err, /fettle\.yaml:4:\d+ rules\[0\]\.if.*labl/);
    assert.equal(out, '');
  }
  const asJson = await runCommand(['check', '--json'], { environment: {}, cwd: directory });
  assert.equal(asJson.code, 2);
  const { ok, problems } = asJson.json<{ ok: boolean; problems: { line: number }[] }>();
  assert.deepEqual([ok, problems.map((problem) => problem.line)], [false, [2, 4]]);
});

test('colours are for terminals only, and not where NO_COLOR is set', async () => {
  const { environment, directory: cwd } = line;
  const escape = '\u001b[';
  const coloured = await runCommand(['check'], { environment, cwd, isTerminal: true });
  assert.ok(coloured.out.includes(escape));
  const plain = await runCommand(['check'], { environment: { ...environment, NO_COLOR: '1' }, cwd, isTerminal: true });
  assert.ok(!plain.out.includes(escape));
  assert.ok(!(await line.run('check')).out.includes(escape));
});

test('a defect shows where it happened and asks to report it', async () => {
  const startHub = () => Promise.reject(new TypeError('something impossible'));
  const { environment, directory: cwd } = line;
  const { code, err } = await runCommand(['serve'], { environment, cwd, startHub });
  assert.equal(code, 1);
  assert.match(err, /^error internal: This is a defect.*report it[^]*something impossible\n +at /);
  const asJson = await runCommand(['serve', '--json'], { environment, cwd, startHub });
  assert.equal((JSON.parse(asJson.err) as { code: string }).code, 'internal');
});
