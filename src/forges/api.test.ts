import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import type { Actor, Repository } from '../core/event.ts';
import type { ForgeKind } from '../core/vocabulary.ts';
import { createOutgoingHttp } from '../network/outgoing-http.ts';
import type { ApiTransport } from './api-client.ts';
import { createForgeApi, type ForgeApi } from './api.ts';

const TOKEN = 'hunter2-token';
const http = createOutgoingHttp({ allowPrivate: ['127.0.0.1'] });
const closing: (() => void)[] = [() => void http.close()];

after(() => {
  for (const close of closing) close();
});

const APP: Repository = { id: '21', fullName: 'dataforge/app', owner: 'dataforge', name: 'app', private: true };
const PUBLIC: Repository = { ...APP, private: false };
const ADA: Actor = { id: '7', login: 'ada', name: 'Ada Byron', bot: false };
const GRACE: Actor = { id: '8', login: 'grace', name: 'Grace Murray', bot: false };

describe('forge api of gitea and forgejo', () => {
  for (const kind of ['gitea', 'forgejo'] as const) {
    it(`knows the account, the version and the permissions in ${kind}`, async () => {
      const people: Record<string, string> = { ada: 'owner', grace: 'write', lise: 'read', zed: 'none' };
      const api = await open(kind, `token ${TOKEN}`, (path) => {
        if (path === '/api/v1/user') return { id: 7, login: 'fettle' };
        if (path === '/api/v1/version') return { version: '1.24.0' };
        const login = /^\/api\/v1\/repos\/dataforge\/app\/collaborators\/([^/]+)\/permission$/.exec(path)?.[1];
        return login !== undefined && login in people ? { permission: people[login] } : undefined;
      });
      assert.deepEqual(await api.getOwnAccount(), { id: '7', login: 'fettle' });
      assert.equal(await api.getVersion(), '1.24.0');
      const found = [];
      for (const login of ['ada', 'grace', 'lise', 'zed', 'nobody', '..', 'a/../ada']) {
        found.push(await api.findPermission(APP, { login, bot: false }));
      }
      assert.deepEqual(found, ['admin', 'write', 'read', 'none', undefined, undefined, undefined]);
    });
  }

  it('finds in the history what one change gained and lost', async () => {
    const at = '2026-03-14T09:26:53Z';
    const label = (created_at: string, name: string, body: string) => ({
      type: 'label',
      created_at,
      label: { name },
      body,
    });
    const timeline: unknown[] = [
      label('2026-03-14T09:26:50Z', 'earlier', '1'),
      { type: 'comment', created_at: at, body: '1' },
      label('2026-03-14T09:26:52Z', 'start-pipeline', '1'),
      label(at, 'needs-decision', ''),
      { type: 'assignees', created_at: at, assignee: { login: 'ada' }, removed_assignee: true },
      { type: 'assignees', created_at: at, assignee: { login: 'grace' }, removed_assignee: false },
      label('2026-03-14T09:27:30Z', 'later', '1'),
    ];
    const asked: URLSearchParams[] = [];
    const api = await open('gitea', `token ${TOKEN}`, (path, query) => {
      asked.push(query);
      return path === '/api/v1/repos/dataforge/app/issues/12/timeline' ? timeline : undefined;
    });
    assert.deepEqual(await api.findSubjectEdges?.(APP, 12, '2026-03-14T09:26:53.000Z'), [
      { verb: 'labeled', value: 'start-pipeline' },
      { verb: 'unlabeled', value: 'needs-decision' },
      { verb: 'unassigned', value: 'ada' },
      { verb: 'assigned', value: 'grace' },
    ]);
    assert.equal(asked[0]?.get('since'), '2026-03-14T09:26:48Z');
    assert.equal(await api.findSubjectEdges?.(APP, 12, '2026-03-14T11:00:00.000Z'), undefined);
    assert.equal(await api.findSubjectEdges?.(APP, 13, at), undefined);
    timeline.splice(0, Infinity, { type: 7, created_at: at, label: { name: 'old' }, body: '1' });
    timeline.push({ type: 9, created_at: at, assignee: { login: 'ada' } }, { type: 'label', created_at: at }, 'odd');
    assert.deepEqual(await api.findSubjectEdges?.(APP, 12, at), [
      { verb: 'labeled', value: 'old' },
      { verb: 'assigned', value: 'ada' },
    ]);
  });
});

describe('forge api of gogs', () => {
  it('knows the account, and of permissions only the owner', async () => {
    const api = await open('gogs', `token ${TOKEN}`, (path) =>
      path === '/api/v1/user' ? { id: 3, username: 'fettle' } : undefined,
    );
    assert.deepEqual(await api.getOwnAccount(), { id: '3', login: 'fettle' });
    assert.equal(await api.findPermission({ ...APP, owner: 'ada' }, ADA), 'admin');
    assert.equal(await api.findPermission(APP, ADA), undefined);
    assert.equal(await api.getVersion(), undefined);
    assert.ok(!('findSubjectEdges' in api));
  });
});

describe('forge api of github', () => {
  it('knows the account with its scopes, the version and the permissions', async () => {
    const api = await open(
      'github',
      `Bearer ${TOKEN}`,
      (path) => {
        if (path === '/api/v3/user') return { id: 7, login: 'fettle' };
        if (path === '/api/v3/meta') return { installed_version: '3.17.1' };
        return path === '/api/v3/repos/dataforge/app/collaborators/ada/permission'
          ? { permission: 'admin' }
          : undefined;
      },
      { 'x-oauth-scopes': 'repo, admin:repo_hook' },
    );
    assert.deepEqual(await api.getOwnAccount(), { id: '7', login: 'fettle', scopes: ['repo', 'admin:repo_hook'] });
    assert.equal(await api.getVersion(), '3.17.1');
    assert.equal(await api.findPermission(APP, ADA), 'admin');
    assert.equal(await api.findPermission(APP, GRACE), undefined);
  });
});

describe('forge api of gitlab', () => {
  const levels: Record<string, number> = { 7: 50, 8: 30, 9: 20, 10: 5 };
  const answer = (path: string, query: URLSearchParams): unknown => {
    if (path === '/api/v4/user') return { id: 1, username: 'fettle' };
    if (path === '/api/v4/version') return { version: '19.0.1' };
    if (path === '/api/v4/personal_access_tokens/self') return { scopes: ['api'] };
    if (path === '/api/v4/users') return query.get('username') === 'grace' ? [{ id: 8 }] : [];
    const member = /^\/api\/v4\/projects\/(?:21|dataforge%2Fapp)\/members\/all\/(\d+)$/.exec(path)?.[1];
    if (member === undefined) return { status: 404, message: '404 Project Not Found' };
    return member in levels ? { access_level: levels[member] } : undefined;
  };

  it('knows the account with its scopes, and the version', async () => {
    const api = await open('gitlab', `Bearer ${TOKEN}`, answer);
    assert.deepEqual(await api.getOwnAccount(), { id: '1', login: 'fettle', scopes: ['api'] });
    assert.equal(await api.getVersion(), '19.0.1');
  });

  it('translates access levels, looks up logins, and tells strangers from hidden projects', async () => {
    const api = await open('gitlab', `Bearer ${TOKEN}`, answer);
    const permissionOf = (id: string, repo = APP) => api.findPermission(repo, { id, login: 'x', bot: false });
    assert.equal(await permissionOf('7'), 'admin');
    assert.equal(await permissionOf('8'), 'write');
    assert.equal(await permissionOf('9'), 'read');
    assert.equal(await permissionOf('10'), 'none');
    assert.equal(await permissionOf('11'), 'none');
    assert.equal(await permissionOf('11', PUBLIC), 'read');
    assert.equal(await permissionOf('7', { ...APP, id: '99' }), undefined);
    const { id: _id, ...byName } = APP;
    assert.equal(await api.findPermission(byName, { login: 'grace', bot: false }), 'write');
    assert.equal(await api.findPermission(APP, { login: 'nobody', bot: false }), undefined);
  });
});

describe('forge api of bitbucket cloud', () => {
  const ada = { ...ADA, id: '{1a7c0e52}' };
  const answer = (path: string, query: URLSearchParams): unknown => {
    if (path === '/2.0/user') return { uuid: '{0f}', nickname: 'fettle', display_name: 'Fettle' };
    if (path !== '/2.0/workspaces/dataforge/permissions/repositories/app') return undefined;
    return { values: query.get('q') === 'user.uuid="{1a7c0e52}"' ? [{ permission: 'write' }] : [] };
  };

  it('knows the account and the permissions with an access token', async () => {
    const api = await open('bitbucket', `Bearer ${TOKEN}`, answer, { 'x-oauth-scopes': 'account' }, 'cloud');
    assert.deepEqual(await api.getOwnAccount(), { id: '{0f}', login: 'fettle', scopes: ['account'] });
    assert.equal(await api.findPermission(APP, ada), 'write');
    assert.equal(await api.findPermission(APP, { ...ada, id: '{other}' }), 'none');
    assert.equal(await api.findPermission(PUBLIC, { ...ada, id: '{other}' }), 'read');
    assert.equal(await api.findPermission(APP, { ...ada, id: 'x" OR 1="1' }), undefined);
    assert.equal(await api.findPermission({ ...APP, name: 'hidden' }, ada), undefined);
    assert.equal(await api.getVersion(), undefined);
  });

  it('sends the token of a person with the address before it', async () => {
    const token = `ada@example.org:${TOKEN}`;
    const basic = `Basic ${Buffer.from(token).toString('base64')}`;
    const api = await open('bitbucket', basic, answer, {}, 'cloud', token);
    assert.equal((await api.getOwnAccount()).login, 'fettle');
  });
});

describe('forge api of bitbucket data center', () => {
  it('knows the account, the version and the permissions', async () => {
    const holders: Record<string, object[]> = {
      REPO_ADMIN: [{ id: 7, slug: 'ada' }],
      REPO_WRITE: [
        { id: 7, slug: 'ada' },
        { id: 8, slug: 'grace' },
      ],
      REPO_READ: [],
    };
    const answer = (path: string, query: URLSearchParams): unknown => {
      if (path === '/rest/api/latest/application-properties') return { version: '9.4.0' };
      if (path !== '/rest/api/latest/users' || query.get('permission.1.repositorySlug') !== 'app') return undefined;
      return { values: holders[query.get('permission.1') ?? ''] };
    };
    const headers = { 'x-ausername': 'fettle%40example.org', 'x-auserid': '5' };
    const api = await open('bitbucket', `Bearer ${TOKEN}`, answer, headers);
    assert.deepEqual(await api.getOwnAccount(), { id: '5', login: 'fettle@example.org' });
    assert.equal(await api.getVersion(), '9.4.0');
    assert.equal(await api.findPermission(APP, ADA), 'admin');
    assert.equal(await api.findPermission(APP, { login: 'grace', bot: false }), 'write');
    assert.equal(await api.findPermission(APP, { login: 'lise', bot: false }), 'none');
    assert.equal(await api.findPermission({ ...APP, name: 'hidden' }, ADA), undefined);
  });
});

describe('forge api of onedev', () => {
  it('knows the account and the version, which is no JSON', async () => {
    const api = await open('onedev', `Bearer ${TOKEN}`, (path) => {
      if (path === '/~api/users/me') return { id: 2, name: 'fettle' };
      return path === '/~api/version/server' ? '12.0.10' : undefined;
    });
    assert.deepEqual(await api.getOwnAccount(), { id: '2', login: 'fettle' });
    assert.equal(await api.getVersion(), '12.0.10');
    assert.equal(await api.findPermission(APP, ADA), undefined);
  });

  it('says so when the token may not ask whom it belongs to', async () => {
    const api = await open('onedev', `Bearer ${TOKEN}`, () => ({ status: 403 }));
    await assert.rejects(api.getOwnAccount(), /403.*valid but may not ask/s);
  });
});

describe('forge apis', () => {
  it('fail when the token is refused, without repeating it', async () => {
    for (const kind of ['gitea', 'gogs', 'github', 'gitlab', 'bitbucket', 'onedev'] as const) {
      const api = await open(kind, 'another token is expected', () => ({}));
      await assert.rejects(api.getOwnAccount(), (error) => {
        assert.ok(error instanceof FettleError && error.code === 'credential_refused');
        assert.match(error.message, /401.*does not accept the token/);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    }
  });

  it('pass on when a busy forge wants to be asked again', async () => {
    const api = await open('gitea', `token ${TOKEN}`, () => ({ status: 429 }), { 'retry-after': '17' });
    await assert.rejects(api.findPermission(APP, ADA), (error) => {
      assert.ok(error instanceof FettleError);
      assert.equal(error.code, 'upstream_busy');
      assert.equal(error.retryAfterSeconds, 17);
      return true;
    });
  });

  it('say what the forge says about a failure, on one line and without the token', async () => {
    const said: readonly (readonly [ForgeKind, unknown, RegExp])[] = [
      ['gitea', { message: 'user does not\nexist' }, /It says: user does not exist$/],
      ['github', { message: 'Validation Failed', errors: [{ field: 'a' }] }, /It says: Validation Failed field: a$/],
      ['gitlab', { message: { title: ["can't be blank"] } }, /It says: title: can't be blank$/],
      ['bitbucket', { errors: [{ context: null, message: 'No such project' }] }, /It says: No such project$/],
      ['gitea', { message: `bad token ${TOKEN}` }, /answered 500\.$/],
      ['gitea', 'a page', /answered 500\.$/],
    ];
    for (const [kind, body, expected] of said) {
      const api = await open(
        kind,
        (token) => token?.endsWith(TOKEN) === true,
        () => ({ status: 500, ...Object(body) }),
      );
      await assert.rejects(api.getOwnAccount(), expected);
    }
  });

  it('take a limit on requests for no lack of rights', async () => {
    const inFiveMinutes = String(Math.ceil(Date.now() / 1000) + 300);
    const limits: readonly (readonly [Record<string, string>, unknown, number])[] = [
      [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inFiveMinutes }, {}, 300],
      [{ 'x-ratelimit-remaining': '12', 'retry-after': '30' }, {}, 30],
      [{}, { message: 'You have exceeded a secondary rate limit.' }, 60],
    ];
    for (const [headers, body, seconds] of limits) {
      const api = await open('github', `Bearer ${TOKEN}`, () => ({ status: 403, ...Object(body) }), headers);
      await assert.rejects(api.findPermission(APP, ADA), (error) => {
        assert.ok(error instanceof FettleError && error.code === 'upstream_busy');
        assert.ok(Math.abs((error.retryAfterSeconds ?? 0) - seconds) <= 2);
        return true;
      });
    }
    const api = await open('github', `Bearer ${TOKEN}`, () => ({ status: 403 }), { 'x-ratelimit-remaining': '12' });
    assert.equal(await api.findPermission(APP, ADA), undefined);
  });

  it('fail for an answer that is not the wanted one', async () => {
    for (const kind of ['gitea', 'github', 'gitlab', 'bitbucket', 'onedev'] as const) {
      const api = await open(
        kind,
        (token) => token?.endsWith(TOKEN) === true,
        () => 'a login page',
      );
      await assert.rejects(api.getOwnAccount(), /asked for the account/);
    }
  });

  it('send no token when there is none', async () => {
    for (const kind of ['gitea', 'github', 'gitlab', 'bitbucket', 'onedev'] as const) {
      const api = await open(
        kind,
        (token) => token === undefined,
        () => ({ status: 404 }),
        {},
        'own',
        null,
      );
      await assert.rejects(api.getOwnAccount(), /answered 404/);
    }
  });

  it('are asked at the public address of their kind when none is configured', async () => {
    const hosts: string[] = [];
    const transport: ApiTransport = {
      request: async ({ url }) => {
        hosts.push(String(url));
        return { status: 404, headers: {}, body: Buffer.from('{}'), url: String(url) };
      },
    };
    for (const kind of ['github', 'gitlab', 'bitbucket'] as const) {
      await assert.rejects(Promise.resolve(createForgeApi(toConfig(kind, null, TOKEN), transport)?.getOwnAccount()));
    }
    const named = createForgeApi(toConfig('github', 'https://github.com/', TOKEN), transport);
    await assert.rejects(Promise.resolve(named?.getOwnAccount()));
    assert.deepEqual(hosts, [
      'https://api.github.com/user',
      'https://gitlab.com/api/v4/user',
      'https://api.bitbucket.org/2.0/user',
      'https://api.github.com/user',
    ]);
    for (const kind of ['gitea', 'forgejo', 'gogs', 'onedev'] as const) {
      assert.equal(createForgeApi(toConfig(kind, null, TOKEN), transport), undefined);
    }
  });
});

/** What a fake forge answers: JSON, or text as it is; `{ status }` for another status; undefined for 404. */
type Answer = (path: string, query: URLSearchParams) => unknown;

/**
 * An API client before a fake forge on a real socket, which answers 401 unless the token comes in the header and nowhere else.
 * With `cloud`, the requests for the public address are sent there.
 */
async function open(
  kind: ForgeKind,
  authorization: string | ((value: string | undefined) => boolean),
  answer: Answer,
  headers: Record<string, string> = {},
  place: 'own' | 'cloud' = 'own',
  token: string | null = TOKEN,
): Promise<ForgeApi> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const given = request.headers.authorization;
    const trusted = typeof authorization === 'string' ? given === authorization : authorization(given);
    if (!trusted || isLeaking(request)) {
      response.writeHead(401).end('{}');
      return;
    }
    const found = answer(url.pathname, url.searchParams) ?? { status: 404, message: '404 Not found' };
    const status = typeof found === 'object' && 'status' in found ? Number(found.status) : 200;
    response.writeHead(status, headers).end(typeof found === 'string' ? found : JSON.stringify(found));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const toFake: ApiTransport = {
    request: (request) =>
      http.request({ ...request, url: String(request.url).replace('https://api.bitbucket.org', base) }),
  };
  const api = createForgeApi(toConfig(kind, place === 'own' ? base : null, token), place === 'own' ? http : toFake);
  assert.ok(api);
  return api;
}

function isLeaking(request: IncomingMessage): boolean {
  return request.url?.includes('hunter2') === true;
}

function toConfig(kind: ForgeKind, url: string | null, token: string | null): ForgeConfig {
  return { name: 'home', kind, url, token, secrets: ['s'], unsigned: false, insecure: false, accounts: [] };
}
