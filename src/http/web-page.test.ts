import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createHttpHub } from '../../test/http-hub.ts';
import { registerWebPage } from './web-page.ts';

async function createPageHub(t: TestContext, { built }: { built: boolean }) {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-web-'));
  t.after(() => rm(folder, { recursive: true }));
  if (built) {
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Page</title>');
    await writeFile(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await writeFile(join(folder, 'assets', 'index-abc123.js'), 'export {};');
  }
  return createHttpHub(t, { extend: (app) => registerWebPage(app, folder) });
}

const BROWSER = { accept: 'text/html,application/xhtml+xml' };

test('the page is served at the root and at every address that looks like a page', async (t) => {
  const { app } = await createPageHub(t, { built: true });
  for (const url of [
    '/',
    '/sign-in',
    '/deliveries/home/1?x=1',
    '/events/412',
    '/ledger/push_site.example.org',
    '/events/0192f0c1-7a3b-7c55-8d21-5f0e4b7a9c01?type=push',
  ]) {
    const response = await app.inject({ url, headers: BROWSER });
    assert.equal(response.statusCode, 200, url);
    assert.match(response.body, /<title>Page/);
    assert.equal(response.headers['cache-control'], 'no-cache');
  }
});

test('assets with a hash in their name may be kept for ever, other files not', async (t) => {
  const { app } = await createPageHub(t, { built: true });
  const asset = await app.inject('/assets/index-abc123.js');
  assert.equal(asset.statusCode, 200);
  assert.match(String(asset.headers['cache-control']), /immutable/);
  assert.match(String(asset.headers['content-type']), /javascript/);
  const icon = await app.inject('/favicon.svg');
  assert.equal(icon.headers['cache-control'], 'no-cache');
  assert.equal((await app.inject('/assets/missing.js')).statusCode, 404);
});

test('an unknown address of the API, or one asked for by a program, is not answered with the page', async (t) => {
  const { app } = await createPageHub(t, { built: true });
  for (const [url, headers] of [
    ['/api/v1/nothing', BROWSER],
    ['/webhook/home', BROWSER],
    ['/events/', BROWSER],
    ['/events/nothing', BROWSER],
    ['/some/page', { accept: 'application/json' }],
  ] as const) {
    const response = await app.inject({ url, headers });
    assert.equal(response.statusCode, 404, url);
    assert.match(String(response.headers['content-type']), /problem\+json/);
  }
});

test('no path leads out of the folder of the page', async (t) => {
  const { app } = await createPageHub(t, { built: true });
  for (const url of [
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/assets/..%2f..%2fpackage.json',
    '/.env.txt',
    '/%00.js',
  ]) {
    const response = await app.inject({ url, headers: BROWSER });
    assert.ok(response.statusCode >= 400, `${url} ${response.statusCode}`);
    assert.equal(response.body.includes('dependencies'), false);
  }
});

test('while the page is not built, a plain page says how to build it', async (t) => {
  const { app } = await createPageHub(t, { built: false });
  const response = await app.inject({ url: '/', headers: BROWSER });
  assert.equal(response.statusCode, 503);
  assert.match(response.body, /npm start/);
  assert.doesNotMatch(response.body, /<script/);
});
