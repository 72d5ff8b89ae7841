import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createCommandLine } from '../../../test/command-line.ts';

/** A command line and something at an address that is not quite a hub. */
async function createWithServer(t: TestContext, answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const line = await createCommandLine();
  line.environment['FETTLE_ADMIN_TOKEN'] = 'an-admin-token-for-tests';
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await line.close();
  });
  return { line, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Sends two events and half of a third, then drops the connection once they were read. */
const breakOff: RequestListener = (_request, response) => {
  response.write('{"seq":7,"type":"push"}\n{"seq":9,"type":"push"}\n{"seq":1');
  setTimeout(() => response.destroy(), 100);
};

test('an export that breaks off exits with 5, keeps whole events only and says where to continue', async (t) => {
  const { line, url } = await createWithServer(t, breakOff);
  const lines = await line.run('export', '--url', url, '--output', 'out.jsonl');
  assert.equal(lines.code, 5);
  assert.match(lines.err, /broke off after 2 events\. Continue with --after 9 --append/);
  assert.equal(
    await readFile(join(line.directory, 'out.jsonl'), 'utf8'),
    '{"seq":7,"type":"push"}\n{"seq":9,"type":"push"}\n',
  );

  const list = await line.run('export', '--url', url, '--format', 'json', '--json');
  assert.equal(list.code, 5);
  assert.equal(list.json<object[]>().length, 2, 'the list is closed all the same');
  assert.match((JSON.parse(list.err) as { detail: string }).detail, /--after 9\.$/);
});

test('something that is not a hub is not mistaken for one', async (t) => {
  const page = await createWithServer(t, (_request, response) => {
    response.statusCode = 404;
    response.end('<html>nothing here</html>');
  });
  for (const args of [['export'], ['token', 'list']]) {
    const { code, err } = await page.line.run(...args, '--url', page.url);
    assert.equal(code, 1);
    assert.match(err, /^error upstream_failed: http\S+ answered 404 and does not seem to be a hub\. Check --url\./);
  }
  for (const answer of ['{"tokens":"none"}', '<html>']) {
    const other = await createWithServer(t, (_request, response) => response.end(answer));
    const { code, err } = await other.line.run('token', 'list', '--url', other.url);
    assert.deepEqual([code, /answered something else than a hub/.test(err)], [1, true]);
  }
});

test('the admin token is not carried along by a redirect', async (t) => {
  const seen: (string | undefined)[] = [];
  const target = await createWithServer(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end('{"tokens":[]}');
  });
  const { line, url } = await createWithServer(t, (_request, response) => {
    response.writeHead(302, { location: `${target.url}/api/v1/tokens` });
    response.end();
  });
  assert.equal((await line.run('token', 'list', '--url', url)).code, 1);
  assert.deepEqual(seen, []);
});
