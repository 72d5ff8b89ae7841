import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeForge, FakeKind } from '../../test/fake-forge/contract.ts';
import { addHook, hooksAt } from '../../test/fake-forge/hooks.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { addRepository, TOKENS } from '../../test/fake-forge/state.ts';
import type { HookApi, HookPlace, RepositoryApi } from './write-contract.ts';

const KINDS: readonly FakeKind[] = [
  'gitea',
  'forgejo',
  'gogs',
  'github',
  'gitlab',
  'bitbucket-cloud',
  'bitbucket-data-center',
  'onedev',
];
const URL = 'https://hub.example.org/webhook/home';
const SECRET = 'a-secret-of-the-hook';
const APP: HookPlace = { level: 'repository', owner: 'dataforge', name: 'app' };

function hooksOf(forge: FakeForge, token?: string): HookApi {
  const { hooks } = forge.api(token);
  assert.ok(hooks);
  return hooks;
}

function repositoriesOf(forge: FakeForge, token?: string): RepositoryApi {
  const { repositories } = forge.api(token);
  assert.ok(repositories);
  return repositories;
}

async function namesOf(list: AsyncIterable<{ readonly fullName: string }>): Promise<string[]> {
  const names = [];
  for await (const { fullName } of list) names.push(fullName);
  return names.toSorted();
}

for (const kind of KINDS) {
  describe(`webhooks of ${kind}`, () => {
    it('are made active, signed and as JSON, changed, and removed', async (t) => {
      const forge = await startFakeForge(t, { kind });
      const api = hooksOf(forge);
      const places: HookPlace[] = [APP, { level: 'organisation', owner: 'dataforge' }, { level: 'system' }];
      for (const place of places) {
        const key = place.level === 'repository' ? 'dataforge/app' : place.level === 'system' ? '*' : place.owner;
        const wanted = api.wantedEvents(place.level);
        if (!api.levels.includes(place.level)) {
          await assert.rejects(api.list(place), { code: 'invalid_request' });
          continue;
        }
        const made = await api.create(place, { url: URL, secret: SECRET, events: wanted });
        assert.equal(made.active, true);
        assert.equal(made.url, URL);
        assert.ok(made.events.length > 0 && made.events.length <= wanted.length + 10);
        assert.ok(made.contentType === undefined || made.contentType === 'json');
        const [own] = (await api.list(place)).filter(({ id }) => id === made.id);
        assert.deepEqual(own, made, 'the list shows what was made');
        assert.equal(hooksAt(forge.state, key)[0]?.secret, SECRET);
        assert.ok(!JSON.stringify(made).includes(SECRET));

        const moved = 'https://hub.example.org/elsewhere/webhook/home';
        const changed = await api.update(place, made.id, {
          url: moved,
          secret: 'another-secret',
          events: made.events.slice(-2),
        });
        const after = hooksAt(forge.state, key);
        assert.deepEqual(
          after.map(({ url, active, secret }) => ({ url, active, secret })),
          [{ url: moved, active: true, secret: 'another-secret' }],
        );
        assert.deepEqual(
          (await api.list(place)).map(({ id, url }) => ({ id, url })),
          [{ id: changed.id, url: moved }],
        );

        await api.remove(place, changed.id);
        await api.remove(place, changed.id);
        assert.deepEqual(await api.list(place), []);
      }
    });

    it('are all read, whatever the pages, and those of others stay as they are', async (t) => {
      const forge = await startFakeForge(t, { kind });
      const api = hooksOf(forge);
      for (let number = 1; number <= 45; number += 1) {
        const url = `https://ci.example.org/${number}`;
        const other = kind === 'onedev' ? {} : { type: 'gitea', content_type: 'json' };
        addHook(forge.state, { place: 'dataforge/app', url, active: true, events: toKnown(api), secret: 'x', other });
      }
      const before = await api.list(APP);
      assert.equal(before.length, 45);
      const made = await api.create(APP, { url: URL, secret: SECRET, events: api.wantedEvents('repository') });
      await api.update(APP, made.id, { url: URL, secret: 'y', events: api.wantedEvents('repository') });
      const after = await api.list(APP);
      assert.equal(after.length, 46);
      assert.deepEqual(
        after.filter(({ url }) => url !== URL),
        before,
      );
    });

    it('tell what to do when the place is not there or may not be touched', async (t) => {
      const forge = await startFakeForge(t, { kind });
      const api = hooksOf(forge);
      const gone: HookPlace = { level: 'repository', owner: 'dataforge', name: 'gone' };
      await assert.rejects(api.list(gone), { code: 'upstream_refused', message: /dataforge\/gone/ });
      const hook = { url: URL, secret: SECRET, events: api.wantedEvents('repository') };
      await assert.rejects(hooksOf(forge, TOKENS.reader).create(APP, hook), { code: 'access_refused' });
      await assert.rejects(hooksOf(forge, 'revoked').list(APP), { code: 'credential_refused' });
      const bad = { ...hook, url: 'ftp://hub.example.org/' };
      await assert.rejects(api.create(APP, bad), (error: Error & { code: string }) => {
        return error.code === 'upstream_refused' && !error.message.includes(SECRET);
      });
      assert.deepEqual(await api.list(APP), []);
    });
  });

  describe(`repositories of ${kind}`, () => {
    it('are listed under their owner and without one, and found by name', async (t) => {
      const forge = await startFakeForge(t, { kind });
      for (let number = 1; number <= 120; number += 1) addRepository(forge.state, 'dataforge', `r${number}`);
      addRepository(forge.state, 'elsewhere', 'other');
      const api = repositoriesOf(forge);
      const own = await namesOf(api.list('dataforge'));
      assert.equal(own.length, 121);
      assert.ok(own.every((name) => name.startsWith('dataforge/')));
      const all = await namesOf(api.list());
      assert.ok(all.includes('elsewhere/other') && all.includes('dataforge/r120'));
      assert.equal((await api.find('dataforge/r7'))?.name, 'r7');
      assert.equal(await api.find('dataforge/nothing'), undefined);
      await assert.rejects(namesOf(api.list('nobody')), { code: 'upstream_refused', message: /nobody/ });
    });

    it('are asked for page by page only as they are wanted', async (t) => {
      const forge = await startFakeForge(t, { kind });
      for (let number = 1; number <= 300; number += 1) addRepository(forge.state, 'dataforge', `r${number}`);
      for await (const repository of repositoriesOf(forge).list('dataforge')) {
        assert.equal(repository.owner, 'dataforge');
        break;
      }
      assert.ok(forge.requests.length <= 3);
    });
  });
}

describe('webhooks of some kinds', () => {
  it('of Gitea ignore those that post to chats, and tell of a branch filter', async (t) => {
    const forge = await startFakeForge(t, { kind: 'gitea' });
    const base = { place: 'dataforge/app', url: URL, active: false, events: ['push'], secret: '' };
    addHook(forge.state, { ...base, other: { type: 'slack', content_type: 'json' } });
    addHook(forge.state, { ...base, other: { type: 'gitea', content_type: 'form', branch_filter: 'main' } });
    const [found, ...others] = await hooksOf(forge).list(APP);
    assert.deepEqual(others, []);
    assert.equal(found?.active, false);
    assert.equal(found.contentType, 'form');
    assert.match(found.hindrance ?? '', /branch filter, main,/);
  });

  it('of GitHub say how the last delivery ended, and read every event as ours', async (t) => {
    const forge = await startFakeForge(t, { kind: 'github' });
    const api = hooksOf(forge);
    const base = { place: 'dataforge/app', url: URL, active: true, events: ['*'], secret: '' };
    const other = (code: number | null, status: string) => ({ content_type: 'json', last_response: { code, status } });
    addHook(forge.state, { ...base, other: other(502, 'error') });
    addHook(forge.state, { ...base, other: other(0, 'timeout') });
    addHook(forge.state, { ...base, other: other(200, 'active') });
    const found = await api.list(APP);
    assert.match(found[0]?.problem ?? '', /502/);
    assert.match(found[1]?.problem ?? '', /no answer/);
    assert.equal(found[2]?.problem, undefined);
    assert.deepEqual(found[2]?.events, [...api.wantedEvents('repository')].toSorted());
  });

  it('of GitLab are made anew when GitLab has switched them off, and refuse local addresses', async (t) => {
    const forge = await startFakeForge(t, { kind: 'gitlab' });
    const api = hooksOf(forge);
    const hook = { url: URL, secret: SECRET, events: api.wantedEvents('repository') };
    const made = await api.create(APP, hook);
    const [kept] = hooksAt(forge.state, 'dataforge/app');
    assert.ok(kept);
    kept.other['alert_status'] = 'temporarily_disabled';
    kept.other['disabled_until'] = '2026-03-14T10:26:53Z';
    kept.other['custom_webhook_template'] = '{"a": 1}';
    const [off] = await api.list(APP);
    assert.equal(off?.active, false);
    assert.match(off.problem ?? '', /until 2026-03-14T10:26:53Z/);
    assert.match(off.hindrance ?? '', /template/);
    const again = await api.update(APP, made.id, hook);
    assert.notEqual(again.id, made.id);
    assert.deepEqual(
      (await api.list(APP)).map(({ id, active, problem }) => ({ id, active, problem })),
      [{ id: again.id, active: true, problem: undefined }],
    );
    const edited = await api.update(APP, again.id, { ...hook, secret: 'whsec_c2VjcmV0' });
    assert.equal(edited.id, again.id);
    assert.equal(hooksAt(forge.state, 'dataforge/app')[0]?.other['signing_token'], 'whsec_c2VjcmV0');
    await assert.rejects(api.create(APP, { ...hook, url: 'http://10.0.0.5/webhook/home' }), {
      code: 'upstream_refused',
      message: /Invalid url given/,
    });
    assert.deepEqual(hooksAt(forge.state, 'dataforge/app')[0]?.events.includes('confidential_issues_events'), false);
  });

  it('of Bitbucket take what is offered and known there', async (t) => {
    const cloud = await startFakeForge(t, { kind: 'bitbucket-cloud' });
    const made = await hooksOf(cloud).create(APP, {
      url: URL,
      secret: SECRET,
      events: ['pullrequest:push', 'repo:push'],
    });
    assert.deepEqual(made.events, ['repo:push']);
    assert.match(made.id, /^\{.*\}$/);
    const center = await startFakeForge(t, { kind: 'bitbucket-data-center' });
    const events = ['pr:reviewer:needs_work', 'pr:opened'];
    const renamed = await hooksOf(center).create(APP, { url: URL, secret: SECRET, events });
    assert.deepEqual(renamed.events, ['pr:opened', 'pr:reviewer:changes_requested']);
    addHook(center.state, {
      place: 'dataforge',
      url: 'https://other.example.org/',
      active: true,
      events: [],
      secret: '',
    });
    assert.equal((await hooksOf(center).list(APP)).length, 1, 'what the project has hangs elsewhere');
  });

  it('of OneDev leave the other settings of the project as they are', async (t) => {
    const forge = await startFakeForge(t, { kind: 'onedev' });
    const api = hooksOf(forge);
    const settings = forge.state.keep(`settings of ${forge.state.repositories[0]?.id}`, () => ({}));
    const before = structuredClone(settings);
    await api.create(APP, { url: URL, secret: SECRET, events: api.wantedEvents('repository') });
    await api.remove(APP, URL);
    assert.deepEqual(settings, before);
  });
});

function toKnown(api: HookApi): string[] {
  return api
    .wantedEvents('repository')
    .filter((event) => ['push', 'push_events', 'repo:push', 'repo:refs_changed', 'CODE_PUSH'].includes(event));
}
