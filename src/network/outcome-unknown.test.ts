import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { createCertificate } from '../../test/certificate.ts';
import { FettleError } from '../core/errors.ts';
import { createOutgoingHttp, type OutgoingHttpOptions } from './outgoing-http.ts';

/** A request that nobody recognises when it is repeated must know whether it may have been acted upon. */
describe('whether the outcome of a request is known', () => {
  it('is known when nothing was sent: nobody listens, no such name, no such network', async () => {
    const port = await findClosedPort();
    assert.equal((await failureOf(`http://127.0.0.1:${port}/`)).outcomeUnknown, false);
    for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'ENETUNREACH']) {
      const resolve = () => Promise.reject(Object.assign(new Error('no'), { code }));
      const error = await failureOf('http://nowhere.test/', { resolve });
      assert.equal(error.code, 'upstream_failed');
      assert.equal(error.outcomeUnknown, false, code);
    }
    const forbidden = await failureOf('http://127.0.0.1/', { allowPrivate: [] });
    assert.equal(forbidden.outcomeUnknown, false);
  });

  it('is known when the certificate is not trusted or the server speaks no TLS', async () => {
    const untrusted = createTlsServer(createCertificate(), (socket) => {
      socket.on('error', () => {});
    });
    assert.match(await checkKnown(untrusted, 'https'), /DEPTH_ZERO_SELF_SIGNED_CERT/);
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('220 not TLS\r\n');
    });
    assert.match(await checkKnown(plain, 'https'), /ERR_SSL_/);
  });

  it('is unknown when the connection ends after the request: no answer, half a head, half a body', async () => {
    const answers = ['', 'HTTP/1.1 200 OK\r\nContent-', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'];
    for (const answer of answers) {
      const port = await serve((socket) => socket.once('data', () => socket.end(answer)));
      const error = await failureOf(`http://127.0.0.1:${port}/`);
      assert.equal(error.code, 'upstream_failed', answer);
      assert.equal(error.outcomeUnknown, true, answer);
    }
  });

  it('is unknown when the other side resets the connection or does not answer in time', async () => {
    const resetting = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    assert.equal((await failureOf(`http://127.0.0.1:${resetting}/`)).outcomeUnknown, true);
    const silent = await serve((socket) => socket.resume());
    assert.equal((await failureOf(`http://127.0.0.1:${silent}/`, { timeoutMs: 20 })).outcomeUnknown, true);
  });

  it('is unknown when a success is too large to read, and known when a refusal is', async () => {
    for (const [status, unknown] of [[200, true] as const, [500, false] as const]) {
      const head = `HTTP/1.1 ${status} Said\r\nContent-Length: 2000\r\n\r\n`;
      const port = await serve((socket) => socket.once('data', () => socket.write(head + 'x'.repeat(2000))));
      const error = await failureOf(`http://127.0.0.1:${port}/`, { maxResponseBytes: 1000 });
      assert.match(error.message, new RegExp(`answered ${status} with more than 1000 bytes`));
      assert.equal(error.outcomeUnknown, unknown);
    }
  });
});

const opened: (() => unknown)[] = [];

after(async () => {
  await Promise.all(opened.map((close) => close()));
});

async function failureOf(url: string, options: Partial<OutgoingHttpOptions> = {}): Promise<FettleError> {
  const http = createOutgoingHttp({ allowPrivate: ['127.0.0.0/8'], ...options });
  opened.push(() => http.close());
  const error: unknown = await http.request({ url, method: 'POST', body: 'x' }).then(
    () => assert.fail('The request succeeded.'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FettleError, String(error));
  return error;
}

async function checkKnown(server: Server, scheme: string): Promise<string> {
  const error = await failureOf(`${scheme}://127.0.0.1:${await listen(server)}/`);
  assert.equal(error.code, 'upstream_failed');
  assert.equal(error.outcomeUnknown, false, error.message);
  return error.message;
}

function serve(onConnection: (socket: Socket) => unknown): Promise<number> {
  return listen(
    createServer((socket) => {
      socket.on('error', () => {});
      opened.push(() => socket.destroy());
      onConnection(socket);
    }),
  );
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function findClosedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
