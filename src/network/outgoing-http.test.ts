import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, describe, it } from 'node:test';
import { FettleError } from '../core/errors.ts';
import type { OutgoingHttp } from './contract.ts';
import { createOutgoingHttp, type OutgoingHttpOptions } from './outgoing-http.ts';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const opened: (() => Promise<unknown>)[] = [];

after(async () => {
  await Promise.all(opened.map((close) => close()));
});

describe('outgoing http', () => {
  it('sends method, headers and body, and gives back status, headers and body', async () => {
    const { port } = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(207, { 'X-Seen': `${request.method} ${request.url} ${request.headers.authorization}` });
        response.end(Buffer.concat(chunks));
      });
    });
    const http = create();
    const answer = await http.request({
      url: `http://127.0.0.1:${port}/a/b?c=d`,
      method: 'PUT',
      headers: { authorization: 'token t' },
      body: 'hello',
    });
    assert.equal(answer.status, 207);
    assert.equal(answer.headers['x-seen'], 'PUT /a/b?c=d token t');
    assert.equal(answer.body.toString(), 'hello');
  });

  it('keeps connections, but gives a request that must not be repeated one of its own', async () => {
    const { port, seen } = await serve((_request, response) => response.end('ok'));
    const http = create();
    const ask = (ownConnection: boolean) => http.request({ url: `http://127.0.0.1:${port}/`, ownConnection });
    for (let i = 0; i < 10; i++) await ask(false);
    const kept = seen.connections;
    assert.ok(kept < 5, `${kept} connections`);
    for (let i = 0; i < 5; i++) await ask(true);
    assert.equal(seen.connections, kept + 5);
  });

  it('reaches a server that listens on either address of a name', async () => {
    const resolve = async () => [{ address: '::1' }, { address: '127.0.0.1' }];
    const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
    for (const host of hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
      const { port } = await serve((_request, response) => response.end(host), host);
      const answer = await create({ resolve }).request({ url: `http://dual.test:${port}/` });
      assert.equal(answer.body.toString(), host);
    }
  });

  it('refuses every spelling of a private address without connecting', async () => {
    const { port, seen } = await serve((_request, response) => response.end('reached'));
    const http = create({ allowPrivate: [] });
    const hosts = ['127.0.0.1', '127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '127.0.0.1.', '0.0.0.0', '0'];
    hosts.push('[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]');
    hosts.push('[2002:7f00:1::]', 'localhost', 'LOCALHOST', '%31%32%37.0.0.1', '１２７.0.0.1');
    for (const host of hosts)
      await rejects(http.request({ url: `http://${host}:${port}/` }), 'address_forbidden', host);
    assert.equal(seen.connections, 0);
  });

  it('connects only to the address that was vetted when a name changes its mind', async () => {
    const { port, seen } = await serve((_request, response) => response.end('reached'));
    let lookups = 0;
    const http = create({
      allowPrivate: [],
      // The first answer looks harmless, every later one does not.
      resolve: async () => [{ address: (lookups += 1) === 1 ? '192.0.2.1' : '127.0.0.1' }],
    });
    for (const _round of [1, 2, 3])
      await rejects(http.request({ url: `http://rebind.test:${port}/` }), 'address_forbidden');
    assert.equal(seen.connections, 0);
    assert.equal(lookups, 3);
  });

  it('looks a name up once for each connection', async () => {
    const { port, seen } = await serve((_request, response) => response.end('reached'));
    const asked: string[] = [];
    const http = create({
      resolve: async (hostname) => {
        asked.push(hostname);
        return [{ address: '127.0.0.1' }];
      },
    });
    for (const _round of [1, 2, 3]) {
      assert.equal((await http.request({ url: `http://pinned.test:${port}/` })).body.toString(), 'reached');
    }
    assert.deepEqual(
      asked,
      Array.from({ length: seen.connections }, () => 'pinned.test'),
    );
  });

  it('uses the allowed ones of several addresses', async () => {
    const { port } = await serve((_request, response) => response.end('reached'));
    const resolve = async () => [{ address: '10.0.0.1' }, { address: '127.0.0.1' }, { address: 'nonsense' }];
    const http = create({ allowPrivate: ['127.0.0.1'], resolve });
    assert.equal((await http.request({ url: `http://several.test:${port}/` })).status, 200);
  });

  it('does not connect when the name cannot be resolved', async () => {
    const failing = create({ resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ESERVFAIL' })) });
    const error = await rejects(failing.request({ url: 'http://nowhere.test/' }), 'upstream_failed');
    assert.match(error.message, /nowhere\.test \(ESERVFAIL\)/);
    const empty = create({ resolve: async () => [] });
    await rejects(empty.request({ url: 'http://nowhere.test/' }), 'address_forbidden');
  });

  it('refuses other schemes, credentials in the address, and what is no address', async () => {
    const http = create();
    const urls = ['ftp://example.org/', 'file:///etc/passwd', 'https://ada:hunter2@example.org/', 'nonsense hunter2'];
    for (const url of urls) {
      const error = await rejects(http.request({ url }), 'address_forbidden', url);
      assert.doesNotMatch(error.message, /hunter2/);
      const viaFetch = await rejects(http.fetch(url), 'address_forbidden', url);
      assert.doesNotMatch(viaFetch.message, /hunter2/);
    }
  });

  it('stops reading at the limit of bytes, whether or not the length was announced', async () => {
    for (const announced of [true, false]) {
      const { port } = await serve((_request, response) => {
        if (announced) response.setHeader('content-length', 5_000_000);
        const timer = setInterval(() => response.write(Buffer.alloc(65_536)), 1);
        response.on('close', () => clearInterval(timer));
      });
      const error = await rejects(
        create().request({ url: `http://127.0.0.1:${port}/`, maxBytes: 100_000 }),
        'upstream_failed',
      );
      assert.match(error.message, /answered 200 with more than 100000 bytes/);
    }
  });

  it('gives up on a server that does not answer, or not to the end', async () => {
    const { port } = await serve((request, response) => {
      if (request.url === '/half') response.write('half');
    });
    for (const path of ['/silent', '/half']) {
      const error = await rejects(
        create().request({ url: `http://127.0.0.1:${port}${path}`, timeoutMs: 50 }),
        'upstream_failed',
      );
      assert.match(error.message, /within 50 ms/);
    }
  });

  it('gives up on a resolver that does not answer', async () => {
    const http = create({ resolve: () => new Promise(() => undefined), timeoutMs: 50 });
    const error = await rejects(http.request({ url: 'http://slow.test/' }), 'upstream_failed');
    assert.match(error.message, /within 50 ms/);
  });

  it('ends when the caller gives up, with the reason of the caller', async () => {
    const { port, seen } = await serve(() => undefined);
    const controller = new AbortController();
    const pending = create().request({ url: `http://127.0.0.1:${port}/`, signal: controller.signal });
    const rejected = assert.rejects(pending, /enough of this/);
    await seen.request;
    controller.abort(new Error('enough of this'));
    await rejected;
  });

  it('names host and status in errors, and never path, query or headers', async () => {
    const { port, server } = await serve((_request, response) => response.destroy());
    const http = create();
    const lines: string[] = [];
    const log = {
      debug: (fields: object) => void lines.push(JSON.stringify(fields)),
      warn: (fields: object) => void lines.push(JSON.stringify(fields)),
    };
    const logged = create({ log });
    const headers = { authorization: 'Bearer hunter2' };
    const url = `http://127.0.0.1:${port}/hunter2?token=hunter2`;
    const error = await rejects(logged.request({ url, headers }), 'upstream_failed');
    await new Promise((resolve) => server.close(resolve));
    const refused = await rejects(http.request({ url, headers }), 'upstream_failed');
    assert.match(refused.message, /ECONNREFUSED/);
    for (const text of [error.message, refused.message, ...lines]) assert.doesNotMatch(text, /hunter2/);
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.equal(lines.length, 1);
  });

  it('fails what is unfinished when it is closed', async () => {
    const { port, seen } = await serve(() => undefined);
    const http = create();
    const rejected = rejects(http.request({ url: `http://127.0.0.1:${port}/` }), 'upstream_failed');
    await seen.request;
    await http.close();
    await rejected;
  });
});

describe('outgoing http after a reload of the configuration', () => {
  it('reaches networks that were added and none that were removed, kept connections included', async () => {
    const { port, seen } = await serve((_request, response) => response.end('reached'));
    const url = `http://127.0.0.1:${port}/`;
    const http = create({ allowPrivate: [] });
    await rejects(http.request({ url }), 'address_forbidden');
    http.setAllowPrivate(['127.0.0.1']);
    assert.equal((await http.request({ url })).status, 200);
    assert.throws(() => http.setAllowPrivate(['nonsense']), FettleError);
    assert.equal((await http.request({ url })).status, 200);
    http.setAllowPrivate([]);
    await rejects(http.request({ url }), 'address_forbidden');
    assert.equal(seen.requests.length, 2);
  });

  it('lets an answer that is under way arrive', async () => {
    let finish: (() => void) | undefined;
    const { port, seen } = await serve((_request, response) => {
      finish = () => response.end('reached');
    });
    const http = create();
    const pending = http.request({ url: `http://127.0.0.1:${port}/` });
    await seen.request;
    http.setAllowPrivate([]);
    finish?.();
    assert.equal((await pending).body.toString(), 'reached');
  });
});

describe('outgoing http redirects', () => {
  it('are given back unless following was asked for', async () => {
    const { port, seen } = await serveRedirect('/there');
    const answer = await create().request({ url: `http://127.0.0.1:${port}/` });
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.location, '/there');
    assert.equal(seen.requests.length, 1);
  });

  it('are followed as often as asked, headers and all, at the same origin', async () => {
    const { port, seen } = await serveRedirect('/there');
    const url = `http://127.0.0.1:${port}/`;
    const answer = await create().request({ url, maxRedirects: 1, headers: { 'private-token': 't' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.url, `http://127.0.0.1:${port}/there`);
    assert.equal(seen.requests[1]?.headers['private-token'], 't');
  });

  it('to a private address are refused', async () => {
    const target = await serve((_request, response) => response.end('reached'), '127.0.0.2');
    const { port } = await serveRedirect(`http://127.0.0.2:${target.port}/`);
    const http = create({ allowPrivate: ['127.0.0.1'] });
    await rejects(http.request({ url: `http://127.0.0.1:${port}/`, maxRedirects: 3 }), 'address_forbidden');
    assert.equal(target.seen.connections, 0);
  });

  it('to another origin arrive without credentials and never with a body', async () => {
    const target = await serve((_request, response) => response.end('reached'));
    const { port } = await serveRedirect(`http://127.0.0.1:${target.port}/`, 307);
    const url = `http://127.0.0.1:${port}/`;
    const headers = { authorization: 'a', 'private-token': 'b', cookie: 'c', Accept: 'text/plain' };
    assert.equal((await create().request({ url, headers, maxRedirects: 1 })).status, 200);
    const arrived = target.seen.requests[0]?.headers;
    assert.equal(arrived?.accept, 'text/plain');
    assert.deepEqual(
      [arrived?.authorization, arrived?.['private-token'], arrived?.cookie],
      [undefined, undefined, undefined],
    );
    const posted = create().request({ url, method: 'POST', body: 'secret', maxRedirects: 1 });
    assert.match((await rejects(posted, 'upstream_failed')).message, /body to another host/);
  });

  it('turn a POST into a GET without a body, except 307 and 308', async () => {
    for (const [status, method] of [
      [302, 'GET'],
      [303, 'GET'],
      [307, 'POST'],
    ] as const) {
      const { port, seen } = await serveRedirect('/there', status);
      await create().request({ url: `http://127.0.0.1:${port}/`, method: 'POST', body: 'x', maxRedirects: 1 });
      assert.equal(seen.requests[1]?.method, method);
    }
  });

  it('to other schemes or with credentials are refused, and a long chain is given back', async () => {
    for (const location of ['ftp://example.org/', 'http://ada:hunter2@example.org/', 'http://[']) {
      const { port } = await serveRedirect(location);
      const error = await rejects(
        create().request({ url: `http://127.0.0.1:${port}/`, maxRedirects: 1 }),
        'upstream_failed',
      );
      assert.doesNotMatch(error.message, /hunter2/);
    }
    const { port, seen } = await serve((_request, response) => response.writeHead(302, { location: '/' }).end());
    assert.equal((await create().request({ url: `http://127.0.0.1:${port}/`, maxRedirects: 4 })).status, 302);
    assert.equal(seen.requests.length, 5);
  });
});

describe('outgoing fetch', () => {
  it('sends and reads like fetch', async () => {
    const { port } = await serve((request, response) => {
      response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'content-type': 'application/json' });
      request.on('data', (chunk: Buffer) => response.write(chunk)).on('end', () => response.end());
    });
    const url = `http://127.0.0.1:${port}/x`;
    const response = await create().fetch(new Request(url, { method: 'POST', body: '{"a":[1]}' }));
    assert.equal(response.status, 201);
    assert.equal(response.url, url);
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
    assert.deepEqual(await response.json(), { a: [1] });
  });

  it('accepts an answer that has no body by its status', async () => {
    const { port } = await serve((_request, response) => response.writeHead(204).end());
    const response = await create().fetch(`http://127.0.0.1:${port}/`);
    assert.equal(response.body, null);
  });

  it('follows redirects only when asked, and can refuse them', async () => {
    const { port } = await serveRedirect('/there');
    const http = create();
    const url = `http://127.0.0.1:${port}/`;
    assert.equal((await http.fetch(url)).status, 302);
    assert.equal((await http.fetch(url, { redirect: 'follow' })).status, 200);
    await rejects(http.fetch(url, { redirect: 'error' }), 'upstream_failed');
  });
});

function create(options: Partial<OutgoingHttpOptions> = {}): OutgoingHttp {
  const http = createOutgoingHttp({ allowPrivate: LOOPBACK, ...options });
  opened.push(() => http.close());
  return http;
}

async function rejects(promise: Promise<unknown>, code: string, note = ''): Promise<FettleError> {
  let thrown: unknown;
  await assert.rejects(
    promise,
    (error) => {
      thrown = error;
      return true;
    },
    note,
  );
  assert.ok(thrown instanceof FettleError, `${note} ${String(thrown)}`);
  assert.equal(thrown.code, code, `${note} ${thrown.message}`);
  return thrown;
}

interface Seen {
  connections: number;
  readonly requests: { method: string | undefined; headers: NodeJS.Dict<string | string[]> }[];
  /** Settles when the first request has arrived. */
  readonly request: Promise<unknown>;
}

async function serve(
  listener: RequestListener,
  host = '127.0.0.1',
): Promise<{ port: number; server: Server; seen: Seen }> {
  const server = createServer();
  const seen: Seen = { connections: 0, requests: [], request: once(server, 'request') };
  server.on('connection', () => {
    seen.connections += 1;
  });
  server.on('request', (request, response) => {
    seen.requests.push({ method: request.method, headers: request.headers });
    listener(request, response);
  });
  server.listen(0, host);
  await once(server, 'listening');
  opened.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server, seen };
}

function serveRedirect(location: string, status = 302) {
  return serve((request, response) => {
    request.resume();
    if (request.url === '/') response.writeHead(status, { location }).end();
    else response.end('there');
  });
}
