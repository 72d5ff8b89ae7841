import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import type { ErrorCode } from '../src/core/errors.ts';
import { createCertificate } from './certificate.ts';
import { startWebServer } from './web-server.ts';

/** A way in which another side fails, and what an action should make of it. */
export interface WebFault {
  readonly name: string;
  readonly code: ErrorCode;
  /** The other side may have acted. */
  readonly unknown: boolean;
  readonly retryAfterSeconds?: number;
  /** What a person is told. */
  readonly says: RegExp;
  /** Starts a server that fails so; gives its address, without a slash at the end. */
  start(t: TestContext): Promise<string>;
}

/** An answer that repeats whatever it was sent, as careless servers do. */
function answering(
  status: number,
  code: ErrorCode,
  says: RegExp,
  headers: Record<string, string> = {},
): Omit<WebFault, 'retryAfterSeconds'> {
  return {
    name: `answers ${status}${Object.keys(headers).length === 0 ? '' : ` with ${Object.keys(headers).join()}`}`,
    code,
    unknown: false,
    says,
    async start(t) {
      const { url } = await startWebServer(t, (seen, response) => {
        const said = `cannot take ${seen.path} ${JSON.stringify(seen.headers)} ${seen.body}`;
        response.writeHead(status, headers).end(JSON.stringify({ error: said }));
      });
      return url;
    },
  };
}

export const WEB_FAULTS: readonly WebFault[] = [
  answering(302, 'upstream_refused', /302\. Redirects are not followed/, {
    location: 'https://elsewhere.example.org/',
  }),
  answering(400, 'upstream_refused', /answered 400\. .*correct what the rule sends/),
  answering(401, 'credential_refused', /answered 401\. .*check the setting/),
  answering(403, 'access_refused', /answered 403\. .*give it the right/),
  answering(404, 'upstream_refused', /answered 404\. .*does not exist/),
  answering(410, 'upstream_refused', /answered 410\. It is gone for good/),
  answering(413, 'upstream_refused', /answered 413\. .*shorten/),
  answering(422, 'upstream_refused', /answered 422/),
  answering(429, 'upstream_busy', /answered 429 and wants to be asked later/),
  {
    ...answering(429, 'upstream_busy', /answered 429 and wants/, { 'retry-after': '30' }),
    retryAfterSeconds: 30,
  },
  answering(500, 'upstream_failed', /answered 500/),
  { ...answering(503, 'upstream_busy', /answered 503 and wants/, { 'retry-after': '7' }), retryAfterSeconds: 7 },
  {
    name: 'ends the connection in the middle of its answer',
    code: 'upstream_failed',
    unknown: true,
    says: /No complete answer came from 127\.0\.0\.1/,
    async start(t) {
      const { url } = await startWebServer(t, (_seen, response, raw) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half', () => raw.socket.destroy());
      });
      return url;
    },
  },
  {
    name: 'sends an answer without end',
    code: 'upstream_failed',
    unknown: true,
    says: /more than \d+ bytes/,
    async start(t) {
      const { url } = await startWebServer(t, (_seen, response) => {
        const pour = () => {
          while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
        };
        response.on('drain', pour);
        pour();
      });
      return url;
    },
  },
  {
    name: 'has a certificate that nobody vouches for',
    code: 'upstream_failed',
    unknown: false,
    says: /DEPTH_ZERO_SELF_SIGNED_CERT/,
    async start(t) {
      const server = createHttpsServer(createCertificate(), (_request, response) => response.end('ok'));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => server.close());
      return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  },
  {
    name: 'does not listen',
    code: 'upstream_failed',
    unknown: false,
    says: /ECONNREFUSED/,
    async start() {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      return `http://127.0.0.1:${port}`;
    },
  },
  {
    name: 'has a name that does not exist',
    code: 'upstream_failed',
    unknown: false,
    says: /nowhere\.invalid/,
    start: async () => 'http://nowhere.invalid',
  },
  {
    name: 'is at an address that is not allowed',
    code: 'address_forbidden',
    unknown: false,
    says: /network\.allowPrivate/,
    start: async () => 'http://10.255.255.1',
  },
];

/** A server that takes requests and never answers. */
export async function startSilentServer(t: TestContext): Promise<string> {
  const { url } = await startWebServer(t, () => {});
  return url;
}
