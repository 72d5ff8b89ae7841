import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Claimed, TaskDetails, TaskSummary } from '../../tasks/shapes.ts';
import { type CommandLine, createCommandLine, type Ran, runCommand } from '../../../test/command-line.ts';
import { waitUntil } from '../../../test/wait-until.ts';

let line: CommandLine;
before(async () => {
  line = await createCommandLine(`
forges:
  home: { kind: gitea }
agents:
  mosaic: { about: Does everything., concurrency: 5 }
`);
  await line.start();
});
after(() => line.close());

const tasks = (...args: string[]) => line.run('tasks', ...args);

/** What a holder runs: its lease is in the environment, and a result may come by the standard input. */
async function hold(lease: string, args: readonly string[], input = ''): Promise<Ran> {
  const environment = { ...line.environment, FETTLE_LEASE: lease };
  return await runCommand(['tasks', ...args], { environment, cwd: line.directory, input });
}

/** Opens work by its name and waits until it can be claimed. */
async function open(name: string, ...more: string[]): Promise<string> {
  const opened = await tasks('open', '--forge', 'home', '--name', name, '--title', `Do ${name}`, '--json', ...more);
  assert.equal(opened.code, 0, opened.err);
  const { id } = opened.json<TaskDetails>();
  await waitUntil(async () => (await show(id)).state === 'queued', 'it can be claimed');
  return id;
}

async function show(id: string): Promise<TaskDetails> {
  return (await tasks('show', id, '--json')).json<TaskDetails>();
}

async function claim(...more: string[]): Promise<Claimed> {
  const claimed = await tasks('claim', '--agent', 'mosaic', '--json', ...more);
  assert.equal(claimed.code, 0, claimed.err);
  return claimed.json<Claimed>();
}

test('an agent without work is told so by an exit code of its own', async () => {
  assert.match((await tasks('list')).out, /^No task matches\.$/m);
  const none = await tasks('claim', '--agent', 'mosaic', '--wait', '1');
  assert.deepEqual([none.code, none.out, none.err], [6, '', 'There is no work.\n']);
  const agents = await tasks('agents');
  assert.match(agents.out, /^mosaic +config +0 of 5 held +low medium high +heard from \S+Z$/m);
});

test('a task is opened, claimed, kept, and completed from the standard input, also over a restart of the hub', async () => {
  const id = await open('review', '--label', 'bug', '--priority', '3');
  const listed = await tasks('list', '--state', 'queued', '--label', 'bug');
  assert.match(listed.out, new RegExp(`^${id}  queued  home~review +Do review$`, 'm'));
  const claimed = await tasks('claim', '--agent', 'mosaic', '--wait', '20');
  assert.equal(claimed.code, 0, claimed.err);
  const [, token = ''] = /^lease +(fl_\S+)$/m.exec(claimed.out) ?? [];
  assert.match(claimed.out, /^title +Do review$/m);

  await line.stop();
  await line.start();
  const kept = await hold(token, ['heartbeat', id, '--percent', '40', '--note', 'Reading \u001b[31mred.']);
  assert.deepEqual([kept.code, kept.out.includes(`${id} leased until `)], [0, true], kept.err);
  const shown = await tasks('show', id);
  assert.match(shown.out, /^held by +mosaic until \S+Z$/m);
  assert.match(shown.out, /^progress +40 % Reading red\.$/m);
  assert.match(shown.out, /^Journal\n {2}\S+Z {2}opened {2}by admin/m);
  assert.ok(!shown.out.includes('\u001b') && !shown.out.includes(token));

  const result = JSON.stringify({ summary: 'From the file.', commits: ['0a1b2c3'], data: { tests: 7 } });
  const done = await hold(token, ['complete', id, '--result', '-', '--summary', 'All is well.'], result);
  assert.deepEqual([done.code, done.out], [0, `${id} succeeded\n`], done.err);
  assert.deepEqual((await show(id)).result, { summary: 'All is well.', commits: ['0a1b2c3'], data: { tests: 7 } });
  assert.match((await tasks('show', id)).out, /^Leases\n {2}1 +mosaic +\S+ to \S+ +completed$/m);
});

test('a holder whose task was called off or taken over is told to stop, and its token is never shown', async () => {
  const id = await open('called-off');
  const { lease } = await claim();
  assert.equal((await hold(lease.token, ['release', id, '--handover', 'Half is done.'])).code, 0);
  const late = await claim();
  assert.equal(late.context.handover, 'Half is done.');
  const stale = await hold(lease.token, ['heartbeat', id, '--json']);
  assert.equal(stale.code, 7);
  const { code, holder } = JSON.parse(stale.err) as { code: string; holder: { agent: string; fence: number } };
  assert.deepEqual([code, holder.agent, holder.fence], ['lease_stale', 'mosaic', 2]);
  assert.ok(!stale.err.includes(lease.token));

  assert.equal((await tasks('cancel', id, '--note', 'Not needed.')).out.startsWith(`${id} cancelled`), true);
  const told = await hold(late.lease.token, ['heartbeat', id]);
  assert.deepEqual([told.code, told.out.endsWith(`${id} was called off\n`)], [7, true], told.out);
  const done = await hold(late.lease.token, ['complete', id, '--summary', 'Done.']);
  assert.deepEqual([done.code, done.err.startsWith('error task_cancelled:')], [7, true], done.err);
});

test('a task that failed is given out again, or put back by a person', async () => {
  const id = await open('hard');
  const first = await claim();
  const failed = await hold(first.lease.token, ['fail', id, 'It does not build.', '--retryable']);
  assert.deepEqual([failed.code, failed.out.startsWith(`${id} queued`)], [0, true], failed.err);
  assert.equal((await show(id)).attempt, 1);
  const second = await claim('--task', id);
  const given = await hold('', ['fail', id, 'It cannot be done.', '--lease', second.lease.token]);
  assert.deepEqual([given.code, given.out.startsWith(`${id} failed`)], [0, true], given.err);
  const requeued = await tasks('requeue', id, '--json');
  assert.deepEqual([requeued.code, requeued.json<TaskSummary>().attempt], [0, 0], requeued.err);
  assert.equal((await tasks('quarantine', id, '--note', 'It looks odd.')).code, 0);
  assert.match((await tasks('show', id)).out, /^quarantined +by admin$/m);
  assert.equal((await tasks('claim', '--agent', 'mosaic')).code, 6);
  const refused = await tasks('approve', id);
  assert.deepEqual([refused.code, refused.err.startsWith('error task_not_movable:')], [1, true], refused.err);
  assert.equal((await tasks('cancel', id)).code, 0);
});

test('the same key opens and claims once', async () => {
  const id = await open('once', '--key', 'open-once');
  const again = await tasks('open', '--forge', 'home', '--name', 'once', '--title', 'Do once', '--key', 'open-once');
  assert.equal(again.out.startsWith(`${id} `), true, again.err);
  const other = await tasks('open', '--forge', 'home', '--name', 'other', '--title', 'Other', '--key', 'open-once');
  assert.deepEqual([other.code, other.err.startsWith('error idempotency_key_reused:')], [2, true], other.err);
  const [first, second] = [await claim('--key', 'claim-once'), await claim('--key', 'claim-once')];
  assert.deepEqual(second.lease, first.lease);
});

test('a change of the agents in the configuration gives waiting tasks out anew', async () => {
  const file = join(line.directory, 'fettle.yaml');
  const written = await readFile(file, 'utf8');
  await writeFile(file, written.replace('concurrency: 5', 'concurrency: 5, capabilities: [low]'));
  await waitUntil(async () => (await tasks('agents')).out.includes('held  low  '), 'the file is read');
  const opened = await tasks('open', '--forge', 'home', '--name', 'too-hard', '--title', 'Do it', '--json');
  const { id } = opened.json<TaskDetails>();
  await waitUntil(async () => (await show(id)).chosenBecause !== null, 'nobody is found for it');
  assert.equal((await show(id)).state, 'blocked');
  await writeFile(file, written);
  await waitUntil(async () => (await show(id)).state === 'queued', 'somebody is found for it');
  assert.equal((await show(id)).chosenAgent, 'mosaic');
  await tasks('cancel', id);
});

test('on another machine an agent uses a token of its own, which decides nothing', async () => {
  const id = await open('far-away');
  const made = await line.run('token', 'create', '--name', 'worker', '--role', 'agent');
  const url = `http://127.0.0.1:${line.environment['FETTLE_HTTP_PORT']}`;
  const far = async (token: string, ...args: string[]) =>
    await runCommand(['tasks', ...args, '--url', url], { environment: { FETTLE_TOKEN: token }, cwd: '/' });
  const claimed = await far(made.out.trim(), 'claim', '--agent', 'mosaic', '--task', id, '--json');
  assert.equal(claimed.code, 0, claimed.err);
  const refused = await far(made.out.trim(), 'cancel', id);
  assert.deepEqual([refused.code, /^error forbidden:.*operator/.test(refused.err)], [4, true], refused.err);
  assert.deepEqual([(await far('fettle_wrong', 'list')).code, (await far('', 'list')).code], [4, 4]);
  assert.equal((await show(id)).leases[0]?.principal, 'worker');
});

test('what is missing or wrong on the command line is said before the hub is asked', async () => {
  await writeFile(join(line.directory, 'list.json'), '[1]');
  const id = '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f';
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['claim'], /--agent/],
    [['claim', '--agent', 'nobody'], /agent_unknown/],
    [['claim', '--agent', 'mosaic', '--wait', '86401'], /86400/],
    [['heartbeat', id], /FETTLE_LEASE/],
    [['heartbeat', id, '--percent', '101', '--lease', 'x'], /0 to 100/],
    [['complete', id, '--lease', 'x'], /--summary/],
    [['complete', id, '--lease', 'x', '--result', 'list.json'], /JSON object/],
    [['complete', id, '--lease', 'x', '--result', 'none.json'], /ENOENT/],
    [['open', '--repo', 'dataforge/app'], /--forge/],
    [['open', '--forge', 'home', '--issue', '1', '--pull', '2'], /one of the two/],
    [['open', '--forge', 'home', '--issue', 'x'], /whole number/],
    [['waive', id, '--on', '12'], /owner\/repo#number/],
    [['list', '--state', 'done'], /none of blocked/],
  ];
  for (const [args, message] of wrong) {
    const { code, err } = await tasks(...args);
    assert.deepEqual([code, message.test(err)], [2, true], `${args.join(' ')}: ${err}`);
  }
  assert.equal((await tasks('show', id)).code, 1);
  const large = JSON.stringify({ summary: 'Done.', data: 'x'.repeat(2 ** 20) });
  const refused = await hold('fl_x', ['complete', id, '--result', '-'], large);
  assert.deepEqual([refused.code, /^error body_too_large: .*65536/.test(refused.err)], [1, true], refused.err);
});
