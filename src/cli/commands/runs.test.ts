import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type CommandLine, createCommandLine } from '../../../test/command-line.ts';
import { waitUntil } from '../../../test/wait-until.ts';

/** A service that refuses what it is sent, until it is mended. */
let service: Server;
let answer = 410;
let line: CommandLine;
before(async () => {
  service = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer).end('gone \u001b[31mfor good'));
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  line = await createCommandLine(`
network: { allowPrivate: [127.0.0.1/32] }
forges:
  home: { kind: gitea }
rules:
  - name: pushes
    on: push
    do:
      - ledger.record: { node: "push_{{ repo.name }}" }
      - webhook.send: { url: "http://127.0.0.1:${(service.address() as AddressInfo).port}/hook" }
`);
  await line.start();
});
after(async () => {
  await line.close();
  service.closeAllConnections();
  service.close();
});

interface Run {
  readonly id: string;
  readonly state: string;
  readonly action: string;
}

async function listRuns(...filters: string[]): Promise<readonly Run[]> {
  const { code, out, err } = await line.run('runs', 'list', '--json', ...filters);
  assert.equal(code, 0, err);
  return (JSON.parse(out) as { runs: Run[] }).runs;
}

const UNKNOWN = '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f';

test('a run that died is found, explained, redriven and done', async () => {
  assert.match((await line.run('runs', 'list')).out, /^No run matches\.$/m);
  assert.match((await line.run('ledger', 'nodes')).out, /ledger is empty/);
  assert.equal((await line.run('send', 'home', 'push.commits')).code, 0);
  await waitUntil(async () => (await listRuns('--state', 'dead')).length === 1, 'the webhook is refused');
  const [dead] = await listRuns('--state', 'dead', '--action', 'webhook.send', '--rule', 'pushes');
  assert.ok(dead !== undefined);
  assert.deepEqual((await listRuns('--limit', '1')).length, 1);
  assert.deepEqual(await listRuns('--repo', 'nobody/*'), []);

  const listed = await line.run('runs', 'list', '--state', 'dead');
  assert.match(listed.out, new RegExp(`^${dead.id}  \\S+Z  dead +webhook\\.send  pushes .*answered 410`, 'm'));
  const shown = await line.run('runs', 'show', dead.id);
  assert.equal(shown.code, 0, shown.err);
  assert.match(shown.out, /^state +dead$/m);
  assert.match(shown.out, /^reason .*410.*\(upstream_refused\)$/m);
  assert.match(shown.out, /^Attempts\n {2}1 .* dead +upstream_refused/m);
  assert.match(shown.out, /^Also set off by the same event and rule\n {2}\S+ +succeeded +ledger\.record$/m);
  assert.match(shown.out, new RegExp(`^What to do\\n.*fettle runs redrive ${dead.id}$`, 'm'));
  assert.ok(!shown.out.includes('\u001b'));
  assert.equal((await line.run('runs', 'show', dead.id, '--json')).json<Run>().state, 'dead');

  const asked = await line.run('runs', 'redrive', '--action', 'webhook.send');
  assert.deepEqual([asked.code, /1 run would be redriven; nothing was done.*--yes/.test(asked.err)], [2, true]);
  assert.equal((await listRuns('--state', 'dead')).length, 1);
  answer = 200;
  const redriven = await line.run('runs', 'redrive', '--state', 'dead', '--action', 'webhook.send', '--yes');
  assert.deepEqual([redriven.code, redriven.out], [0, '1 run redriven.\n'], redriven.err);
  await waitUntil(async () => (await listRuns('--state', 'succeeded')).length === 2, 'the webhook is taken');

  const late = await line.run('runs', 'redrive', dead.id);
  assert.deepEqual([late.code, /^error run_not_movable: .*succeeded/.test(late.err)], [1, true]);
  const several = await line.run('runs', 'cancel', dead.id, UNKNOWN, '--json');
  assert.deepEqual(
    [several.code, several.json<{ refused: { code: string }[] }>().refused.map(({ code }) => code)],
    [1, ['run_not_movable', 'not_found']],
  );
});

test('runs are moved only when it is said which', async () => {
  for (const args of [
    ['redrive'],
    ['cancel'],
    ['redrive', UNKNOWN, '--state', 'dead'],
    ['redrive', '--state', 'succeeded'],
  ]) {
    assert.equal((await line.run('runs', ...args)).code, 2, args.join(' '));
  }
  const none = await line.run('runs', 'cancel', '--state', 'waiting');
  assert.deepEqual([none.code, none.out], [0, 'No run matches.\n']);
  assert.equal((await line.run('runs', 'show', UNKNOWN)).code, 1);
  assert.equal((await line.run('runs', 'list', '--limit', '0')).code, 2);
});

test('a run that waits is cancelled with a reason', async () => {
  answer = 503;
  assert.equal((await line.run('send', 'home', 'push.commits')).code, 0);
  await waitUntil(async () => (await listRuns('--state', 'failed')).length === 1, 'the webhook is to be tried again');
  const [failed] = await listRuns('--state', 'failed');
  const { code, out } = await line.run('runs', 'cancel', failed?.id ?? '', '--reason', 'Not needed.');
  assert.deepEqual([code, out], [0, `${failed?.id} cancelled\n`]);
  assert.match((await line.run('runs', 'show', failed?.id ?? '')).out, /^reason +Not needed\.$/m);
});

test('the ledger is shown by node and by run', async () => {
  const nodes = await line.run('ledger', 'nodes');
  const [, node = ''] = /^(push_\S+) +success +\S+Z +2 runs, 0 failed/m.exec(nodes.out) ?? [];
  assert.notEqual(node, '', nodes.out);
  const runs = await line.run('ledger', 'runs', node);
  assert.match(runs.out, /success +webhook +\d+ commits +webhook\.send (succeeded|cancelled)/);
  assert.equal((await line.run('ledger', 'runs', node, '--limit', '1', '--json')).json<{ runs: [] }>().runs.length, 1);
  assert.match((await line.run('ledger', 'runs', node, '--status', 'failure')).out, /No run matches/);
});

test('breakers are listed and closed', async () => {
  const { code, out } = await line.run('runs', 'breakers');
  assert.equal(code, 0);
  assert.match(out, /^(Nothing is left alone\.|destination:127.*)$/m);
  assert.equal((await line.run('runs', 'breakers', '--close', 'credential:nobody')).code, 1);
});

test('actions are listed, and one is described with its fields and examples, without a hub', async () => {
  const all = await line.run('rules', 'actions');
  assert.match(all.out, /^ledger\.record +Records /m);
  const one = await line.run('rules', 'actions', 'ledger.record');
  assert.match(one.out, /^ {2}node {2}\(required\)$/m);
  assert.match(one.out, /^ {2}sink\.postgres\.nodes {2}\(default "nodes"\)$/m);
  assert.match(one.out, /^do:\n {2}ledger\.record:\n {4}node: gitea_push/m);
  assert.equal(
    (await line.run('rules', 'actions', 'ledger.record', '--json')).json<Run & { name: string }>().name,
    'ledger.record',
  );
  assert.equal((await line.run('rules', 'actions', 'nothing.here')).code, 2);
});
