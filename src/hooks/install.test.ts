import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import type { FakeKind } from '../../test/fake-forge/contract.ts';
import { addHook, hooksAt, hooksOf } from '../../test/fake-forge/hooks.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { addRepository, TOKENS } from '../../test/fake-forge/state.ts';
import { ADDRESS, createHookPorts, type TestHookPorts } from '../../test/hook-ports.ts';
import { shareStore } from '../../test/shared-store.ts';
import { claimHookPlace, deleteHook, type HookKey, listHooks } from '../store/hooks.ts';
import type { HookChange } from './contract.ts';
import { createHooks } from './hooks.ts';

const KINDS: readonly FakeKind[] = [
  'gitea',
  'gogs',
  'github',
  'gitlab',
  'bitbucket-cloud',
  'bitbucket-data-center',
  'onedev',
];
const APP: HookKey = { forge: 'home', level: 'repository', place: 'dataforge/app' };

async function install(ports: TestHookPorts, places: readonly HookKey[], dryRun = false): Promise<HookChange[]> {
  return await createHooks(ports).apply({ forge: 'home', places, address: ADDRESS, dryRun, by: 'ada' });
}

async function findAll(ports: TestHookPorts, ...repos: string[]) {
  return await createHooks(ports).findPlaces({ forge: 'home', repos, organisation: false, system: false });
}

function countChanges(changes: readonly HookChange[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(changes, ({ change }) => change)].map(([name, all]) => [name, all.length]));
}

forEachDatabase('installing webhooks', (context) => {
  const store = shareStore(context);

  async function start(t: Parameters<typeof startFakeForge>[0], kind: FakeKind) {
    const { db } = store();
    for (const hook of await listHooks(db)) await deleteHook(db, hook);
    const fake = await startFakeForge(t, { kind });
    return { fake, db, ports: createHookPorts(fake, db) };
  }

  for (const kind of context.kind === 'embedded' ? KINDS : (['gitea'] as const)) {
    it(`gives 35 repositories one each, whatever two broken ones do, and does nothing the second time (${kind})`, async (t) => {
      const { fake, db, ports } = await start(t, kind);
      for (let number = 2; number <= 35; number += 1) addRepository(fake.state, 'dataforge', `r${number}`);
      addRepository(fake.state, 'elsewhere', 'other');
      const { places } = await findAll(ports, 'dataforge/*', 'dataforge/gone');
      assert.equal(places.length, 36);
      const broken = new RegExp(
        kind === 'onedev' ? `/projects/${fake.state.repositories[6]?.id}/` : '/r8/|r8%2F|%2Fr8/',
      );
      fake.interfere = ({ path, method }) =>
        broken.test(path) && method === 'GET'
          ? { status: 500, body: { message: 'the-first-secret <b>\u001b[31m' } }
          : undefined;

      const changes = await install(ports, places);
      assert.deepEqual(
        changes.map(({ place }) => place),
        places.map(({ place }) => place),
        'in the order that was asked for',
      );
      const failed = changes.filter(({ change }) => change === 'failed');
      assert.deepEqual(countChanges(changes), { created: 34, failed: 2 });
      assert.ok(failed.some(({ place, code }) => place === 'dataforge/gone' && code === 'upstream_refused'));
      assert.ok(failed.some(({ code }) => code === 'upstream_failed'));
      assert.ok(!JSON.stringify([failed, ports.logged]).includes('the-first-secret'));

      fake.interfere = undefined;
      const before = structuredClone(hooksOf(fake.state));
      assert.equal(before.length, 34);
      assert.ok(before.every(({ url, active, secret }) => url === ADDRESS && active && secret === 'the-first-secret'));
      const again = await install(ports, places);
      assert.deepEqual(countChanges(again), { created: 1, failed: 1, unchanged: 34 });
      const third = await install(ports, places);
      assert.deepEqual(countChanges(third), { failed: 1, unchanged: 35 });
      assert.deepEqual(
        hooksOf(fake.state)
          .slice(0, 34)
          .map(({ id }) => id)
          .toSorted(),
        before.map(({ id }) => id).toSorted(),
      );
      assert.equal(hooksOf(fake.state).length, 35);
      assert.equal((await listHooks(db, 'home')).length, 35);
    });

    it(`adopts the one that sends here already, and leaves those of others alone (${kind})`, async (t) => {
      const { fake, ports } = await start(t, kind);
      const events = fake.api().hooks?.wantedEvents('repository').slice(0, 1) ?? [];
      const base = {
        place: 'dataforge/app',
        active: true,
        events,
        secret: 'unknown',
        other: { type: 'gitea', content_type: 'json' },
      };
      const own = { ...base, ...(kind === 'onedev' ? { other: {} } : {}) };
      addHook(fake.state, { ...own, url: 'https://ci.example.org/hook' });
      addHook(fake.state, { ...own, url: 'HTTPS://Hub.Example.org:443/webhook/home/' });
      const [planned] = await install(ports, [APP], true);
      assert.equal(planned?.change, 'adopted');
      assert.equal(hooksAt(fake.state, 'dataforge/app')[1]?.secret, 'unknown', 'a plan changes nothing');
      assert.deepEqual(await listHooks(ports.db()), []);

      assert.equal((await install(ports, [APP]))[0]?.change, 'adopted');
      const hooks = hooksAt(fake.state, 'dataforge/app');
      assert.deepEqual(hooks.map(({ url }) => url).toSorted(), ['https://ci.example.org/hook', ADDRESS].toSorted());
      assert.equal(hooks.find(({ url }) => url === ADDRESS)?.secret, 'the-first-secret');
      assert.equal((await install(ports, [APP]))[0]?.change, 'unchanged');
    });

    it(`removes what it installed and nothing else (${kind})`, async (t) => {
      const { fake, ports } = await start(t, kind);
      const hooks = createHooks(ports);
      await install(ports, [APP]);
      const options = { forge: 'home', places: [APP], by: 'ada' };
      assert.equal((await hooks.remove({ ...options, dryRun: true }))[0]?.change, 'removed');
      assert.equal(hooksOf(fake.state).length, 1);
      assert.equal((await hooks.remove({ ...options, dryRun: false }))[0]?.change, 'removed');
      assert.deepEqual([hooksOf(fake.state).length, (await listHooks(ports.db())).length], [0, 0]);
      assert.equal((await hooks.remove({ ...options, dryRun: false }))[0]?.change, 'absent');

      await install(ports, [APP]);
      const [moved] = hooksOf(fake.state);
      assert.ok(moved);
      moved.url = 'https://somebody.example.org/';
      assert.equal((await hooks.remove({ ...options, dryRun: false }))[0]?.change, 'removed');
      assert.equal(hooksOf(fake.state).length, 1, 'somebody sends it elsewhere now');

      const gone = { ...APP, place: 'dataforge/later' };
      addRepository(fake.state, 'dataforge', 'later');
      await install(ports, [gone]);
      fake.state.repositories.pop();
      assert.equal((await hooks.remove({ ...options, places: [gone], dryRun: false }))[0]?.change, 'removed');
      assert.deepEqual(await listHooks(ports.db()), []);
    });
  }

  it('makes two that send here one again, as a change that broke off leaves them', async (t) => {
    const { fake, ports } = await start(t, 'gitea');
    await install(ports, [APP]);
    const [first] = hooksOf(fake.state);
    ports.forge = { ...ports.forge, secrets: ['the-second-secret', 'the-first-secret'] };
    fake.interfere = ({ method }) => (method === 'DELETE' ? { status: 500 } : undefined);
    assert.equal((await install(ports, [APP]))[0]?.change, 'failed');
    assert.deepEqual(
      hooksOf(fake.state).map(({ secret }) => secret),
      ['the-first-secret', 'the-second-secret'],
    );
    fake.interfere = undefined;
    const [mended] = await install(ports, [APP]);
    assert.equal(mended?.change, 'updated');
    assert.match(mended.detail, /2 webhooks send to this hub/);
    assert.deepEqual(
      hooksOf(fake.state).map(({ secret }) => secret),
      ['the-second-secret'],
    );
    assert.notEqual(hooksOf(fake.state)[0]?.id, first?.id);
    assert.equal((await install(ports, [APP]))[0]?.change, 'unchanged');
  });

  it('follows the hub to another address', async (t) => {
    const { fake, ports } = await start(t, 'github');
    await install(ports, [APP]);
    const address = 'https://new.example.org/webhook/home';
    const [moved] = await createHooks(ports).apply({ forge: 'home', places: [APP], address, dryRun: false, by: 'ada' });
    assert.equal(moved?.change, 'updated');
    assert.match(moved.detail, /it sends to hub\.example\.org/);
    assert.deepEqual(
      hooksOf(fake.state).map(({ url }) => url),
      [address],
    );
  });

  it('leaves a place alone on which another process works', async (t) => {
    const { fake, db, ports } = await start(t, 'gitea');
    const holder = '019a0000-0000-7000-8000-00000000000a';
    await claimHookPlace(db, APP, { holder, now: new Date(ports.nowMs), until: new Date(ports.nowMs + 1_000) });
    const [busy] = await install(ports, [APP]);
    assert.deepEqual([busy?.change, busy?.code], ['failed', 'upstream_busy']);
    assert.deepEqual(hooksOf(fake.state), []);
    ports.nowMs += 2_000;
    assert.equal((await install(ports, [APP]))[0]?.change, 'created', 'it died');
    const both = await Promise.all([install(ports, [APP]), install(ports, [APP])]);
    assert.equal(hooksOf(fake.state).length, 1, JSON.stringify(both));
  });

  it('hangs on organisations and on the instance where the forge has that', async (t) => {
    const { fake, ports } = await start(t, 'gitea');
    const hooks = createHooks(ports);
    const query = { forge: 'home', repos: ['dataforge/*', 'dataforge'], organisation: true, system: false };
    const { places } = await hooks.findPlaces(query);
    assert.deepEqual(places, [{ forge: 'home', level: 'organisation', place: 'dataforge' }]);
    const system = await hooks.findPlaces({ ...query, repos: [], system: true });
    const changes = await install(ports, [...places, ...system.places]);
    assert.deepEqual(countChanges(changes), { created: 2 });
    assert.deepEqual(
      hooksOf(fake.state)
        .map(({ place }) => place)
        .toSorted(),
      ['*', 'dataforge'],
    );
    await assert.rejects(hooks.findPlaces({ ...query, repos: ['dataforge/app-*'] }), { code: 'invalid_request' });
    const { ports: onGogs } = await start(t, 'gogs');
    await assert.rejects(createHooks(onGogs).findPlaces(query), { code: 'invalid_request', message: /kind gogs/ });
  });

  it('finds repositories by name, by glob and by exception, without archived ones', async (t) => {
    const { fake, ports } = await start(t, 'gitlab');
    for (const name of ['api', 'archived-api', 'web']) addRepository(fake.state, 'dataforge', name);
    addRepository(fake.state, 'dataforge/tools', 'cli');
    addRepository(fake.state, 'elsewhere', 'api');
    const namesOf = async (...repos: string[]) => (await findAll(ports, ...repos)).places.map(({ place }) => place);
    assert.deepEqual(await namesOf('dataforge/*', '!dataforge/web'), ['dataforge/api', 'dataforge/app']);
    assert.deepEqual(await namesOf('dataforge/**'), [
      'dataforge/api',
      'dataforge/app',
      'dataforge/tools/cli',
      'dataforge/web',
    ]);
    assert.deepEqual(await namesOf('*/api'), ['dataforge/api', 'elsewhere/api']);
    assert.deepEqual(await namesOf('DataForge/Nothing'), ['DataForge/Nothing']);
    assert.deepEqual((await findAll(ports, 'dataforge/*')).skipped, [
      { place: 'dataforge/archived-api', reason: 'It is archived.' },
    ]);
    await assert.rejects(findAll(ports), { code: 'invalid_request', message: /--repos/ });
    await assert.rejects(findAll(ports, 'nobody/*'), { code: 'upstream_refused' });
  });

  it('says what is missing before anything is tried', async (t) => {
    const { ports } = await start(t, 'gitea');
    const hooks = createHooks(ports);
    assert.throws(() => createHooks({ ...ports, publicUrl: () => null }).describeAddress('home', null), {
      code: 'invalid_request',
      message: /publicUrl/,
    });
    assert.throws(() => hooks.describeAddress('nobody', null), { code: 'unknown_forge' });
    ports.forge = { ...ports.forge, token: null };
    await assert.rejects(install(ports, [APP]), { code: 'invalid_request', message: /forges\.home\.token/ });
    ports.forge = { ...ports.forge, token: TOKENS.reader };
    assert.equal((await install(ports, [APP]))[0]?.code, 'access_refused');
    ports.forge = { ...ports.forge, token: 'hunter2-revoked' };
    const [refused] = await install(ports, [APP]);
    assert.equal(refused?.code, 'credential_refused');
    assert.ok(!refused.detail.includes('hunter2'));
  });
});
