import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { createHttpHub, type HttpHubOptions } from '../../test/http-hub.ts';

async function listen(t: TestContext, options: HttpHubOptions = {}) {
  const hub = await createHttpHub(t, options);
  await hub.app.listen({ host: '127.0.0.1', port: 0 });
  const address = hub.app.server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { ...hub, port: address.port };
}

/** Sends bytes over a connection and collects what comes back until the other side closes it. */
async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

async function isAlive(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/health/live`);
  return response.ok && (await response.text()) === '{"status":"ok"}';
}

test('a body that never ends is timed out with a problem document', async (t) => {
  const { port } = await listen(t, { http: { bodyTimeoutMs: 200 } });
  const answer = await exchange(
    port,
    'POST /api/v1/sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"co',
  );
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /"code":"request_timeout"/);
  assert.ok(await isAlive(port));
});

test('headers that never end are timed out', async (t) => {
  const { port } = await listen(t, { http: { bodyTimeoutMs: 200 } });
  assert.match(await exchange(port, 'GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: '), /^HTTP\/1\.1 408 /);
  assert.ok(await isAlive(port));
});

test('bytes that are no HTTP request are answered 400 and survived', async (t) => {
  const { port } = await listen(t);
  const tls = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x0a, 0x0d, 0x0a]);
  for (const bytes of [tls, 'hello\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET /\u0000 HTTP/1.1\r\nhost: x\r\n\r\n']) {
    const answer = await exchange(port, bytes);
    assert.match(answer, /^HTTP\/1\.1 4\d\d [^\r]+\r\ncontent-type: application\/problem\+json/);
    assert.match(answer, /"code":"invalid_request"/);
  }
  assert.ok(await isAlive(port));
});

test('headers larger than the limit are answered 431', async (t) => {
  const { port } = await listen(t);
  const answer = await exchange(port, `GET / HTTP/1.1\r\nhost: localhost\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 431 /);
  assert.match(answer, /"code":"headers_too_large"/);
});

test('garbage pipelined behind a valid request ends that connection and nothing else', async (t) => {
  const { port } = await listen(t);
  const answer = await exchange(
    port,
    'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n\u0001\u0002garbage\r\n\r\n',
  );
  assert.match(answer, /HTTP\/1\.1 400 .*connection: close/s);
  assert.ok(await isAlive(port));
});

test('a client that resets its connection in the middle of a request is survived', async (t) => {
  const { port } = await listen(t);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.write('POST /api/v1/sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{');
  socket.resetAndDestroy();
  await once(socket, 'close');
  assert.ok(await isAlive(port));
});

test('both a length and chunks in one request are refused, since proxies may read them differently', async (t) => {
  const { port } = await listen(t);
  const answer = await exchange(
    port,
    'POST /api/v1/sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 400 /);
});

test('a host name that is not ours is refused, except where forges post and probes look', async (t) => {
  const { app, port } = await listen(t, { publicUrl: 'https://hub.example.org' });
  const status = async (host: string, url = '/api/v1/me') =>
    (await app.inject({ url, headers: { host } })).json<{ code?: string; detail?: string }>();
  for (const host of [
    'localhost:8000',
    '127.0.0.1',
    '[::1]:8000',
    'fettle.localhost',
    'HUB.example.org:443',
    'hub.example.org.',
  ]) {
    assert.equal((await status(host)).code, 'unauthenticated', host);
  }
  for (const host of [
    'evil.example.com',
    'localhost.evil.example.com',
    '127.0.0.1.evil.example.com',
    'hub.example.org.evil',
  ]) {
    assert.equal((await status(host)).code, 'bad_host', host);
  }
  assert.match((await status('evil.example.com')).detail ?? '', /publicUrl/);
  assert.equal((await app.inject({ url: '/', headers: { host: 'evil.example.com' } })).statusCode, 421);
  assert.equal((await app.inject({ url: '/health', headers: { host: 'evil.example.com' } })).statusCode, 200);
  assert.equal((await status('evil.example.com', '/webhook/health')).code, 'unauthenticated');
  assert.equal((await app.inject({ url: '/healthy', headers: { host: 'evil.example.com' } })).statusCode, 421);
  assert.ok(await isAlive(port));
});
