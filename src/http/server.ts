import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Config } from '../config/config.ts';
import type { AuthenticationFailure, Authenticator } from './access/authenticator.ts';
import { registerGuard, registerHostCheck } from './access/guard.ts';
import { collectRoutes, type DeclaredRoute } from './access/route-access.ts';
import { registerDocumentation } from './documentation.ts';
import { createMethodFinder } from './method-finder.ts';
import {
  createClientErrorHandler,
  registerErrorHandler,
  registerNotFoundHandler,
  sendProblem,
} from './problem-replies.ts';
import { registerRequestLog, type RequestObserver } from './request-log.ts';
import { toSecurityHeaders } from './security-headers.ts';
import { FettleError } from '../core/errors.ts';

const API_BODY_BYTES = 2 ** 20;
const SOCKET_MESSAGE_BYTES = 64 * 2 ** 10;
/** How long an idle connection is kept; a little more than the usual 60 s of a proxy in front, so that the proxy closes first. */
const KEEP_ALIVE_MS = 65_000;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

export interface ServerOptions {
  readonly config: Pick<Config, 'http'>;
  /** Live, because the option is. */
  readonly publicUrl: () => string | null;
  readonly version: string;
  readonly log: FastifyBaseLogger;
  readonly authenticator: Authenticator;
  readonly onRequestFinished?: RequestObserver;
  readonly onAuthenticationFailure?: (reason: AuthenticationFailure) => void;
}

export interface Server {
  /** Add routes to it, then `listen`. Whoever created the server closes it. */
  readonly app: FastifyInstance;
  /** All routes with who may use them; throws when one does not say. */
  readonly routes: () => DeclaredRoute[];
}

/**
 * Creates the HTTP server with everything that holds for all routes:
 *
 *   correlation id ▸ log line ▸ security headers ▸ Host ▸ CORS ▸ who asks, and may they ▸ body ▸ schema ▸ route
 *
 * Refuses to start when a route does not declare who may use it.
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { config, log, publicUrl } = options;
  const { host, corsOrigins, trustedProxies, bodyTimeoutMs } = config.http;

  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: (request) => toRequestId(request.headers['x-request-id']),
    bodyLimit: API_BODY_BYTES,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: bodyTimeoutMs,
    http: {
      headersTimeout: Math.min(bodyTimeoutMs, 15_000),
      connectionsCheckingInterval: Math.max(50, Math.min(bodyTimeoutMs / 4, 5_000)),
    },
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: createClientErrorHandler(log),
    frameworkErrors: (_error, request, reply) =>
      void sendProblem(request, reply, new FettleError('invalid_request', 'The path of the URL cannot be decoded.')),
  }).withTypeProvider<ZodTypeProvider>();
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const routes = collectRoutes(app);
  registerErrorHandler(app);
  registerNotFoundHandler(app, createMethodFinder(routes));
  registerRequestLog(app, options.onRequestFinished ?? ignore);

  await app.register(helmet, toSecurityHeaders(publicUrl()));
  registerHostCheck(app, { listenHost: host, publicUrl });
  if (corsOrigins.length > 0) await app.register(cors, toCorsOptions(corsOrigins));
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  await app.register(websocket, { options: { maxPayload: SOCKET_MESSAGE_BYTES } });
  registerGuard(app, {
    authenticator: options.authenticator,
    listenHost: host,
    publicUrl,
    corsOrigins,
    onFailure: options.onAuthenticationFailure ?? ignore,
  });
  await registerDocumentation(app, { version: options.version });

  app.addHook('onReady', async () => {
    routes();
  });
  return { app, routes };
}

/** A caller's own correlation id is kept when it is harmless, so that a trace can cross a proxy. */
function toRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function toCorsOptions(origins: readonly string[]) {
  return {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'last-event-id',
      'idempotency-key',
      'x-request-id',
      'mcp-protocol-version',
      'mcp-method',
      'mcp-name',
    ],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: 600,
  };
}

function ignore(): void {
  // Nobody listens.
}
