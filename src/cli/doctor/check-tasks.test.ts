import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createCommandLine } from '../../../test/command-line.ts';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { createWorld } from '../../../test/fake-forge/world.ts';
import type { Finding } from './finding.ts';

const ALLOW = 'network: { allowPrivate: [127.0.0.1/32] }\n';

async function createTrial(t: TestContext, config: string) {
  const line = await createCommandLine(`${ALLOW}${config}`);
  t.after(() => line.close());
  const examine = async () => {
    const { findings } = (await line.run('doctor', '--json')).json<{ findings: Finding[] }>();
    return findings
      .filter(({ name }) => name.startsWith('tasks'))
      .map(({ name, status, detail }) => [name, status, detail]);
  };
  return { line, examine };
}

test('agents that cannot claim for want of a token are told of, where the hub can be asked', async (t) => {
  const { line, examine } = await createTrial(t, 'agents: { mosaic: {} }\n');
  assert.deepEqual(await examine(), []);
  await line.start();
  const none = ['tasks: tokens', 'warn', 'no agent can claim a task: there is no valid token with the role agent'];
  assert.deepEqual(await examine(), [none]);
  const made = await line.run('token', 'create', '--name', 'mosaic', '--role', 'agent', '--json');
  const { token } = made.json<{ token: { id: string } }>();
  assert.deepEqual(await examine(), [['tasks: tokens', 'ok', 'tokens with the role agent: 1']]);
  await line.run('token', 'revoke', token.id);
  assert.deepEqual(await examine(), [none]);
});

test('the account that tasks are assigned to must be able to push, and Fettle to speak on the forge', async (t) => {
  const forge = await startFakeForge(t, { kind: 'gitea' });
  const world = createWorld(forge);
  world.addPerson('mosaic', 'read');
  const repo = `${world.repository.owner}/${world.repository.name}`;
  const recipe = (name: string) =>
    `  - coordinator: { forge: ${name}, assignee: mosaic, repos: ["${repo}", "other/*"] }\n`;
  const { examine } = await createTrial(
    t,
    `forges:\n  home: { kind: gitea, url: "${forge.url}", token: "${forge.config.token}" }\n  mute: { kind: gitea, url: "${forge.url}" }\n` +
      `recipes:\n${recipe('[home, mute]')}`,
  );
  const mute = ['tasks: forge mute', 'warn', 'the recipe coordinator makes tasks of it, and it has no token'];
  assert.deepEqual(await examine(), [[`tasks: mosaic at ${repo}`, 'warn', 'may only read there'], mute]);
  world.repository.permissions.set('mosaic', 'write');
  assert.deepEqual(await examine(), [[`tasks: mosaic at ${repo}`, 'ok', 'may write there'], mute]);
});
