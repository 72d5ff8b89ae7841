import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import { createCommandLine, runCommand } from '../../../test/command-line.ts';
import { hooksAt, hooksOf, removeHook } from '../../../test/fake-forge/hooks.ts';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { addRepository } from '../../../test/fake-forge/state.ts';
import { createHookPorts } from '../../../test/hook-ports.ts';
import { ADMIN_TOKEN, createHttpHub } from '../../../test/http-hub.ts';
import { shareStore } from '../../../test/shared-store.ts';
import { ensureGeneratedSecrets, findGeneratedSecrets } from '../../config/generated-secrets.ts';
import type { LoadedConfig } from '../../config/load-config.ts';
import { createGeneratedHookSecrets } from '../../hooks/generated-hook-secrets.ts';
import { createHooks } from '../../hooks/hooks.ts';
import { createHookWatch } from '../../hooks/watch.ts';
import type { HookPorts } from '../../hooks/contract.ts';

interface Result {
  readonly changes: readonly { readonly place: string; readonly change: string; readonly detail: string }[];
}

describe('the commands about webhooks', () => {
  const store = shareStore(createDatabaseContext('embedded'));

  /** A hub that listens, a forge with 35 repositories, and a command line that finds the hub. */
  async function start(t: TestContext, publicUrl: string | null = 'https://hub.example.org') {
    const { db } = store();
    await db.deleteFrom('hooks').execute();
    const fake = await startFakeForge(t, { kind: 'gitea' });
    for (let number = 2; number <= 35; number += 1) addRepository(fake.state, 'dataforge', `r${number}`);
    const line = await createCommandLine('forges: { home: { kind: gitea } }\n');
    t.after(() => line.close());
    line.environment['FETTLE_ADMIN_TOKEN'] = ADMIN_TOKEN;
    const dataDir = line.directory;
    await ensureGeneratedSecrets(dataDir, ['home']);
    const ports: HookPorts & { forge: LoadedConfig['config']['forges'][string] } = {
      ...createHookPorts(fake, db),
      publicUrl: () => publicUrl,
      forges: () => ({ home: ports.forge }),
    };
    const reload = async () => {
      const secrets = (await findGeneratedSecrets(dataDir))?.webhookSecrets['home'] ?? [];
      ports.forge = { ...ports.forge, secrets };
    };
    await reload();
    const loaded = () =>
      ({
        config: { forges: ports.forges() },
        sources: new Map([['forges.home.secret', { from: 'generated' }]]),
      }) as unknown as LoadedConfig;
    Object.assign(ports, { secrets: createGeneratedHookSecrets({ dataDir, loaded, reload }) });
    const { app } = await createHttpHub(t, { db, hooks: createHooks(ports) });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const run = async (...args: string[]) => {
      const ran = await line.run('hooks', ...args, '--url', url);
      for (const secret of ports.forge.secrets)
        assert.ok(!(ran.out + ran.err).includes(secret), 'no secret is printed');
      return ran;
    };
    return { fake, ports, line, run, url };
  }

  const ALL = ['--forge', 'home', '--repos', 'dataforge/*'];

  test('install works through 35 repositories, two of them broken, and says what became of each', async (t) => {
    const { fake, run } = await start(t);
    const planned = await run('install', ...ALL, '--dry-run');
    assert.equal(planned.code, 0, planned.err);
    assert.match(planned.out, /^would be created {2}dataforge\/r7$/m);
    assert.match(planned.out, /^Would be: 35 created\.$/m);
    assert.deepEqual(hooksOf(fake.state), []);

    fake.interfere = ({ path, method }) =>
      path.includes('/r8/') && method === 'POST'
        ? { status: 422, body: { message: 'no \u001b[31mway\u0007' } }
        : undefined;
    const first = await run('install', ...ALL, '--repos', 'dataforge/gone');
    assert.equal(first.code, 1);
    assert.match(first.out, /^Deliveries go to https:\/\/hub\.example\.org\/webhook\/home$/m);
    assert.match(first.out, /^failed {5}dataforge\/r8: .*no .*way/m);
    assert.match(first.out, /^failed {5}dataforge\/gone: /m);
    assert.match(first.out, /^34 created, 2 failed\.$|^2 failed, 34 created\.$/m);
    assert.match(first.err, /Run it again/);
    // oxlint-disable-next-line no-control-regex -- these must not reach a terminal
    assert.ok(!/[\u0007\u001b]/.test(first.out));
    assert.equal(first.out.split('\n').filter((text) => /^(created|failed) /.test(text)).length, 36);

    fake.interfere = undefined;
    const second = await run('install', ...ALL, '--json');
    assert.equal(second.code, 0);
    const { changes } = second.json<Result>();
    assert.equal(changes.length, 35);
    assert.deepEqual(
      changes.filter(({ change }) => change !== 'unchanged').map(({ place, change }) => [place, change]),
      [['dataforge/r8', 'created']],
    );
    assert.equal(hooksOf(fake.state).length, 35);
  });

  test('a terminal shows how far it is, and is left clean', async (t) => {
    const { line, url } = await start(t);
    const ran = await runCommand(['hooks', 'install', ...ALL, '--url', url], {
      environment: { ...line.environment, NO_COLOR: '1' },
      cwd: line.directory,
      isTerminal: true,
    });
    assert.equal(ran.code, 0);
    assert.match(ran.out, /\[#+-+\] 4\/35/);
    assert.match(ran.out, /32\/35/);
    assert.ok(ran.out.endsWith('35 created.\n'));
    const last = ran.out.split('\r').at(-1) ?? '';
    assert.ok(last.startsWith('\u001b[2K') && !last.includes('[#'), 'the bar is gone');
  });

  test('install says where forges reach the hub, and what is in the way', async (t) => {
    const { fake, run } = await start(t, null);
    const unset = await run('install', ...ALL);
    assert.deepEqual([unset.code, /publicUrl/.test(unset.err)], [2, true]);
    const near = await run(
      'install',
      '--forge',
      'home',
      '--repos',
      'dataforge/app',
      '--public-url',
      'http://192.168.1.5:8000/',
    );
    assert.equal(near.code, 0, near.err);
    assert.match(near.err, /ALLOWED_HOST_LIST/);
    assert.deepEqual(
      hooksOf(fake.state).map(({ url }) => url),
      ['http://192.168.1.5:8000/webhook/home'],
    );
    assert.equal((await run('install', '--repos', 'dataforge/*')).code, 2);
    assert.equal((await run('install', '--forge', 'home')).code, 2);
    assert.equal((await run('install', '--forge', 'nobody', '--repos', 'a/b')).code, 2);
    const none = await run(
      'install',
      '--forge',
      'home',
      '--repos',
      'dataforge/zz*',
      '--public-url',
      'https://hub.example.org',
    );
    assert.deepEqual([none.code, /No repository matches/.test(none.out)], [1, true]);
  });

  test('list and verify tell what drifted, and remove takes away what it is told', async (t) => {
    const { fake, run } = await start(t);
    assert.match((await run('list')).out, /no webhook yet/);
    await run('install', '--forge', 'home', '--repos', 'dataforge/r2', '--repos', 'dataforge/r3');
    await run('install', ...ALL, '--org');
    await run('install', '--forge', 'home', '--system');
    assert.equal((await run('verify')).code, 0);
    const [gone] = hooksAt(fake.state, 'dataforge/r3');
    assert.ok(gone);
    removeHook(fake.state, gone);
    const verified = await run('verify');
    assert.equal(verified.code, 1);
    assert.match(verified.out, /^missing {6}dataforge\/r3: /m);
    assert.match(verified.out, /3 ok/);
    const listed = await run('list', '--forge', 'home');
    assert.match(listed.out, /^missing {2}home {2}dataforge\/r3 +since .* no webhook to this hub/m);
    assert.match(listed.out, /^ok +home {2}dataforge \(organisation\)/m);
    assert.match(listed.out, /^ok +home {2}the whole instance/m);
    assert.equal((await run('list', '--json')).json<{ hooks: unknown[] }>().hooks.length, 4);

    assert.match((await run('remove', ...ALL, '--dry-run')).out, /Would be: 2 removed/);
    assert.equal((await run('remove', ...ALL)).code, 0);
    assert.deepEqual(
      hooksOf(fake.state)
        .map(({ place }) => place)
        .toSorted(),
      ['*', 'dataforge'],
    );
    await run('remove', ...ALL, '--org');
    await run('remove', '--forge', 'home', '--system');
    assert.deepEqual(hooksOf(fake.state), []);
    assert.match((await run('remove', ...ALL)).out, /no such webhook/);
    assert.equal((await run('remove', '--forge', 'home')).code, 2);
  });

  test('rotate-secret gives all a new secret, goes on after a failure, and drops the old one when told', async (t) => {
    const { fake, ports, run } = await start(t);
    const names = ['dataforge/r2', 'dataforge/r3', 'dataforge/r4'];
    await run('install', '--forge', 'home', ...names.flatMap((name) => ['--repos', name]));
    const [old] = ports.forge.secrets;
    fake.interfere = ({ path }) => (path.includes('/r3/') ? { status: 500 } : undefined);
    const broken = await run('rotate-secret', '--forge', 'home', '--drop-old');
    assert.equal(broken.code, 1);
    assert.match(broken.out, /2 of 3 webhooks carry the new secret; 2 secrets are accepted/);
    const [fresh] = ports.forge.secrets;
    assert.deepEqual(ports.forge.secrets, [fresh, old]);

    fake.interfere = undefined;
    const done = await run('rotate-secret', '--forge', 'home');
    assert.equal(done.code, 0);
    assert.match(done.out, /3 of 3 .* until .*--drop-old/);
    assert.ok(hooksOf(fake.state).every(({ secret }) => secret === fresh));
    const dropped = await run('rotate-secret', '--forge', 'home', '--drop-old');
    assert.equal(dropped.code, 0);
    assert.match(dropped.out, /no other is accepted/);
    assert.deepEqual(ports.forge.secrets, [fresh]);
    const watch = createHookWatch({ ...ports, settings: () => ({ checkEveryMs: 0, repair: false }) });
    await watch.check();
    assert.deepEqual(ports.forge.secrets, [fresh]);
  });

  test('rotate-secret tells a person what to do with a secret of the configuration', async (t) => {
    const { ports, run } = await start(t);
    await run('install', '--forge', 'home', '--repos', 'dataforge/r2');
    Object.assign(ports, { secrets: { ...ports.secrets, isGenerated: () => false } });
    const byHand = await run('rotate-secret', '--forge', 'home');
    assert.equal(byHand.code, 1);
    assert.match(byHand.out, /Put a new one before the old one/);
    ports.forge = { ...ports.forge, secrets: ['hunter2-the-newer', ...ports.forge.secrets] };
    const pushed = await run('rotate-secret', '--forge', 'home');
    assert.equal(pushed.code, 0);
    assert.match(pushed.out, /Take the old one out of the configuration/);
  });
});
