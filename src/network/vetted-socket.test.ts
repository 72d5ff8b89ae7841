import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { FettleError } from '../core/errors.ts';
import { connectVetted, type VettedSocketOptions } from './vetted-socket.ts';

const LOOPBACK = ['127.0.0.0/8'];

describe('vetted socket', () => {
  it('connects to an allowed address, by number and by name', async (t) => {
    const { port } = await serve(t);
    const resolve = async () => [{ address: '10.0.0.1' }, { address: '127.0.0.1' }];
    for (const host of ['127.0.0.1', 'mail.test']) {
      const socket = await connectVetted(host, port, { allowPrivate: LOOPBACK, resolve });
      assert.equal(String((await once(socket, 'data'))[0]), 'hello');
      socket.destroy();
    }
  });

  it('refuses addresses that are not allowed without connecting', async (t) => {
    const { port, seen } = await serve(t);
    for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.1', 'localhost', '0x7f000001']) {
      const error = await failureOf(host, port, { allowPrivate: [] });
      assert.equal(error.code, 'address_forbidden', host);
    }
    assert.equal(seen.connections, 0);
  });

  it('says which host and port could not be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const refused = await failureOf('127.0.0.1', port, { allowPrivate: LOOPBACK });
    assert.equal(refused.code, 'upstream_failed');
    assert.match(refused.message, new RegExp(`127\\.0\\.0\\.1:${port} came about \\(ECONNREFUSED\\)`));
    assert.equal(refused.outcomeUnknown, false);

    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    const unknown = await failureOf('mail.test', 25, { allowPrivate: [], resolve });
    assert.equal(unknown.code, 'upstream_failed');
    assert.match(unknown.message, /mail\.test:25 .*ENOTFOUND/);
  });

  it('gives up when the lookup hangs: after its time, or when it is told to', async () => {
    const resolve = () => new Promise<never>(() => {});
    const late = await failureOf('mail.test', 25, { allowPrivate: [], resolve, timeoutMs: 10 });
    assert.match(late.message, /no connection within 10 ms/);

    const stop = new AbortController();
    const waiting = connectVetted('mail.test', 25, { allowPrivate: [], resolve, signal: stop.signal });
    stop.abort(new Error('stopped'));
    await assert.rejects(waiting, { message: 'stopped' });
    await assert.rejects(connectVetted('mail.test', 25, { allowPrivate: [], resolve, signal: stop.signal }), {
      message: 'stopped',
    });
  });
});

async function failureOf(host: string, port: number, options: VettedSocketOptions): Promise<FettleError> {
  const error: unknown = await connectVetted(host, port, options).then(
    () => assert.fail('It connected.'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FettleError, String(error));
  return error;
}

async function serve(t: TestContext): Promise<{ port: number; seen: { connections: number } }> {
  const seen = { connections: 0 };
  const server = createServer((socket) => {
    seen.connections += 1;
    socket.on('error', () => {});
    socket.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}
