import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CommandLine, createCommandLine } from '../../../test/command-line.ts';
import { waitUntil } from '../../../test/wait-until.ts';
import type { Hub } from '../../hub.ts';

const CONFIG = `
recipes: [event-bridge]
forges:
  home: { kind: gitea }
  github: { kind: github }
  open: { kind: gogs, unsigned: true }
`;

let line: CommandLine;
let hub: Hub;
before(async () => {
  line = await createCommandLine(CONFIG);
  hub = await line.start();
});
after(() => line.close());

interface EventRow {
  readonly seq: number;
  readonly type: string;
  readonly forge: string;
  readonly trigger?: string;
}

async function listEvents(...filters: string[]): Promise<readonly EventRow[]> {
  return (await line.run('export', '--format', 'json', ...filters)).json<EventRow[]>();
}

async function drained(): Promise<void> {
  await waitUntil(async () => {
    const { findings } = (await line.run('doctor', '--json')).json<{ findings: { name: string; detail: string }[] }>();
    return findings.some(({ name, detail }) => name === 'inbox' && detail.startsWith('0 '));
  }, 'the inbox is empty');
}

test('send signs a fresh sample, and sending its delivery id again is a duplicate', async () => {
  const first = await line.run('send', 'home', 'issues.labeled', '--json');
  assert.equal(first.code, 0, first.err);
  const { status, deliveryId, answer } = first.json<{
    status: number;
    deliveryId: string;
    answer: { status: string };
  }>();
  assert.deepEqual([status, answer.status], [200, 'accepted']);
  await drained();
  const again = await line.run('send', 'home', 'issues.labeled', '--delivery-id', deliveryId);
  assert.equal(again.code, 0);
  assert.match(again.out, new RegExp(`Delivery id ${deliveryId}`));
  await drained();
  const events = await listEvents('--forge', 'home');
  assert.ok(events.some(({ type }) => type === 'issue.labeled'));
  assert.ok(events.some(({ trigger }) => trigger === 'pipeline'));
});

test('send --file sends a file byte for byte and reports what the hub says of it', async () => {
  await writeFile(join(line.directory, 'body.json'), '{"zen": "Half measures"  }');
  const good = await line.run('send', 'github', 'ping', '--file', 'body.json');
  assert.equal(good.code, 0, good.out);
  await writeFile(join(line.directory, 'bad.json'), '{"zen":');
  const bad = await line.run('send', 'github', 'ping', '--file', 'bad.json');
  assert.equal(bad.code, 1);
  assert.match(bad.out, /^422 .*not_json/);
  assert.equal((await line.run('send', 'github', 'ping', '--file', 'missing.json')).code, 2);
});

test('send --secret signs with a secret from a variable or a file, and a wrong one is refused with exit code 4', async () => {
  const { out } = await line.run('forge', 'secret', 'github');
  line.environment['RIGHT_SECRET'] = out.trim();
  await writeFile(join(line.directory, 'wrong-secret'), 'hunter2-wrong\n');
  assert.equal((await line.run('send', 'github', 'star.created', '--secret', 'env:RIGHT_SECRET')).code, 0);
  const wrong = await line.run('send', 'github', 'star.created', '--secret', 'file:wrong-secret');
  assert.equal(wrong.code, 4);
  assert.match(wrong.out, /^401 .*signature_invalid/);
  const unset = await line.run('send', 'github', 'star.created', '--secret', 'env:NO_SUCH_VARIABLE');
  assert.equal(unset.code, 2);
  assert.match(unset.err, /^error secret_unresolved: .*NO_SUCH_VARIABLE/);
});

test('send to an unsigned forge needs no secret', async () => {
  const { code, out } = await line.run('send', 'open', 'push');
  assert.equal(code, 0, out);
});

test('demo plays the whole day as it should and never twice the same', async () => {
  const first = await line.run('demo', '--speed', 'max');
  assert.equal(first.code, 0, first.out + first.err);
  assert.match(first.out, /401 signature_invalid/);
  assert.match(first.out, /200 duplicate|delivered twice.*200 accepted/);
  await drained();
  const firstDay = await listEvents();
  for (const trigger of ['pipeline', 'lead-review'])
    assert.ok(
      firstDay.some((event) => event.trigger === trigger),
      trigger,
    );
  for (const type of [
    'release.published',
    'pull.merged',
    'star.created',
    'workflow_run.completed',
    'review.approved',
  ]) {
    assert.ok(
      firstDay.some((event) => event.type === type),
      type,
    );
  }

  const second = await line.run('demo', '--speed', 'max', '--json');
  const { steps, unexpected } = second.json<{ steps: { status: number }[]; unexpected: number }>();
  assert.deepEqual([second.code, unexpected], [0, 0]);
  await drained();
  const added = (await listEvents('--after', String(firstDay.at(-1)?.seq))).filter(
    ({ type }) => type !== 'trigger.raised',
  );
  assert.ok(
    added.length >= steps.filter(({ status }) => status === 200).length - 1,
    'a second day is not folded into the first',
  );
});

test('demo says that its deliveries were refused when it signs with secrets of another hub', async () => {
  const other = await createCommandLine('forges:\n  home: { kind: gitea, secret: not-the-one }\n');
  try {
    const { code, err, out } = await other.run('demo', '--speed', 'max', '--url', hub.url);
    assert.equal(code, 1);
    assert.match(err, /not answered as they should be.*--config/);
    assert.match(out, /No rule is in force.*event-bridge/);
  } finally {
    await other.close();
  }
});

test('a token is made, listed, used and revoked', async () => {
  const made = await line.run(
    'token',
    'create',
    '--name',
    'ci',
    '--role',
    'operator',
    '--repos',
    'a/*',
    '--repos',
    'b/c',
    '--expires',
    '30d',
  );
  assert.equal(made.code, 0, made.err);
  const text = made.out.trim();
  assert.match(text, /^fettle_[\w-]{43}$/, 'nothing but the token');
  const ask = () => fetch(`${hub.url}/api/v1/me`, { headers: { authorization: `Bearer ${text}` } });
  const me = (await (await ask()).json()) as { role: string; scopes: unknown };
  assert.deepEqual([me.role, me.scopes], ['operator', { repos: ['a/*', 'b/c'] }]);

  const listed = await line.run('token', 'list');
  const [id = ''] = listed.out.split(' ');
  assert.match(listed.out, /^\S+ {2}ci +operator +active +a\/\* b\/c/);
  assert.doesNotMatch(listed.out, /fettle_/);
  assert.equal((await line.run('token', 'revoke', id)).code, 0);
  assert.equal((await ask()).status, 401);
  const { tokens } = (await line.run('token', 'list', '--json')).json<{ tokens: { revokedAt: string | null }[] }>();
  assert.notEqual(tokens[0]?.revokedAt, null);
  const unknown = await line.run('token', 'revoke', '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f');
  assert.deepEqual([unknown.code, unknown.err.startsWith('error not_found: ')], [1, true]);
});

test('a token that may not do it is refused with exit code 4', async () => {
  const made = await line.run('token', 'create', '--name', 'reader', '--json');
  const { text } = made.json<{ text: string }>();
  const viewer = await createCommandLine();
  try {
    viewer.environment['FETTLE_ADMIN_TOKEN'] = text;
    const { code, err } = await viewer.run('token', 'list', '--url', hub.url);
    assert.equal(code, 4);
    assert.match(err, /^error forbidden: .*admin/);
    assert.equal((await viewer.run('export', '--url', hub.url, '--limit', '1')).code, 0, 'a reader may export');
    viewer.environment['FETTLE_ADMIN_TOKEN'] = 'fettle_of-nobody-at-all';
    assert.equal((await viewer.run('export', '--url', hub.url)).code, 4);
  } finally {
    await viewer.close();
  }
});

test('token sign-in prints a link that signs in once', async () => {
  const { out } = await line.run('token', 'sign-in');
  const code = new URL(out.trim()).hash.slice(1);
  const redeem = () =>
    fetch(`${hub.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
  assert.equal((await redeem()).status, 200);
  assert.equal((await redeem()).status, 401);
});

test('export writes lines or one list, filtered, to the output or a file, and continues after a seq', async () => {
  const all = (await line.run('export')).out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as EventRow);
  assert.ok(all.length > 5);
  assert.deepEqual(
    all.map(({ seq }) => seq),
    all.map(({ seq }) => seq).toSorted((a, b) => a - b),
  );
  const pushes = await listEvents('--type', 'push', '--forge', 'home', '--forge', 'open');
  assert.ok(pushes.length > 0 && pushes.every(({ type, forge }) => type === 'push' && forge !== 'github'));
  assert.deepEqual(await listEvents('--repo', 'nobody/nothing'), []);

  const half = all[Math.floor(all.length / 2)]?.seq ?? 0;
  const path = join(line.directory, 'activity.jsonl');
  const first = await line.run('export', '--before', String(half + 1), '--output', path);
  assert.equal(first.code, 0);
  assert.match(first.err, new RegExp(`the last seq is ${half}`));
  await line.run('export', '--after', String(half), '--output', path, '--append');
  const written = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((text) => (JSON.parse(text) as EventRow).seq);
  assert.deepEqual(
    written,
    all.map(({ seq }) => seq),
  );
  const unwritable = await line.run('export', '--output', join(line.directory, 'no', 'such', 'folder'));
  assert.deepEqual([unwritable.code, /cannot be written/.test(unwritable.err)], [2, true]);
});

test('doctor finds the running hub well and has no secret to show', async () => {
  const { code, out } = await line.run('doctor');
  assert.equal(code, 0, out);
  assert.match(out, /^ok {4}hub: version 9\.9\.9|^warn {2}hub: version .* runs at .*, this is 9\.9\.9$/m);
  assert.match(out, /^ok {4}database: embedded, in use by the hub$/m);
  assert.match(out, /^ok {4}disk: /m);
  assert.match(out, /^warn {2}forge open: secret: unsigned/m);
  const { out: secret } = await line.run('forge', 'secret', 'home');
  assert.ok(!out.includes(secret.trim()));
});
