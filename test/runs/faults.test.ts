import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import { startMatrixHomeserver } from '../matrix-homeserver.ts';
import { type HubUnderTest, startTestHub } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';
import { WEB_FAULTS } from '../web-faults.ts';
import { sendPush } from './pushes.ts';

const SECRET = 'a-webhook-secret';

interface ShownRun {
  readonly id: string;
  readonly rule: string;
  readonly state: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly nextAt: string | null;
}

/** What becomes of a run at once, by the code of what failed. */
function toExpectedState(code: ErrorCode): string {
  if (code === 'credential_refused' || code === 'access_refused') return 'waiting';
  if (code === 'upstream_failed' || code === 'upstream_busy' || code === 'run_timeout') return 'failed';
  return 'dead';
}

async function listRuns(hub: HubUnderTest): Promise<ShownRun[]> {
  return (await hub.get<{ runs: ShownRun[] }>('/api/v1/runs?limit=200')).runs;
}

async function whenAttempted(hub: HubUnderTest, rules: number): Promise<ShownRun[]> {
  let runs: ShownRun[] = [];
  await waitUntil(async () => {
    runs = await listRuns(hub);
    const begun = runs.filter(
      ({ state, reason }) => state !== 'queued' && state !== 'running' && (reason !== null || state === 'succeeded'),
    );
    return begun.length >= rules;
  }, 'every run was attempted');
  return runs;
}

test('each way in which another side fails ends in the state that fits it, with a reason that says what to do', async (t) => {
  const faults = await Promise.all(
    WEB_FAULTS.map(async (fault, index) => ({ ...fault, rule: `fault ${index}`, url: await fault.start(t) })),
  );
  const rules = faults.map(
    ({ rule, url }) =>
      `  - { name: ${rule}, on: push, timeout: 2s, do: { webhook.send: { url: "${url}/in", token: "\${env:HOOK_TOKEN}" } } }`,
  );
  const hub = await startTestHub({
    config: `
forges: { home: { kind: gitea, url: "https://git.example.org", secret: ${SECRET} } }
network: { allowPrivate: [127.0.0.1/32] }
rules:
${rules.join('\n')}
  - { name: no such host, on: push, do: { webhook.send: { url: "https://no-such-host.invalid/in" } } }
  - { name: not allowed, on: push, do: { webhook.send: { url: "http://10.1.2.3/in" } } }
  - { name: bad template, on: push, do: { webhook.send: { url: "{{ title }}" } } }
  - { name: bad condition, on: push, if: "pages[7].title == title", do: { trigger: never } }
  - { name: all is well, on: push, do: { trigger: fine } }
`,
    environment: { HOOK_TOKEN: 'a-token-that-nobody-may-see' },
  });
  t.after(() => hub.stop());
  await sendPush(hub, SECRET, { repo: 'app', number: 1 });
  const runs = await whenAttempted(hub, faults.length + 3);

  for (const { rule, name, code, says } of faults) {
    const run = runs.find((one) => one.rule === rule);
    assert.ok(run !== undefined, name);
    assert.equal(run.code, code, name);
    assert.equal(run.state, toExpectedState(code), name);
    assert.match(run.reason ?? '', says, name);
    assert.ok(!(run.reason ?? '').includes('a-token-that'), name);
    if (run.state === 'failed') assert.ok(run.nextAt !== null, name);
  }
  const byRule = (rule: string) => runs.find((one) => one.rule === rule);
  assert.equal(byRule('no such host')?.state, 'failed');
  assert.match(byRule('no such host')?.reason ?? '', /ENOTFOUND|EAI_AGAIN/);
  assert.deepEqual([byRule('not allowed')?.state, byRule('not allowed')?.code], ['dead', 'address_forbidden']);
  assert.equal(byRule('bad template')?.state, 'dead');
  assert.match(byRule('bad template')?.reason ?? '', /bad template.*webhook\.send.*url/s);
  const { events } = await hub.get<{ events: { trigger?: string }[] }>('/activity?type=trigger.raised');
  assert.deepEqual(
    events.map(({ trigger }) => trigger),
    ['fine'],
    'what fails in one rule stops no other',
  );
  const { total } = await hub.books();
  assert.ok(total.balanced);
  assert.equal(total.pending, 1, 'a delivery is pending while one of its runs is');
});

test('Matrix: an unknown room is dead, a refused token waits until it changes, a forbidden room holds up no other', async (t) => {
  const matrix = await startMatrixHomeserver();
  t.after(() => matrix.close());
  matrix.createRoom({ alias: '#open' });
  matrix.createRoom({ alias: '#closed', isPublic: false });
  const toRules = (rooms: readonly string[]) =>
    rooms
      .map((room) => `  - { name: "${room}", on: push, do: { matrix.notify: { room: "#${room}:test.example" } } }`)
      .join('\n');
  const hub = await startTestHub({
    config: `
forges: { home: { kind: gitea, url: "https://git.example.org", secret: ${SECRET} } }
matrix: { homeserver: "${matrix.url}", token: ${matrix.token} }
network: { allowPrivate: [127.0.0.1/32] }
rules:
${toRules(['open', 'closed', 'missing'])}
`,
  });
  t.after(() => hub.stop());
  await sendPush(hub, SECRET, { repo: 'app', number: 1 });
  const first = await whenAttempted(hub, 3);
  const stateOf = (runs: readonly ShownRun[], rule: string) =>
    runs.filter((run) => run.rule === rule).map(({ state, code }) => `${state} ${code ?? ''}`.trim());
  assert.deepEqual(stateOf(first, 'open'), ['succeeded']);
  assert.deepEqual(stateOf(first, 'closed'), ['waiting access_refused']);
  assert.deepEqual(stateOf(first, 'missing'), ['dead upstream_refused']);

  matrix.revokeToken(matrix.token);
  await sendPush(hub, SECRET, { repo: 'app', number: 2 });
  await waitUntil(
    async () => (await listRuns(hub)).some(({ code }) => code === 'credential_refused'),
    'the token was refused',
  );
  const { breakers } = await hub.get<{ breakers: { scope: string }[] }>('/api/v1/breakers');
  assert.ok(breakers.some(({ scope }) => scope === 'credential:matrix'));
  const asked = matrix.requests.length;
  await sendPush(hub, SECRET, { repo: 'app', number: 3 });
  await waitUntil(async () => (await listRuns(hub)).length === 9, 'the runs of the third push were made');
  assert.ok(matrix.requests.length - asked <= 2, 'a refused token is not tried again and again');
});
