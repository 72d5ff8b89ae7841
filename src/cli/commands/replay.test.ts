import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CommandLine, createCommandLine } from '../../../test/command-line.ts';
import { waitUntil } from '../../../test/wait-until.ts';

const HEAD = `forges:
  home: { kind: gitea }
`;
const PUSHES = `  - name: pushes
    on: push
    do: { ledger.record: { node: "push_{{ repo.name }}" } }
`;
const LABELS = `  - name: labels
    on: [issue.labeled]
    if: label == "never"
    do: { trigger: pipeline }
`;

let line: CommandLine;
before(async () => {
  line = await createCommandLine(`${HEAD}rules:\n${LABELS}`);
  await line.start();
  for (const sample of ['push.commits', 'issues.labeled'])
    assert.equal((await line.run('send', 'home', sample)).code, 0);
  await waitUntil(
    async () => (await seqOf('push')) !== undefined && (await seqOf('issue.labeled')) !== undefined,
    'both are stored',
  );
});
after(() => line.close());

interface EventLine {
  readonly seq: number;
  readonly id: string;
  readonly deliveryId: string;
}

async function findEvent(type: string): Promise<EventLine | undefined> {
  const { out } = await line.run('export', '--type', type, '--format', 'json');
  return (JSON.parse(out) as EventLine[])[0];
}

async function seqOf(type: string): Promise<string | undefined> {
  const event = await findEvent(type);
  return event === undefined ? undefined : String(event.seq);
}

/** Puts other rules in force. */
async function changeRules(text: string): Promise<void> {
  await writeFile(join(line.directory, 'fettle.yaml'), `${HEAD}${text}`);
  await line.stop();
  await line.start();
}

test('an event is explained by its seq, its id and the id of its delivery', async () => {
  const event = await findEvent('issue.labeled');
  assert.ok(event !== undefined);
  const { code, out, err } = await line.run('rules', 'explain', String(event.seq));
  assert.equal(code, 0, err);
  assert.match(out, new RegExp(`^Event ${event.seq}: issue\\.labeled .* on home, `));
  assert.match(out, /^✗ labels\n {4}if: wanted label == "never"\n {4} {4}found label = "/m);
  assert.equal((await line.run('rules', 'explain', event.id)).out, out);
  assert.match((await line.run('rules', 'explain', event.deliveryId)).out, /^✗ labels$/m);
  const unknown = await line.run('rules', 'explain', '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f');
  assert.deepEqual([unknown.code, unknown.err.startsWith('error not_found: No event and no delivery')], [1, true]);
});

test('changed rules are tried on the past before they are put in force', async () => {
  await writeFile(join(line.directory, 'new.yaml'), `${HEAD}rules:\n${PUSHES}`);
  const { code, out, err } = await line.run('rules', 'test', 'new.yaml', '--since', '30d');
  assert.equal(code, 0, err);
  assert.match(out, /^Event \d+: push .*\n {2}\+ pushes: ledger\.record at /m);
  assert.match(out, /^pushes +0 +1 +1 +0 +0$/m);
  const none = await line.run('rules', 'test', 'new.yaml', '--type', 'release.published', '--json');
  assert.deepEqual(none.json(), { events: 0, left: 0, rules: [], items: [] });

  await writeFile(join(line.directory, 'bad.yaml'), `rules:\n  - name: x\n    on: pusch\n    do: { trigger: a }\n`);
  const bad = await line.run('rules', 'test', 'bad.yaml');
  assert.deepEqual([bad.code, /bad\.yaml:3:9 rules\[0\]\.on: .*push/.test(bad.err)], [2, true], bad.err);
  assert.equal((await line.run('rules', 'test', 'absent.yaml')).code, 2);
});

test('a replay says what would happen, does it once, and can be repeated', async () => {
  const seq = (await seqOf('push')) ?? '';
  assert.match((await line.run('replay', seq)).out, /^No rule of today asks for a run, and none was made\.$/m);
  await changeRules(`rules:\n${PUSHES}${LABELS}`);

  const dry = await line.run('replay', '--since', '30d');
  assert.equal(dry.code, 0, dry.err);
  assert.match(dry.out, /^Event \d+: push .*\n {2}new {8}pushes: ledger\.record at /m);
  assert.match(dry.out, /^ {2}1 {2}run +new +would be made$/m);
  assert.match(dry.out, /^Nothing was done\. Add --yes to do it\.$/m);
  assert.match((await line.run('ledger', 'nodes')).out, /ledger is empty/);

  const real = await line.run('replay', seq, '--yes');
  assert.match(real.out, /^Runs: 1 made, 0 going again, 0 triggers raised\.$/m, real.err);
  const listRuns = async () => {
    const { runs } = (await line.run('runs', 'list', '--json')).json<{ runs: { state: string; origin: string }[] }>();
    return runs.map(({ state, origin }) => `${state} ${origin}`);
  };
  await waitUntil(async () => (await listRuns()).join() === 'succeeded replay', 'the run is over');
  const again = await line.run('replay', '--type', 'push', '--yes', '--json');
  const { made, events, runs } = again.json<{ made: number; events: number; runs: Record<string, number> }>();
  assert.deepEqual([made, events, runs['done'], runs['new']], [0, 1, 1, 0]);
  assert.deepEqual(await listRuns(), ['succeeded replay']);
  assert.match((await line.run('rules', 'explain', seq)).out, /^✓ pushes\n {4}ledger\.record at \S+ +succeeded +\S+$/m);
});

test('a replay wants to know which events are meant', async () => {
  for (const args of [
    [],
    ['--yes'],
    ['1', '--type', 'push'],
    ['--since', 'yesterday'],
    ['--repo', ','],
    ['--limit', '0'],
  ]) {
    const { code, err } = await line.run('replay', ...args);
    assert.equal(code, 2, `${args.join(' ')} ${err}`);
  }
  assert.equal((await line.run('replay', '999999')).code, 1);
});
