import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import type { FakeForge } from '../../../test/fake-forge/contract.ts';
import { hooksAt, hooksOf, removeHook } from '../../../test/fake-forge/hooks.ts';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { addRepository } from '../../../test/fake-forge/state.ts';
import { createHookPorts } from '../../../test/hook-ports.ts';
import { bearer, createHttpHub } from '../../../test/http-hub.ts';
import { shareStore } from '../../../test/shared-store.ts';
import type { Role } from '../../core/access.ts';
import { createHooks } from '../../hooks/hooks.ts';

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test reads of it, it asserts
  readonly body: any;
}

/** The hook of a place is gone, and only the forge knows. */
function forget({ state }: FakeForge, place: string): void {
  const [hook] = hooksAt(state, place);
  assert.ok(hook);
  removeHook(state, hook);
}

describe('the API of webhooks', () => {
  const store = shareStore(createDatabaseContext('embedded'));

  async function start(t: TestContext) {
    const { db } = store();
    await db.deleteFrom('hooks').execute();
    const fake = await startFakeForge(t, { kind: 'gitea' });
    for (const name of ['api', 'web']) addRepository(fake.state, 'dataforge', name);
    addRepository(fake.state, 'secret', 'plans');
    const ports = createHookPorts(fake, db);
    const { app } = await createHttpHub(t, { db, hooks: createHooks(ports) });
    const ask = async (method: 'GET' | 'POST', url: string, payload?: object, token?: string): Promise<Answer> => {
      const headers = token === undefined ? bearer() : bearer(token);
      const response = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
      assert.ok(!response.body.includes('the-first-secret'), 'no answer holds a secret');
      return { status: response.statusCode, body: response.json() };
    };
    const createToken = async (role: Role, ...repos: string[]): Promise<string> =>
      (await ask('POST', '/api/v1/tokens', { name: 'a token', role, scopes: { repos } })).body.text;
    return { fake, ports, ask, createToken };
  }

  const place = (name: string) => ({ level: 'repository', place: name });

  test('plans, installs, compares, lists and removes', async (t) => {
    const { fake, ask } = await start(t);
    const planned = await ask('POST', '/api/v1/hooks/places', { forge: 'home', repos: ['dataforge/*'] });
    assert.deepEqual(planned.body, {
      address: 'https://hub.example.org/webhook/home',
      warnings: [],
      places: ['dataforge/api', 'dataforge/app', 'dataforge/web'].map(place),
      skipped: [],
    });
    const { places } = planned.body;
    const apply = (dryRun: boolean) => ask('POST', '/api/v1/hooks/apply', { forge: 'home', places, dryRun });
    const wouldBe = await apply(true);
    assert.equal(hooksOf(fake.state).length, 0);
    assert.deepEqual((await apply(false)).body, wouldBe.body);
    assert.equal(hooksOf(fake.state).length, 3);

    forget(fake, 'dataforge/web');
    const verified = await ask('POST', '/api/v1/hooks/verify', { forge: 'home', places });
    assert.deepEqual(
      verified.body.hooks.map(({ state }: { state: string }) => state),
      ['ok', 'ok', 'missing'],
    );
    const listed = await ask('GET', '/api/v1/hooks?forge=home');
    assert.deepEqual(
      listed.body.hooks.map((hook: { place: string; state: string }) => [hook.place, hook.state]),
      [
        ['dataforge/api', 'ok'],
        ['dataforge/app', 'ok'],
        ['dataforge/web', 'missing'],
      ],
    );
    assert.equal(listed.body.hooks[0].installedBy, 'admin');

    const removed = await ask('POST', '/api/v1/hooks/remove', { forge: 'home', places });
    assert.ok(removed.body.changes.every(({ change }: { change: string }) => change === 'removed'));
    assert.deepEqual((await ask('GET', '/api/v1/hooks')).body.hooks, []);
  });

  test('webhook health shows the hook of each repository, its own or one above it, heard from or not', async (t) => {
    const { fake, ask, createToken } = await start(t);
    const above = { level: 'organisation', place: 'dataforge' };
    const places = [place('dataforge/api'), above];
    await ask('POST', '/api/v1/hooks/apply', { forge: 'home', places });
    await store()
      .db.insertInto('repositories')
      .values({
        forge: 'home',
        full_name: 'dataforge/web',
        last_event_at: '2026-03-14T08:00:00Z',
        last_event_type: 'push',
        events: 2,
      })
      .execute();
    forget(fake, 'dataforge');
    await ask('POST', '/api/v1/hooks/verify', { forge: 'home', places });
    const { body } = await ask('GET', '/webhook/health');
    const states = body.repositories.map((each: Record<string, unknown> & { hook: Record<string, unknown> }) => [
      each['fullName'],
      each['lastEventAt'],
      each.hook['level'],
      each.hook['state'],
    ]);
    assert.deepEqual(states, [
      ['dataforge/web', '2026-03-14T08:00:00.000Z', 'organisation', 'missing'],
      ['dataforge/api', null, 'repository', 'ok'],
    ]);
    assert.deepEqual(
      body.hooks.map(({ level, place: name, state }: Record<string, string>) => [level, name, state]),
      [['organisation', 'dataforge', 'missing']],
    );
    const scoped = await ask('GET', '/webhook/health', undefined, await createToken('viewer', 'dataforge/api'));
    assert.equal(scoped.body.repositories.length, 1);
    assert.deepEqual(scoped.body.hooks, [], 'what belongs to no repository is not for a token with scopes');
    await store().db.deleteFrom('repositories').execute();
  });

  test('a token works within its repositories only', async (t) => {
    const { fake, ask, createToken } = await start(t);
    await ask('POST', '/api/v1/hooks/apply', {
      forge: 'home',
      places: [place('secret/plans'), place('dataforge/web')],
    });
    const admin = await createToken('admin', 'dataforge/*');
    const found = await ask('POST', '/api/v1/hooks/places', { forge: 'home', repos: ['**', 'secret/plans'] }, admin);
    assert.deepEqual(found.body.places, ['dataforge/api', 'dataforge/app', 'dataforge/web'].map(place));
    const before = fake.requests.length;
    for (const path of ['apply', 'remove', 'verify']) {
      const payload = { forge: 'home', places: [place('dataforge/web'), place('secret/plans')] };
      assert.equal((await ask('POST', `/api/v1/hooks/${path}`, payload, admin)).status, 403, path);
      const above = { forge: 'home', places: [{ level: 'organisation', place: 'dataforge' }] };
      assert.equal((await ask('POST', `/api/v1/hooks/${path}`, above, admin)).status, 403, path);
    }
    const organisation = { forge: 'home', repos: ['dataforge/*'], organisation: true };
    assert.equal((await ask('POST', '/api/v1/hooks/places', organisation, admin)).status, 403);
    assert.equal((await ask('POST', '/api/v1/hooks/rotations/home', undefined, admin)).status, 403);
    assert.equal((await ask('GET', '/api/v1/hooks/rotations/home', undefined, admin)).status, 403);
    assert.equal(fake.requests.length, before, 'the forge was not asked');
    const own = await ask('POST', '/api/v1/hooks/apply', { forge: 'home', places: [place('dataforge/api')] }, admin);
    assert.equal(own.body.changes[0].change, 'created');
    const viewer = await createToken('viewer', 'dataforge/*');
    const listed = await ask('GET', '/api/v1/hooks', undefined, viewer);
    assert.deepEqual(
      listed.body.hooks.map((hook: { place: string }) => hook.place),
      ['dataforge/api', 'dataforge/web'],
    );
    assert.equal(
      (await ask('POST', '/api/v1/hooks/verify', { forge: 'home', places: [place('dataforge/web')] }, viewer)).status,
      403,
    );
  });

  test('what cannot be is refused with the reason', async (t) => {
    const { ports, ask } = await start(t);
    const many = Array.from({ length: 21 }, (_, index) => place(`dataforge/r${index}`));
    assert.equal((await ask('POST', '/api/v1/hooks/apply', { forge: 'home', places: many })).status, 400);
    assert.equal((await ask('POST', '/api/v1/hooks/apply', { forge: 'home', places: [] })).status, 400);
    assert.equal(
      (await ask('POST', '/api/v1/hooks/places', { forge: 'nobody', repos: ['a/b'] })).body.code,
      'unknown_forge',
    );
    const badUrl = { forge: 'home', places: [place('dataforge/api')], publicUrl: 'ftp://hub' };
    assert.equal((await ask('POST', '/api/v1/hooks/apply', badUrl)).body.code, 'invalid_request');
    const odd = { forge: 'home', places: [place('../../admin'), place(''), place('no-slash')] };
    const control = { forge: 'home', places: [place('a/\u0000')] };
    assert.equal((await ask('POST', '/api/v1/hooks/apply', control)).status, 400);
    const { status, body } = await ask('POST', '/api/v1/hooks/apply', odd);
    assert.equal(status, 200);
    assert.ok(
      body.changes.every(({ change }: { change: string }) => change === 'failed'),
      JSON.stringify(body),
    );
    ports.forge = { ...ports.forge, token: null };
    const refused = await ask('POST', '/api/v1/hooks/places', { forge: 'home', repos: ['dataforge/*'] });
    assert.deepEqual([refused.status, /token/.test(refused.body.detail)], [400, true]);
  });

  test('a rotation is begun, pushed and finished', async (t) => {
    const { fake, ports, ask } = await start(t);
    const places = [place('dataforge/api'), place('dataforge/web')];
    await ask('POST', '/api/v1/hooks/apply', { forge: 'home', places, publicUrl: 'https://other.example.org' });
    assert.equal((await ask('POST', '/api/v1/hooks/rotations/home')).body.step, 'by-hand');
    ports.forge = { ...ports.forge, secrets: ['the-second-secret', 'the-first-secret'] };
    const { body } = await ask('POST', '/api/v1/hooks/rotations/home');
    assert.deepEqual([body.step, body.behind], ['continues', places]);
    await ask('POST', '/api/v1/hooks/apply', { forge: 'home', places: body.behind, keepAddress: true });
    assert.ok(hooksOf(fake.state).every(({ secret, url }) => secret === 'the-second-secret' && url.includes('other.')));
    const finished = await ask('POST', '/api/v1/hooks/rotations/home/finish', { dropOld: true });
    assert.deepEqual(finished.body.behind, []);
    assert.equal((await ask('GET', '/api/v1/hooks/rotations/home')).body.accepted, 2);
  });
});
