import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The yardstick: reads the body, verifies the same signature, parses the JSON, answers 200 and forgets. Nothing that does the same
 * with `node:http` in one process can be faster by much.
 */
const secret = process.env['BENCH_SECRET'] ?? '';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const given = Buffer.from(String(request.headers['x-hub-signature-256']));
    const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
    const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
    if (!isSigned) {
      response.writeHead(401).end();
      return;
    }
    const payload = JSON.parse(body.toString('utf8')) as { readonly repository?: unknown };
    const answer = JSON.stringify({ status: payload.repository === undefined ? 'empty' : 'accepted' });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
