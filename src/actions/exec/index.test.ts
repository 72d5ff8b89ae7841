import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Config } from '../../config/config.ts';
import { type ActionTrial, runAction } from '../../../test/run-action.ts';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { execRun } from './index.ts';

/** Programs are node scripts that everybody may read. As root the tests run them as somebody else, as a hub must. */
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const PROGRAM = process.execPath;
const EXEC: Config['exec'] = { enabled: true, programs: [PROGRAM], user: isRoot ? `${NOBODY}:${NOBODY}` : null };

/** Node hands this on to every program it starts, whatever environment they are given. */
delete process.env['NODE_V8_COVERAGE'];

const PUSH = {
  ...makeEvent({
    repo: makeRepo('dataforge/app'),
    branch: 'main',
    actor: { login: 'ada', bot: false },
    commitCount: 3,
  }),
  seq: 7,
};

/** Writes what it sees into the file that is its first argument. */
const TELL_ALL = `
  let stdin = '';
  process.stdin.on('data', (chunk) => (stdin += chunk));
  process.stdin.on('end', () => require('node:fs').writeFileSync(process.argv[2], JSON.stringify({
    stdin, args: process.argv.slice(3), env: process.env, cwd: process.cwd(), uid: process.getuid(), groups: process.getgroups(),
  })));
`;

describe('exec.run', { skip: process.platform === 'win32' }, () => {
  it('gives the program the event on standard input and in variables, and nothing of its own environment', async (t) => {
    const told = await tell(
      t,
      { args: ['--quiet', '$(id)', '; ls'] },
      { event: PUSH, hops: 2, id: 'run-1', attempt: 3 },
    );
    assert.deepEqual(JSON.parse(told.stdin), PUSH);
    assert.deepEqual(told.args, ['--quiet', '$(id)', '; ls']);
    assert.equal(told.cwd, '/');
    assert.deepEqual(told.env, {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/',
      LANG: 'C.UTF-8',
      FETTLE_RUN_ID: 'run-1',
      FETTLE_RULE: 'a rule',
      FETTLE_ATTEMPT: '3',
      FETTLE_HOPS: '3',
      FETTLE_EVENT_ID: PUSH.id,
      FETTLE_EVENT_TYPE: 'push',
      FETTLE_EVENT_FORGE: 'home',
      FETTLE_EVENT_KIND: 'gitea',
      FETTLE_EVENT_REPO: 'dataforge/app',
      FETTLE_EVENT_ACTOR: 'ada',
      FETTLE_EVENT_BRANCH: 'main',
      FETTLE_EVENT_COMMIT_COUNT: '3',
    });
    if (isRoot) assert.deepEqual([told.uid, told.groups], [NOBODY, [NOBODY]]);
  });

  it('reads nothing, or the text that the rule gives', async (t) => {
    assert.equal((await tell(t, { stdin: 'none' }, { event: PUSH })).stdin, '');
    assert.equal((await tell(t, { stdin: 'deploy main\n' }, { event: PUSH })).stdin, 'deploy main\n');
    assert.equal((await tell(t, {}, {})).stdin, '');
  });

  it('keeps hostile text of a forge away from arguments, and harmless in variables', async (t) => {
    const title = 'a\u0000b\n\u001b[2J$(reboot) `id` \u202e' + 'x'.repeat(1_000_000);
    const env = { NOTE: title };
    const { args, env: found } = await tell(t, { env, stdin: 'none' }, { event: { ...PUSH, title } });
    assert.deepEqual(args, []);
    const shown = found.FETTLE_EVENT_TITLE ?? '';
    assert.ok(shown.startsWith('a b [2J$(reboot) `id` x'), shown.slice(0, 50));
    assert.equal(shown.length, 1_000);
    assert.ok(found.NOTE?.startsWith('ab\n[2J$(reboot) `id` '), found.NOTE?.slice(0, 50));
    assert.equal(found.NOTE?.includes('\u0000'), false);
  });

  it('ends well with what the program said last, cleaned', async (t) => {
    const script = write(t, `for (let i = 1; i <= 300; i++) console.log('line', i); console.log('\\u001b[31mdone');`);
    const { report } = await run(t, { args: [script] });
    assert.equal(report.state, 'succeeded');
    assert.deepEqual(report.result, { summary: 'line 299 · line 300 · [31mdone' });
    assert.equal(report.steps[0]?.log?.length, 100);
    const silent = await run(t, { args: [write(t, '')] });
    assert.deepEqual(silent.report.result, { summary: `${PROGRAM} ended well.` });
  });

  it('tries again after exit code 75, and after no other', async (t) => {
    const later = await run(t, { args: [write(t, `console.log('database is away'); process.exit(75)`)] });
    assert.deepEqual([later.report.state, later.code], ['failed', 'upstream_failed']);
    assert.match(later.error?.message ?? '', /exit code 75: try again\. It said last: database is away/);
    const dead = await run(t, { args: [write(t, `console.error('no such host'); process.exit(3)`)] });
    assert.deepEqual([dead.report.state, dead.code], ['dead', 'upstream_refused']);
    assert.match(dead.error?.message ?? '', /exit code 3\..*no such host/);
  });

  it('waits for a person when a signal or the end of its time leaves open what was done', async (t) => {
    const killed = await run(t, { args: [write(t, `process.kill(process.pid, 'SIGKILL')`)] });
    assert.deepEqual([killed.report.state, killed.code], ['waiting', 'outcome_unknown']);
    assert.match(killed.error?.message ?? '', /ended by SIGKILL/);
    const slow = await run(t, { args: [write(t, 'setInterval(() => {}, 1000)')], timeout: '1s' });
    assert.deepEqual([slow.report.state, slow.code], ['waiting', 'outcome_unknown']);
    assert.match(slow.error?.message ?? '', /still running after 1 s/);
    const resent = await run(t, { args: [write(t, `process.kill(process.pid, 'SIGKILL')`)] }, { onUnknown: 'resend' });
    assert.deepEqual([resent.report.state, resent.code], ['dead', 'upstream_refused']);
  });

  it('has its intent on record before the program starts, and takes it back at the end', async (t) => {
    const script = write(t, '');
    const { saved, report } = await run(t, { args: [script] });
    assert.equal(saved[0]?.intent, 'run the program');
    assert.equal(report.intent, null);
    const again = await run(t, { args: [write(t, 'process.exit(1)')] }, { steps: report.steps });
    assert.equal(again.report.state, 'succeeded', 'a finished run is not repeated');
  });

  it('starts nothing that the configuration does not allow', async (t) => {
    const off = await run(t, {}, {}, { enabled: false });
    assert.deepEqual([off.report.state, off.code], ['dead', 'action_forbidden']);
    assert.match(off.error?.message ?? '', /exec\.enabled/);
    const unlisted = await run(t, { program: '/bin/sh', args: ['-c', 'id'] });
    assert.deepEqual([unlisted.report.state, unlisted.code], ['dead', 'action_forbidden']);
    assert.match(unlisted.error?.message ?? '', /exec\.programs/);
    const absent = await run(t, { program: '/nonexistent/program' }, {}, { programs: ['/nonexistent/program'] });
    assert.deepEqual([absent.report.state, absent.code], ['dead', 'rule_invalid']);
    assert.match(absent.error?.message ?? '', /ENOENT/);
  });

  it('does not start programs as root unless the configuration names root', { skip: !isRoot }, async (t) => {
    const { report, error } = await run(t, {}, {}, { user: null });
    assert.equal(report.state, 'dead');
    assert.match(error?.message ?? '', /would start programs as root/);
  });

  it('refuses templates in arguments and names that steer how code is loaded', () => {
    const base = { program: PROGRAM };
    const refused: object[] = [
      { program: 'node' },
      { program: '/usr/bin/../sbin/reboot' },
      { program: '/opt/{{ repo.name }}' },
      { ...base, args: ['{{ title }}'] },
      { ...base, args: ['{% if x %}'] },
      { ...base, args: ['a\u0000b'] },
      { ...base, cwd: 'relative' },
      { ...base, timeout: '2h' },
      { ...base, shell: true },
    ];
    const names = ['PATH', 'LD_PRELOAD', 'NODE_OPTIONS', 'BASH_ENV', 'PYTHONPATH', 'GIT_SSH_COMMAND', 'FETTLE_HOPS'];
    for (const name of [...names, 'lower', 'A-B', 'A=B', '1A', '']) refused.push({ ...base, env: { [name]: 'x' } });
    for (const input of refused) {
      assert.equal(execRun.input.safeParse(input).success, false, JSON.stringify(input));
    }
    assert.equal(execRun.input.safeParse({ ...base, env: { DEPLOY_BRANCH: 'main', _X: '1' } }).success, true);
    assert.equal(execRun.allowedInRepository, false);
  });
});

interface TellInput {
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Told {
  readonly stdin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid: number;
  readonly groups: readonly number[];
}

/** What a program saw of the world. */
async function tell(t: TestContext, input: TellInput, trial: ActionTrial): Promise<Told> {
  const file = join(makeFolder(t), 'told');
  const { report } = await run(t, { ...input, args: [write(t, TELL_ALL), file, ...(input.args ?? [])] }, trial);
  assert.equal(report.state, 'succeeded', report.reason ?? '');
  return JSON.parse(readFileSync(file, 'utf8')) as Told;
}

function run(t: TestContext, input: object, trial: ActionTrial = {}, exec: Partial<Config['exec']> = {}) {
  return runAction(t, execRun, { program: PROGRAM, ...input }, { ...trial, config: { exec: { ...EXEC, ...exec } } });
}

function write(t: TestContext, script: string): string {
  const path = join(makeFolder(t), 'script.cjs');
  writeFileSync(path, script);
  chmodSync(path, 0o644);
  return path;
}

/** A folder that everybody may write to. */
function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-exec-'));
  chmodSync(folder, 0o777);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
