import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../test/event-rows.ts';
import type { FakeForge } from '../../test/fake-forge/contract.ts';
import { addHook, type FakeHook, hooksAt, hooksOf } from '../../test/fake-forge/hooks.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { addRepository } from '../../test/fake-forge/state.ts';
import { ADDRESS, createHookPorts, START_MS, type TestHookPorts } from '../../test/hook-ports.ts';
import { shareStore } from '../../test/shared-store.ts';
import { countHookStates, deleteHook, findHook, type HookKey, listHooks } from '../store/hooks.ts';
import { createHooks } from './hooks.ts';
import { createHookWatch } from './watch.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const key = (name: string): HookKey => ({ forge: 'home', level: 'repository', place: `dataforge/${name}` });

forEachDatabase('watching webhooks', (context) => {
  const store = shareStore(context);

  async function start(t: Parameters<typeof startFakeForge>[0], names: readonly string[]) {
    const { db } = store();
    for (const hook of await listHooks(db)) await deleteHook(db, hook);
    const fake = await startFakeForge(t, { kind: 'gitlab' });
    for (const name of names) addRepository(fake.state, 'dataforge', name);
    const ports = createHookPorts(fake, db);
    const places = names.map(key);
    const changes = await createHooks(ports).apply({
      forge: 'home',
      places,
      address: ADDRESS,
      dryRun: false,
      by: 'ada',
    });
    assert.ok(changes.every(({ change }) => change === 'created'));
    return { db, fake, ports };
  }

  const watch = (ports: TestHookPorts, repair: boolean, checkEveryMs = HOUR_MS) =>
    createHookWatch({
      ...ports,
      forges: ports.forges,
      clock: () => ports.nowMs,
      settings: () => ({ checkEveryMs, repair }),
    });

  async function readStates() {
    return Object.fromEntries((await listHooks(store().db)).map(({ place, state }) => [place.slice(10), state]));
  }

  const hookOf = (fake: FakeForge, name: string): FakeHook => {
    const [hook] = hooksAt(fake.state, `dataforge/${name}`);
    assert.ok(hook);
    return hook;
  };

  /** Everything that can happen to a hook, one each. */
  function disturb(fake: FakeForge): void {
    hooksOf(fake.state).splice(hooksOf(fake.state).indexOf(hookOf(fake, 'deleted')), 1);
    hookOf(fake, 'disabled').other['alert_status'] = 'disabled';
    hookOf(fake, 'moved').url = 'https://elsewhere.example.org/';
    hookOf(fake, 'narrowed').events = ['push_events'];
    hookOf(fake, 'templated').other['custom_webhook_template'] = '{}';
    const again = hookOf(fake, 'remade');
    hooksOf(fake.state).splice(hooksOf(fake.state).indexOf(again), 1);
    addHook(fake.state, { place: again.place, url: ADDRESS, active: true, events: again.events, secret: 'by hand' });
  }
  const DISTURBED = ['deleted', 'disabled', 'moved', 'narrowed', 'remade', 'templated'];
  const DRIFT = {
    deleted: 'missing',
    disabled: 'disabled',
    moved: 'changed',
    narrowed: 'changed',
    remade: 'changed',
    templated: 'changed',
    well: 'ok',
  };

  it('notices every sort of drift, and since when', async (t) => {
    const { db, fake, ports } = await start(t, [...DISTURBED, 'well']);
    disturb(fake);
    ports.nowMs += HOUR_MS - 1;
    await watch(ports, false).check();
    assert.ok(
      Object.values(await readStates()).every((state) => state === 'ok'),
      'not due yet',
    );
    ports.nowMs += 1;
    await watch(ports, false).check();
    assert.deepEqual(await readStates(), DRIFT);
    assert.equal(fake.requests.filter(({ method }) => method !== 'GET').length, 7, 'nothing is mended unasked');
    const missing = await findHook(db, key('deleted'));
    assert.equal(missing?.since.getTime(), START_MS + HOUR_MS);
    ports.nowMs += HOUR_MS;
    await watch(ports, false).check();
    assert.equal((await findHook(db, key('deleted')))?.since.getTime(), START_MS + HOUR_MS);
    assert.deepEqual(await countHookStates(db), [
      { forge: 'home', state: 'changed', count: 4 },
      { forge: 'home', state: 'disabled', count: 1 },
      { forge: 'home', state: 'missing', count: 1 },
      { forge: 'home', state: 'ok', count: 1 },
    ]);
    assert.equal(ports.logged.filter((line) => line.startsWith('hook.out_of_order')).length, 6, 'told once each');
  });

  it('mends what it may, and says what it could not', async (t) => {
    const { db, fake, ports } = await start(t, [...DISTURBED, 'well', 'locked']);
    disturb(fake);
    hookOf(fake, 'locked').events = [];
    fake.interfere = ({ method, path }) => (method === 'PUT' && path.includes('locked') ? { status: 403 } : undefined);
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.deepEqual(await readStates(), {
      ...Object.fromEntries([...DISTURBED, 'well'].map((name) => [name, 'ok'])),
      locked: 'changed',
    });
    assert.match((await findHook(db, key('locked')))?.detail ?? '', /Mending it failed: .*403/);
    for (const name of [...DISTURBED, 'well']) {
      const hooks = hooksAt(fake.state, `dataforge/${name}`);
      assert.deepEqual(
        hooks.map(({ url, secret }) => ({ url, secret })),
        [{ url: ADDRESS, secret: 'the-first-secret' }],
        name,
      );
    }
    const { requests } = fake;
    const before = requests.length;
    ports.nowMs += HOUR_MS;
    fake.interfere = undefined;
    await watch(ports, true).check();
    assert.ok(Object.values(await readStates()).every((state) => state === 'ok'));
    const written = requests.slice(before).filter(({ method }) => method !== 'GET');
    assert.deepEqual(
      written.map(({ method }) => method),
      ['PUT'],
      'what is in order is left alone',
    );
  });

  it('never makes two hooks when two processes mend at the same moment', async (t) => {
    const { fake, ports } = await start(t, DISTURBED);
    for (let round = 0; round < 3; round += 1) {
      hooksOf(fake.state).splice(0, 4);
      ports.nowMs += HOUR_MS;
      await Promise.all([watch(ports, true).check(), watch(ports, true).check()]);
      const places = hooksOf(fake.state).map(({ place }) => place);
      assert.deepEqual(
        places.toSorted(),
        DISTURBED.map((name) => `dataforge/${name}`),
      );
    }
  });

  it('asks a forge no further that does not answer or refuses the token, and says so for each hook', async (t) => {
    const { db, fake, ports } = await start(
      t,
      Array.from({ length: 12 }, (_, index) => `r${index}`),
    );
    const before = fake.requests.length;
    fake.interfere = () => ({ status: 500, body: { message: 'the-first-secret' } });
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.ok(Object.values(await readStates()).every((state) => state === 'unreachable'));
    assert.ok(fake.requests.length - before <= 4, 'those that were under way');
    assert.ok((await listHooks(db)).every(({ detail }) => detail !== '' && !detail.includes('the-first-secret')));
    fake.interfere = undefined;
    ports.forge = { ...ports.forge, token: null };
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.match((await findHook(db, key('r3')))?.detail ?? '', /no token/);
    ports.forge = { ...ports.forge, token: fake.config.token };
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.ok(Object.values(await readStates()).every((state) => state === 'ok'));
  });

  it('tells one repository that is gone from a forge that is', async (t) => {
    const { fake, ports } = await start(t, ['gone', 'well']);
    fake.state.repositories.splice(
      fake.state.repositories.findIndex(({ name }) => name === 'gone'),
      1,
    );
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.deepEqual(await readStates(), { gone: 'unreachable', well: 'ok' });
  });

  it('notices a secret that is no longer accepted, and gives the present one', async (t) => {
    const { fake, ports } = await start(t, ['app-1']);
    ports.forge = { ...ports.forge, secrets: ['the-second-secret', 'the-first-secret'] };
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.deepEqual(await readStates(), { 'app-1': 'ok' }, 'an older one is still accepted');
    assert.equal(hookOf(fake, 'app-1').secret, 'the-first-secret');
    ports.forge = { ...ports.forge, secrets: ['the-second-secret'] };
    ports.nowMs += HOUR_MS;
    await watch(ports, false).check();
    assert.deepEqual(await readStates(), { 'app-1': 'changed' });
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.equal(hookOf(fake, 'app-1').secret, 'the-second-secret');
  });

  it('hints at silence beyond the rhythm of a repository', async (t) => {
    const { db, fake, ports } = await start(t, ['quiet', 'well']);
    const dayOf = (days: number) => new Date(START_MS - days * DAY_MS).toISOString();
    const events = ['quiet', 'well'].flatMap((name) =>
      Array.from({ length: 20 }, (_, index) =>
        makeEvent({ repo: makeRepo(`dataforge/${name}`), receivedAt: dayOf(name === 'quiet' ? 30 + index : index) }),
      ),
    );
    await addEvents(db, events);
    await db
      .insertInto('repositories')
      .values([
        { forge: 'home', full_name: 'dataforge/quiet', last_event_at: dayOf(30), last_event_type: 'push', events: 20 },
        { forge: 'home', full_name: 'dataforge/well', last_event_at: dayOf(0), last_event_type: 'push', events: 20 },
      ])
      .execute();
    ports.nowMs += HOUR_MS;
    await watch(ports, true).check();
    assert.deepEqual(await readStates(), { quiet: 'silent', well: 'ok' });
    assert.match((await findHook(db, key('quiet')))?.detail ?? '', /for 30 days/);
    assert.equal(fake.requests.filter(({ method }) => method !== 'GET').length, 2, 'silence is never mended');
    await db.deleteFrom('repositories').execute();
  });

  it('does nothing when it is switched off, and stops', async (t) => {
    const { fake, ports } = await start(t, ['app-1']);
    const before = fake.requests.length;
    ports.nowMs += 30 * DAY_MS;
    await watch(ports, true, 0).check();
    assert.equal(fake.requests.length, before);
    const running = watch(ports, true);
    running.start();
    await running.stop();
  });
});
