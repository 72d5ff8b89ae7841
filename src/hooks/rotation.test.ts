import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { hooksOf } from '../../test/fake-forge/hooks.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { addRepository } from '../../test/fake-forge/state.ts';
import { ADDRESS, createHookPorts, type TestHookPorts } from '../../test/hook-ports.ts';
import { shareStore } from '../../test/shared-store.ts';
import { ensureGeneratedSecrets, findGeneratedSecrets } from '../config/generated-secrets.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { deleteHook, type HookKey, listHooks } from '../store/hooks.ts';
import { createGeneratedHookSecrets } from './generated-hook-secrets.ts';
import { createHooks } from './hooks.ts';
import { GRACE_MS } from './rotation.ts';
import { createHookWatch } from './watch.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const PLACES = NAMES.map((name): HookKey => ({ forge: 'home', level: 'repository', place: `dataforge/${name}` }));

forEachDatabase('rotating the secret of webhooks', (context) => {
  const store = shareStore(context);

  async function start(t: TestContext, generated: boolean) {
    const { db } = store();
    for (const hook of await listHooks(db)) await deleteHook(db, hook);
    const fake = await startFakeForge(t, { kind: 'gitea' });
    for (const name of NAMES) addRepository(fake.state, 'dataforge', name);
    const dataDir = await mkdtemp(join(tmpdir(), 'fettle-rotation-'));
    t.after(() => rm(dataDir, { recursive: true }));
    await ensureGeneratedSecrets(dataDir, ['home']);

    /** A hub that just started: it knows what is on disk and in the database. */
    const restart = async (): Promise<TestHookPorts> => {
      const ports = createHookPorts(fake, db, { secrets: (own) => (generated ? toSecrets(own) : own.secrets) });
      if (generated) await reload(ports);
      return ports;
    };
    const reload = async (ports: TestHookPorts) => {
      const secrets = (await findGeneratedSecrets(dataDir))?.webhookSecrets['home'] ?? [];
      ports.forge = { ...ports.forge, secrets };
    };
    const toSecrets = (ports: TestHookPorts) =>
      createGeneratedHookSecrets({
        dataDir,
        loaded: () =>
          ({
            config: { forges: ports.forges() },
            sources: new Map([['forges.home.secret', { from: 'generated' }]]),
          }) as unknown as LoadedConfig,
        reload: () => reload(ports),
      });
    const ports = await restart();
    const hooks = createHooks(ports);
    await hooks.apply({ forge: 'home', places: PLACES, address: ADDRESS, dryRun: false, by: 'ada' });
    return { db, fake, dataDir, ports, hooks, restart };
  }

  const push = (ports: TestHookPorts, places: readonly HookKey[]) =>
    createHooks(ports).apply({ forge: 'home', places, address: null, dryRun: false, by: 'ada' });

  it('goes from one secret over two to one, and a restart changes nothing', async (t) => {
    const { fake, ports, hooks, restart } = await start(t, true);
    const [old] = ports.forge.secrets;
    const begun = await hooks.beginRotation('home');
    assert.deepEqual([begun.step, begun.accepted, begun.behind.length], ['begun', 2, 6]);
    const [fresh, kept] = ports.forge.secrets;
    assert.ok(fresh !== undefined && fresh !== old && kept === old, 'both are in force at once');
    assert.ok(
      hooksOf(fake.state).every(({ secret }) => secret === old),
      'before any hook changes',
    );

    await push(ports, begun.behind);
    assert.ok(hooksOf(fake.state).every(({ secret }) => secret === fresh));
    assert.equal(hooksOf(fake.state).length, 6);
    const done = await hooks.finishRotation('home', false);
    assert.equal(done.dropOldAt?.getTime(), ports.nowMs + GRACE_MS);
    assert.equal(done.accepted, 2, 'what is under way is still accepted');

    const later = await restart();
    const watch = createHookWatch({
      ...later,
      forges: later.forges,
      clock: () => later.nowMs,
      settings: () => ({ checkEveryMs: 0, repair: false }),
    });
    later.nowMs = ports.nowMs + GRACE_MS - 1;
    await watch.check();
    assert.deepEqual(later.forge.secrets, [fresh, old]);
    later.nowMs += 1;
    await watch.check();
    assert.deepEqual(later.forge.secrets, [fresh]);
    assert.deepEqual(await createHooks(later).readRotation('home'), {
      forge: 'home',
      generated: true,
      accepted: 1,
      hooks: 6,
      behind: [],
      dropOldAt: null,
    });
    assert.ok(![...ports.logged, ...later.logged].some((line) => line.includes(fresh) || line.includes(old ?? '')));
  });

  it('accepts both secrets wherever it was killed, and goes on with the same new one', async (t) => {
    for (const stopAfter of [0, 1, 3, 6]) {
      const { fake, ports, hooks, restart, dataDir } = await start(t, true);
      const [old] = ports.forge.secrets;
      const { behind } = await hooks.beginRotation('home');
      const [fresh] = ports.forge.secrets;
      await push(ports, behind.slice(0, stopAfter));

      const next = await restart();
      assert.deepEqual(next.forge.secrets, [fresh, old]);
      const carried = new Set(hooksOf(fake.state).map(({ secret }) => secret));
      assert.ok([...carried].every((secret) => next.forge.secrets.includes(secret)));
      const resumed = await createHooks(next).beginRotation('home');
      assert.deepEqual([resumed.step, resumed.behind.length], ['continues', 6 - stopAfter]);
      assert.deepEqual(next.forge.secrets, [fresh, old], 'no third one');
      if (stopAfter < 6) {
        await assert.rejects(createHooks(next).finishRotation('home', true), { code: 'invalid_request' });
        assert.equal((await createHooks(next).finishRotation('home', false)).dropOldAt, null);
      }
      await push(next, resumed.behind);
      await createHooks(next).finishRotation('home', true);
      assert.deepEqual(next.forge.secrets, [fresh]);
      assert.ok(hooksOf(fake.state).every(({ secret }) => secret === fresh));
      assert.equal(hooksOf(fake.state).length, 6);
      assert.ok(!(await readFile(join(dataDir, 'secrets.json'), 'utf8')).includes(String(old)));
    }
  });

  it('survives a crash between the forge and the database', async (t) => {
    const { db, fake, ports, hooks } = await start(t, true);
    const { behind } = await hooks.beginRotation('home');
    const [fresh = '', old = ''] = ports.forge.secrets;
    const crash = new Error('killed');
    // The database is gone the moment the forge has made the new hook.
    const dying: TestHookPorts = {
      ...ports,
      db: () => {
        if (fake.requests.at(-1)?.method === 'DELETE') throw crash;
        return db;
      },
    };
    await assert.rejects(push(dying, behind.slice(0, 1)), crash);
    assert.equal(hooksOf(fake.state).length, 6);
    assert.deepEqual([...new Set(hooksOf(fake.state).map(({ secret }) => secret))].toSorted(), [fresh, old].toSorted());
    ports.nowMs += 10 * 60_000;
    const resumed = await hooks.beginRotation('home');
    assert.deepEqual([resumed.step, resumed.behind.length], ['continues', 6]);
    const changes = await push(ports, resumed.behind);
    assert.ok(
      changes.every(({ change }) => change === 'updated'),
      JSON.stringify(changes),
    );
    assert.equal(hooksOf(fake.state).length, 6);
    assert.ok(hooksOf(fake.state).every(({ secret }) => secret === fresh));
  });

  it('keeps the old secret while a repository cannot be reached', async (t) => {
    const { fake, ports, hooks } = await start(t, true);
    const { behind } = await hooks.beginRotation('home');
    fake.interfere = ({ path }) => (path.includes('/c/') ? { status: 502 } : undefined);
    await push(ports, behind);
    const state = await hooks.finishRotation('home', false);
    assert.deepEqual([state.dropOldAt, state.behind.map(({ place }) => place)], [null, ['dataforge/c']]);
    fake.interfere = undefined;
    await push(ports, state.behind);
    assert.notEqual((await hooks.finishRotation('home', false)).dropOldAt, null);
    const again = await hooks.beginRotation('home');
    assert.deepEqual(
      [again.step, again.accepted, again.dropOldAt],
      ['begun', 3, null],
      'another one keeps all that may be carried',
    );
  });

  it('leaves secrets of the configuration to people, and gives hooks the first', async (t) => {
    const { fake, ports, hooks } = await start(t, false);
    assert.equal((await hooks.beginRotation('home')).step, 'by-hand');
    ports.forge = { ...ports.forge, secrets: ['the-second-secret', 'the-first-secret'] };
    const { step, behind } = await hooks.beginRotation('home');
    assert.deepEqual([step, behind.length], ['continues', 6]);
    await push(ports, behind);
    assert.ok(hooksOf(fake.state).every(({ secret }) => secret === 'the-second-secret'));
    assert.equal((await hooks.beginRotation('home')).step, 'settled');
    assert.equal((await hooks.finishRotation('home', true)).accepted, 2, 'nothing is taken out of the configuration');
  });

  it('refuses where it would break hooks that it does not know', async (t) => {
    const { db, ports, hooks } = await start(t, true);
    for (const hook of await listHooks(db)) await deleteHook(db, hook);
    await assert.rejects(hooks.beginRotation('home'), { code: 'invalid_request', message: /hooks install/ });
    ports.forge = { ...ports.forge, secrets: [], unsigned: true };
    await assert.rejects(hooks.beginRotation('home'), { code: 'invalid_request', message: /unsigned/ });
  });
});
