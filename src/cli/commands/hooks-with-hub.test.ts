import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCommandLine } from '../../../test/command-line.ts';
import { hooksOf } from '../../../test/fake-forge/hooks.ts';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { addRepository, TOKENS } from '../../../test/fake-forge/state.ts';
import type { Hub } from '../../hub.ts';
import { signDelivery } from '../signed-delivery.ts';

const BODY = Buffer.from('{"ref":"refs/heads/main","repository":{"full_name":"dataforge/api"}}');

test('a hub installs webhooks, and accepts what they send all through a change of their secret and a restart', async (t) => {
  const fake = await startFakeForge(t, { kind: 'gitea' });
  addRepository(fake.state, 'dataforge', 'api');
  const line = await createCommandLine();
  t.after(() => line.close());
  const config = {
    publicUrl: 'https://hub.example.org',
    network: { allowPrivate: ['127.0.0.1'] },
    forges: { home: { kind: 'gitea', url: fake.url, token: TOKENS.fettle } },
  };
  await writeFile(join(line.directory, 'fettle.yaml'), JSON.stringify(config));
  let hub: Hub = await line.start();
  const run = async (...args: string[]) => {
    const ran = await line.run('hooks', ...args);
    assert.equal(ran.code, 0, ran.out + ran.err);
    return ran.out;
  };
  const push = async (secret: string): Promise<number> => {
    const forge = hub.loaded().config.forges['home'];
    assert.ok(forge);
    const event = { event: 'push', eventType: undefined, body: BODY };
    const signed = signDelivery(forge, event, { secret, deliveryId: randomUUID(), nowMs: Date.now() });
    const body = new Uint8Array(signed.body);
    return (await fetch(`${hub.url}/webhook/home`, { method: 'POST', headers: signed.headers, body })).status;
  };
  const carried = () => [...new Set(hooksOf(fake.state).map(({ secret }) => secret))];

  assert.match(await run('install', '--forge', 'home', '--repos', 'dataforge/*'), /2 created/);
  const [old = ''] = carried();
  assert.equal(await push(old), 200);

  await run('rotate-secret', '--forge', 'home');
  const [fresh = '', ...others] = carried();
  assert.deepEqual(others, []);
  assert.notEqual(fresh, old);
  assert.deepEqual([await push(old), await push(fresh)], [200, 200]);
  await line.stop();
  hub = await line.start();
  assert.deepEqual([await push(old), await push(fresh)], [200, 200], 'after a restart too');

  await run('rotate-secret', '--forge', 'home', '--drop-old');
  assert.deepEqual([await push(old), await push(fresh)], [401, 200]);
  assert.deepEqual(carried(), [fresh]);
  assert.match(await run('verify'), /2 ok/);
  assert.match(await run('install', '--forge', 'home', '--repos', 'dataforge/*'), /2 unchanged/);
  await run('remove', '--forge', 'home', '--repos', '**');
  assert.deepEqual(hooksOf(fake.state), []);
});
