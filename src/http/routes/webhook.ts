import { BlockList, isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config, ForgeConfig } from '../../config/config.ts';
import { type ErrorCode, FettleError } from '../../core/errors.ts';
import type { ForgeKind } from '../../core/vocabulary.ts';
import type { BodyReader } from '../../ingest/body.ts';
import { getForge, getForgeByAlias } from '../../ingest/find-forge.ts';
import type { Received, Receiver } from '../../ingest/receive.ts';

/** What is counted of deliveries, whether they are accepted or not. */
export interface WebhookObserver {
  received(forge: string): void;
  accepted(forge: string, received: Received, durationMs: number): void;
  rejected(forge: string, code: ErrorCode): void;
}

export interface WebhookRoutes {
  readonly forges: () => Config['forges'];
  readonly receive: Receiver;
  readonly bodies: BodyReader;
  readonly trustedProxies: readonly string[];
  readonly unverifiedPerMinute: number;
  readonly observer: WebhookObserver;
}

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+[ \t]*(;|$)/;

/** Paths that people already gave to their forges, and the kind of forge they mean. */
const ALIASES: Record<string, ForgeKind> = { gitea: 'gitea', github: 'github' };

/**
 * `POST /webhook/<forge>` and its older names. Valid deliveries are never limited; what fails verification is counted by
 * address, and over the limit answered 429.
 */
export async function registerWebhookRoutes(app: FastifyInstance, options: WebhookRoutes): Promise<void> {
  await app.register(async (scope) => {
    // The bytes are read by the handler: a signature is over the body as sent, whatever its content type says.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.addHook('onRequest', (request, _reply, done) => {
      // Fastify refuses a malformed content type, as an odd proxy makes, before any parser; no delivery is lost to that.
      const { headers } = request.raw;
      if (!MEDIA_TYPE.test(headers['content-type'] ?? '')) headers['content-type'] = 'application/octet-stream';
      done();
    });

    // The headers that helmet sets are for browsers, and making them costs more than checking a signature.
    const forForges = { config: { access: 'public' }, helmet: false } as const;
    const byName = (request: FastifyRequest) =>
      findByName(options.forges(), (request.params as { forge: string }).forge);
    const handle = createHandler(scope, options);
    scope.post('/webhook/:forge', forForges, (request, reply) => handle(request, reply, byName));
    for (const path of ['/webhooks/github', '/webhook_server']) {
      scope.post(path, forForges, (request, reply) =>
        handle(request, reply, () => getForgeByAlias(options.forges(), 'github')),
      );
    }
  });
}

function findByName(forges: Config['forges'], name: string): ForgeConfig {
  const kind = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  return kind === undefined ? getForge(forges, name) : getForgeByAlias(forges, kind);
}

function createHandler(app: FastifyInstance, options: WebhookRoutes) {
  const { receive, bodies, observer } = options;
  const countUnverified = app.createRateLimit({ max: options.unverifiedPerMinute, timeWindow: 60_000 });
  const countLogged = app.createRateLimit({
    max: 1,
    timeWindow: 60_000,
    keyGenerator: (request) => `log ${request.ip}`,
  });
  const isNear = createNearnessCheck(options.trustedProxies);

  const refuse = async (request: FastifyRequest, forge: string, error: FettleError): Promise<FettleError> => {
    observer.rejected(forge, error.code);
    const logged = await countLogged(request);
    if (!logged.isAllowed && !logged.isExceeded) {
      request.log.warn({ forge, code: error.code, address: request.ip, perMinute: true }, 'delivery.rejected');
    }
    if (error.status !== 401 && error.status !== 404) return error;
    const unverified = await countUnverified(request);
    if (unverified.isAllowed || !unverified.isExceeded) return error;
    return new FettleError(
      'too_many_unverified',
      `${error.message} Too many such requests came from this address; wait a minute.`,
      {
        retryAfterSeconds: Math.ceil(unverified.ttlInSeconds),
      },
    );
  };

  return async (request: FastifyRequest, reply: FastifyReply, findForge: (request: FastifyRequest) => ForgeConfig) => {
    const startedAtMs = performance.now();
    let name = 'unknown';
    try {
      const forge = findForge(request);
      name = forge.name;
      observer.received(name);
      const body = await bodies.read(request.raw);
      const secure = request.protocol === 'https' || isNear(request.socket.remoteAddress);
      const received = await receive(forge, { headers: request.headers, body, remoteAddress: request.ip, secure });
      observer.accepted(name, received, performance.now() - startedAtMs);
      const { id, status, message } = received;
      return reply.send({ id, status, message });
    } catch (error) {
      if (!request.raw.complete) reply.header('connection', 'close');
      throw error instanceof FettleError ? await refuse(request, name, error) : error;
    }
  };
}

/** Whether a peer is on this machine or a trusted proxy, so that nobody on the way can have read a bare secret. */
function createNearnessCheck(trustedProxies: readonly string[]): (address: string | undefined) => boolean {
  const near = new BlockList();
  near.addSubnet('127.0.0.0', 8);
  near.addAddress('::1', 'ipv6');
  for (const proxy of trustedProxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) near.addAddress(address, family);
    else near.addSubnet(address, Number(prefix), family);
  }
  // The same few proxies come again and again, and a look at the list is not free.
  const last = { address: '', isNear: false };
  return (address) => {
    if (address === undefined) return false;
    if (address !== last.address) {
      last.address = address;
      last.isNear = near.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
    }
    return last.isNear;
  };
}
