import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FettleError } from '../core/errors.ts';
import { ADMIN_TOKEN, bearer, createHttpHub } from '../../test/http-hub.ts';

const PROBLEM = 'application/problem+json; charset=utf-8';

test('the server refuses to start with a route that does not say who may use it', async (t) => {
  const { app } = await createHttpHub(t, {
    extend: (hub) => {
      hub.get('/forgotten', async () => 'open to everybody');
    },
  });
  await assert.rejects(async () => app.ready(), /GET \/forgotten does not say who may use it/);
});

test('an unknown address is a 404 problem that names the correlation id', async (t) => {
  const { app } = await createHttpHub(t);
  const response = await app.inject({ url: '/api/v1/nothing', headers: { 'x-request-id': 'trace-1' } });
  assert.equal(response.statusCode, 404);
  assert.equal(response.headers['content-type'], PROBLEM);
  assert.equal(response.headers['x-request-id'], 'trace-1');
  assert.equal(response.json().code, 'not_found');
  assert.equal(response.json().instance, 'trace-1');
});

test('a correlation id that could forge log lines or headers is replaced', async (t) => {
  const { app } = await createHttpHub(t);
  const response = await app.inject({ url: '/health/live', headers: { 'x-request-id': 'a b<script>' } });
  assert.match(String(response.headers['x-request-id']), /^[\da-f-]{36}$/);
});

test('a known address with another method is a 405 that lists what is allowed', async (t) => {
  const { app } = await createHttpHub(t);
  const response = await app.inject({ method: 'PUT', url: '/api/v1/tokens' });
  assert.equal(response.statusCode, 405);
  assert.equal(response.headers.allow, 'GET, HEAD, POST');
  assert.equal(response.json().code, 'method_not_allowed');
});

test('a body that is no JSON, too large, of another type or of the wrong shape is answered with its own code', async (t) => {
  const { app } = await createHttpHub(t);
  const post = (payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/api/v1/tokens', payload, headers: { ...bearer(), 'content-type': type } });
  assert.deepEqual(
    [
      (await post('{"name"')).json().code,
      (await post('')).json().code,
      (await post('{"__proto__":{"role":"admin"},"name":"x"}')).json().code,
      (await post(JSON.stringify({ name: 'x'.repeat(2 ** 20) }))).json().code,
      (await post('name=x', 'application/x-www-form-urlencoded')).json().code,
      (await post('{}', 'text/plain')).json().code,
    ],
    [
      'invalid_request',
      'invalid_request',
      'invalid_request',
      'body_too_large',
      'unsupported_media_type',
      'unsupported_media_type',
    ],
  );
  const shape = await post('{"name":"","role":"king"}');
  assert.equal(shape.statusCode, 400);
  assert.match(shape.json().detail, /body\/name.*body\/role/);
});

test('an unexpected error reaches the caller as an id only and the log with its stack', async (t) => {
  const { app, logged } = await createHttpHub(t, {
    extend: (hub) => {
      hub.get('/broken', { config: { access: 'public' } }, async () => {
        throw new Error('the inner workings at line 12');
      });
    },
  });
  const response = await app.inject('/broken');
  assert.equal(response.statusCode, 500);
  assert.equal(response.json().code, 'internal');
  assert.equal(response.body.includes('inner workings'), false);
  assert.match(logged.join(''), /inner workings.*at line 12/);
  assert.match(logged.join(''), new RegExp(response.json().instance));
});

test('a refusal that says when to try again carries Retry-After', async (t) => {
  const { app } = await createHttpHub(t, {
    extend: (hub) => {
      hub.get('/full', { config: { access: 'public' } }, async () => {
        throw new FettleError('inbox_full', 'The inbox is full.', { retryAfterSeconds: 7 });
      });
    },
  });
  const response = await app.inject('/full');
  assert.equal(response.statusCode, 503);
  assert.equal(response.headers['retry-after'], '7');
});

test('while the database is away the API answers 503 and the admin token still works', async (t) => {
  const { app } = await createHttpHub(t);
  const tokens = await app.inject({ url: '/api/v1/tokens', headers: bearer() });
  assert.equal(tokens.statusCode, 503);
  assert.equal(tokens.json().code, 'store_unavailable');
  assert.equal(tokens.headers['retry-after'], '5');
  const me = await app.inject({ url: '/api/v1/me', headers: bearer() });
  assert.deepEqual(me.json(), { name: 'admin', role: 'admin', scopes: { repos: [] }, via: 'admin-token' });
});

test('an error of a lost database connection becomes store_unavailable', async (t) => {
  const { app } = await createHttpHub(t, {
    extend: (hub) => {
      hub.get('/lost', { config: { access: 'public' } }, async () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      });
    },
  });
  assert.equal((await app.inject('/lost')).json().code, 'store_unavailable');
});

test('a path that cannot be decoded is answered 400', async (t) => {
  const { app } = await createHttpHub(t);
  const response = await app.inject('/api/%zz');
  assert.equal(response.statusCode, 400);
  assert.equal(response.json().code, 'invalid_request');
});

test('browsers are told to run no script but our own files', async (t) => {
  const { app } = await createHttpHub(t);
  const { headers } = await app.inject('/health/live');
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /script-src 'self';/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['strict-transport-security'], undefined);
});

test('over HTTPS browsers are told to stay there', async (t) => {
  const { app } = await createHttpHub(t, { publicUrl: 'https://hub.example.org' });
  assert.match(String((await app.inject('/health/live')).headers['strict-transport-security']), /max-age/);
});

test('CORS is answered only for the origins of the configuration', async (t) => {
  const { app } = await createHttpHub(t, { http: { corsOrigins: ['https://board.example.org'] } });
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/api/v1/me',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    });
  const allowed = await preflight('https://board.example.org');
  assert.equal(allowed.statusCode, 204);
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://board.example.org');
  assert.equal(allowed.headers['access-control-allow-credentials'], undefined);
  const refused = await preflight('https://evil.example.com');
  assert.equal(refused.headers['access-control-allow-origin'], undefined);
});

test('without origins in the configuration no CORS header is ever sent', async (t) => {
  const { app } = await createHttpHub(t);
  const { headers } = await app.inject({ url: '/health/live', headers: { origin: 'https://evil.example.com' } });
  assert.equal(headers['access-control-allow-origin'], undefined);
});

test('a request is logged without the values of its query and without headers', async (t) => {
  const { app, logged } = await createHttpHub(t);
  await app.inject({ url: '/api/v1/me?note=hunter2&x', headers: { ...bearer(), 'x-custom': 'hunter3' } });
  const text = logged.join('');
  assert.match(text, /"url":"\/api\/v1\/me\?note&x"/);
  assert.match(text, /"principal":"admin"/);
  assert.equal(/hunter|an-admin-token/.test(text), false);
});

test('the address of a client behind a proxy is believed only from trusted proxies', async (t) => {
  const seen = async (trustedProxies: string[]) => {
    const { app } = await createHttpHub(t, {
      http: { trustedProxies },
      extend: (hub) => {
        hub.get('/ip', { config: { access: 'public' } }, async (request) => ({ ip: request.ip }));
      },
    });
    return (await app.inject({ url: '/ip', headers: { 'x-forwarded-for': '203.0.113.9' } })).json().ip as string;
  };
  assert.equal(await seen([]), '127.0.0.1');
  assert.equal(await seen(['127.0.0.0/8']), '203.0.113.9');
});

test('the API describes itself to whoever may read it', async (t) => {
  const { app } = await createHttpHub(t);
  assert.equal((await app.inject('/api/openapi.json')).statusCode, 401);
  const document = (await app.inject({ url: '/api/openapi.json', headers: bearer() })).json();
  assert.ok(document.paths['/api/v1/deliveries/{forge}/{deliveryId}'].get.responses['200']);
  assert.equal(document.info.version, '9.9.9');
  assert.equal((await app.inject('/api/docs')).statusCode, 401);
  const docs = await app.inject({ url: '/api/docs/', headers: bearer() });
  assert.equal(docs.statusCode, 200);
  assert.doesNotMatch(String(docs.headers['content-security-policy']), /upgrade-insecure-requests/);
});

test('every answered route of the API is described with a summary', async (t) => {
  const { app } = await createHttpHub(t);
  const document = (await app.inject({ url: '/api/openapi.json', headers: bearer(ADMIN_TOKEN) })).json();
  const operations = Object.entries(document.paths as Record<string, Record<string, { summary?: string }>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, { summary }]) => ({ path, method, summary })),
  );
  assert.ok(operations.length > 10);
  assert.deepEqual(
    operations.filter(({ summary, method }) => summary === undefined && method !== 'head'),
    [],
  );
});
