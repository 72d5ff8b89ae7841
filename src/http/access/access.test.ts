import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { createDatabaseContext } from '../../../test/databases.ts';
import { bearer, createHttpHub } from '../../../test/http-hub.ts';
import { shareStore } from '../../../test/shared-store.ts';

const HUB = 'http://localhost:80';

async function createToken(app: FastifyInstance, body: Record<string, unknown> = {}) {
  const payload = { name: 'a reader', role: 'viewer', ...body };
  const response = await app.inject({ method: 'POST', url: '/api/v1/tokens', payload, headers: bearer() });
  assert.equal(response.statusCode, 201, response.body);
  return response.json<{ token: { id: string; createdBy: string }; text: string }>();
}

async function createSignInCode(app: FastifyInstance, payload?: Record<string, unknown>): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/sign-in-links',
    headers: bearer(),
    ...(payload === undefined ? {} : { payload }),
  });
  assert.equal(response.statusCode, 201, response.body);
  return new URL(response.json<{ url: string }>().url).hash.slice(1);
}

function signIn(app: FastifyInstance, code: string) {
  return app.inject({ method: 'POST', url: '/api/v1/sign-in', payload: { code } });
}

async function createSession(app: FastifyInstance): Promise<{ cookie: string }> {
  const response = await signIn(app, await createSignInCode(app));
  return { cookie: `fettle_session=${response.cookies[0]?.value}` };
}

describe('access', () => {
  const store = shareStore(createDatabaseContext('embedded'));

  test('a token is shown once, kept as a hash, and works until it is revoked', async (t) => {
    const { app, logged } = await createHttpHub(t, { db: store().db });
    const { token, text } = await createToken(app);
    assert.match(text, /^fettle_[\w-]{43}$/);
    assert.equal(token.createdBy, 'admin');

    const me = await app.inject({ url: '/api/v1/me', headers: bearer(text) });
    assert.deepEqual(me.json(), { name: 'a reader', role: 'viewer', scopes: { repos: [] }, via: 'token' });

    const list = await app.inject({ url: '/api/v1/tokens', headers: bearer() });
    assert.equal(
      list.json().tokens.some(({ id }: { id: string }) => id === token.id),
      true,
    );
    assert.equal(list.body.includes(text), false);
    const rows = await sql`select * from tokens`.execute(store().db);
    assert.equal(JSON.stringify(rows).includes(text.slice(7)), false);

    const revoked = await app.inject({ method: 'DELETE', url: `/api/v1/tokens/${token.id}`, headers: bearer() });
    assert.notEqual(revoked.json().revokedAt, null);
    const after = await app.inject({ url: '/api/v1/me', headers: bearer(text) });
    assert.equal(after.statusCode, 401);
    assert.match(after.json().detail, /revoked/);
    assert.match(String(after.headers['www-authenticate']), /^Bearer/);
    assert.equal(logged.join('').includes(text), false);
  });

  test('revoking twice keeps the first time, and an unknown token is not found', async (t) => {
    let now = Date.UTC(2026, 0, 1);
    const { app } = await createHttpHub(t, { db: store().db, clock: () => now });
    const { token } = await createToken(app);
    const revoke = (id: string) => app.inject({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers: bearer() });
    const first = (await revoke(token.id)).json().revokedAt;
    now += 60_000;
    assert.equal((await revoke(token.id)).json().revokedAt, first);
    assert.equal((await revoke('0192a000-0000-7000-8000-000000000000')).statusCode, 404);
    assert.equal((await revoke('not-an-id')).statusCode, 400);
  });

  test('a token stops at its time of expiry', async (t) => {
    let now = Date.UTC(2026, 0, 1);
    const { app } = await createHttpHub(t, { db: store().db, clock: () => now });
    const { text } = await createToken(app, { expiresAt: '2026-01-02T00:00:00+00:00' });
    assert.equal((await app.inject({ url: '/api/v1/me', headers: bearer(text) })).statusCode, 200);
    now = Date.UTC(2026, 0, 2);
    const late = await app.inject({ url: '/api/v1/me', headers: bearer(text) });
    assert.match(late.json().detail, /expired/);
    const past = await app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      payload: { name: 'x', role: 'viewer', expiresAt: '2025-01-01T00:00:00Z' },
      headers: bearer(),
    });
    assert.equal(past.statusCode, 400);
  });

  test('the last use of a token is noted at most once a minute', async (t) => {
    let now = Date.UTC(2026, 0, 1);
    const { app } = await createHttpHub(t, { db: store().db, clock: () => now });
    const { token, text } = await createToken(app);
    const use = () => app.inject({ url: '/api/v1/me', headers: bearer(text) });
    const lastUsedAt = async () => {
      const { tokens } = (await app.inject({ url: '/api/v1/tokens', headers: bearer() })).json();
      return tokens.find(({ id }: { id: string }) => id === token.id).lastUsedAt as string | null;
    };
    const until = async (wanted: string) => {
      while ((await lastUsedAt()) !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await use();
    await until('2026-01-01T00:00:00.000Z');
    now += 59_000;
    await use();
    assert.equal(await lastUsedAt(), '2026-01-01T00:00:00.000Z');
    now += 1_000;
    await use();
    await until('2026-01-01T00:01:00.000Z');
  });

  test('a token in the URL is refused with the reason, even a valid one', async (t) => {
    const { app, logged } = await createHttpHub(t, { db: store().db });
    const { text } = await createToken(app);
    for (const url of [`/api/v1/me?token=${text}`, `/api/v1/me?access_token=x`, `/api/v1/me?q=${text}`]) {
      const response = await app.inject({ url, headers: bearer(text) });
      assert.equal(response.statusCode, 401);
      assert.match(response.json().detail, /does not belong in a URL/);
    }
    assert.equal(logged.join('').includes(text), false);
  });

  test('wrong tokens are logged with address and reason, then sparingly, and answered 429', async (t) => {
    const { app, logged } = await createHttpHub(t, { db: store().db });
    const statuses: number[] = [];
    for (let i = 0; i < 30; i += 1) {
      statuses.push((await app.inject({ url: '/api/v1/me', headers: bearer(`fettle_wrong${i}`) })).statusCode);
    }
    assert.deepEqual([...new Set(statuses)], [401, 429]);
    const lines = logged.filter((line) => line.includes('Authentication failed'));
    assert.ok(lines.length >= 1 && lines.length < 30);
    assert.match(lines[0] ?? '', /"reason":"unknown","address":"127\.0\.0\.1"/);
    assert.equal((await app.inject({ url: '/api/v1/me', headers: bearer() })).statusCode, 200);
    const other = await app.inject({ url: '/api/v1/me', headers: bearer('x'), remoteAddress: '192.0.2.7' });
    assert.equal(other.statusCode, 401);
  });

  test('a page that is signed out may ask again and again without being answered 429', async (t) => {
    const { app } = await createHttpHub(t, { db: store().db });
    for (let i = 0; i < 30; i += 1) assert.equal((await app.inject('/api/v1/me')).statusCode, 401);
  });

  test('a sign-in link holds its code in the fragment and makes a session that only our pages can use', async (t) => {
    const { app, logged } = await createHttpHub(t, { db: store().db });
    const code = await createSignInCode(app, { role: 'operator' });
    const response = await signIn(app, code);
    assert.equal(response.statusCode, 200);
    assert.equal(response.json().role, 'operator');
    const [cookie] = response.cookies;
    assert.deepEqual(
      { ...cookie, value: '' },
      { name: 'fettle_session', value: '', path: '/', httpOnly: true, sameSite: 'Strict', maxAge: 2_592_000 },
    );
    const me = await app.inject({ url: '/api/v1/me', headers: { cookie: `fettle_session=${cookie?.value}` } });
    assert.deepEqual([me.json().role, me.json().via], ['operator', 'session']);
    const text = logged.join('');
    assert.equal(text.includes(code) || text.includes(String(cookie?.value)), false);
  });

  test('the session cookie is for HTTPS only where the hub is reached over HTTPS', async (t) => {
    const { app } = await createHttpHub(t, { db: store().db, publicUrl: 'https://hub.example.org/' });
    const link = await app.inject({ method: 'POST', url: '/api/v1/sign-in-links', headers: bearer() });
    assert.match(link.json().url, /^https:\/\/hub\.example\.org\/sign-in#[\w-]{43}$/);
    const code = new URL(link.json().url as string).hash.slice(1);
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/sign-in',
      payload: { code },
      headers: { host: 'hub.example.org' },
    });
    assert.equal(response.cookies[0]?.secure, true);
  });

  test('a sign-in code works once, also for two browsers at the same moment', async (t) => {
    const { app } = await createHttpHub(t, { db: store().db });
    const code = await createSignInCode(app);
    const statuses = (await Promise.all([signIn(app, code), signIn(app, code), signIn(app, code)])).map(
      ({ statusCode }) => statusCode,
    );
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [200, 401, 401],
    );
    assert.equal((await signIn(app, code)).json().code, 'code_invalid');
  });

  test('a sign-in code is over after 15 minutes, a session after 30 days', async (t) => {
    let now = Date.UTC(2026, 0, 1);
    const { app } = await createHttpHub(t, { db: store().db, clock: () => now });
    const late = await createSignInCode(app);
    const code = await createSignInCode(app);
    now += 15 * 60_000 - 1;
    const cookie = `fettle_session=${(await signIn(app, code)).cookies[0]?.value}`;
    now += 1;
    assert.equal((await signIn(app, late)).statusCode, 401);
    now += 30 * 86_400_000 - 2;
    assert.equal((await app.inject({ url: '/api/v1/me', headers: { cookie } })).statusCode, 200);
    now += 1;
    const over = await app.inject({ url: '/api/v1/me', headers: { cookie } });
    assert.match(over.json().detail, /session is over/);
  });

  test('wrong sign-in codes are logged and answered 429 when there are too many', async (t) => {
    const { app, logged } = await createHttpHub(t, { db: store().db });
    const statuses: number[] = [];
    for (let i = 0; i < 25; i += 1) statuses.push((await signIn(app, `guess-${i}`)).statusCode);
    assert.deepEqual([...new Set(statuses)], [401, 429]);
    assert.match(logged.join(''), /"reason":"code"/);
    assert.equal(logged.join('').includes('guess-'), false);
  });

  test('signing out ends the session at the hub, not only in the browser', async (t) => {
    const { app } = await createHttpHub(t, { db: store().db });
    const headers = await createSession(app);
    const out = await app.inject({ method: 'POST', url: '/api/v1/sign-out', headers: { ...headers, origin: HUB } });
    assert.equal(out.statusCode, 204);
    assert.equal(out.cookies[0]?.value, '');
    assert.equal((await app.inject({ url: '/api/v1/me', headers })).statusCode, 401);
  });

  test('a write with a cookie must come from a page of the hub', async (t) => {
    const { app } = await createHttpHub(t, {
      db: store().db,
      publicUrl: 'https://hub.example.org',
      http: { corsOrigins: ['https://board.example.org'] },
    });
    const headers = await createSession(app);
    const code = async (origin: string | undefined) => {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v1/sign-in-links',
        headers: { ...headers, ...(origin === undefined ? {} : { origin }) },
      });
      return response.statusCode === 201 ? 'made' : (response.json().code as string);
    };
    assert.equal(await code(HUB), 'made');
    assert.equal(await code('https://hub.example.org'), 'made');
    for (const origin of [
      undefined,
      'null',
      'https://evil.example.com',
      'http://localhost:3000',
      'https://board.example.org',
    ]) {
      assert.equal(await code(origin), 'bad_origin', origin ?? 'no origin');
    }
    assert.equal((await app.inject({ url: '/api/v1/me', headers })).statusCode, 200);
  });

  test('a WebSocket opened by a foreign page is refused, with cookie or token', async (t) => {
    const { app } = await createHttpHub(t, {
      db: store().db,
      http: { corsOrigins: ['https://board.example.org'] },
      extend: (hub) => {
        hub.get('/socket', { config: { access: 'viewer' } }, async () => 'reached');
      },
    });
    const session = await createSession(app);
    const status = async (headers: Record<string, string>) =>
      (await app.inject({ url: '/socket', headers: { upgrade: 'websocket', ...headers } })).statusCode;
    const evil = { origin: 'https://evil.example.com' };
    assert.equal(await status({ ...session, ...evil }), 403);
    assert.equal(await status(session), 403);
    assert.equal(await status({ ...bearer(), ...evil }), 403);
    assert.equal(await status({ ...session, origin: HUB }), 200);
    assert.equal(await status({ ...session, origin: 'https://board.example.org' }), 200);
    assert.equal(await status(bearer()), 200);
  });

  test('a bearer token wins over a cookie, so a script acts as who it says it is', async (t) => {
    const { app } = await createHttpHub(t, { db: store().db });
    const session = await createSession(app);
    const { text } = await createToken(app);
    const me = await app.inject({ url: '/api/v1/me', headers: { ...session, ...bearer(text) } });
    assert.equal(me.json().name, 'a reader');
  });

  test('the webhook secret of a forge is shown to admins only', async (t) => {
    const { app } = await createHttpHub(t, { db: store().db });
    const { text } = await createToken(app, { role: 'operator' });
    const url = '/api/v1/forges/home/secret';
    assert.equal((await app.inject({ url, headers: bearer(text) })).statusCode, 403);
    const shown = await app.inject({ url, headers: bearer() });
    assert.deepEqual(shown.json(), { secrets: ['a-webhook-secret'] });
    assert.equal(shown.headers['cache-control'], 'no-store');
    const unknown = await app.inject({ url: '/api/v1/forges/nowhere/secret', headers: bearer() });
    assert.equal(unknown.json().code, 'unknown_forge');
    const list = await app.inject({ url: '/api/v1/forges', headers: bearer(text) });
    assert.equal(list.body.includes('a-webhook-secret'), false);
    assert.equal(list.json().forges[0].webhookUrl, `http://localhost:80/webhook/home`);
  });
});
