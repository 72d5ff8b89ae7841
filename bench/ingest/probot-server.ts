import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNodeMiddleware, createProbot } from 'probot';

/**
 * Probot as its documentation embeds it in a server, with one handler that does nothing. It verifies, parses, runs the handler and
 * answers; nothing is stored. The key is made for this run: no request ever goes to GitHub.
 */
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const probot = createProbot({
  overrides: { appId: 1, privateKey, secret: process.env['BENCH_SECRET'] ?? '', logLevel: 'warn' },
});

let handled = 0;
const middleware = await createNodeMiddleware(
  (app) => {
    app.onAny(() => {
      handled += 1;
    });
  },
  { probot },
);

const server = createServer((request, response) => {
  void middleware(request, response, () => response.writeHead(404).end());
});
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify({ handled })}\n`, () => process.exit(0));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
