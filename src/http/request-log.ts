import type { FastifyInstance } from 'fastify';

/** Hears how long each request took, by route pattern. */
export type RequestObserver = (request: {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationSeconds: number;
}) => void;

/** The URL with the names of its query parameters, but not their values, which may be anything. */
export function toLoggedUrl(url: string): string {
  const [path = '', query] = url.split('?', 2);
  if (query === undefined) return path;
  const names = query.split('&').map((part) => part.split('=', 1)[0] ?? '');
  return `${path}?${names.slice(0, 20).join('&')}`.slice(0, 500);
}

/** Log levels at which routine requests are news after all. */
const DETAILED = new Set(['debug', 'trace']);
const ROUTINE = /^\/(webhook|webhooks|webhook_server|health|metrics)(\/|$)/;

/**
 * Writes one line per request when it is over, without headers and query values, and echoes the correlation id. Deliveries
 * have a line of their own; health probes and metrics come too often to be news.
 */
export function registerRequestLog(app: FastifyInstance, observe: RequestObserver): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    done();
    const route = request.routeOptions.url ?? 'none';
    const durationMs = reply.elapsedTime;
    observe({ method: request.method, route, status: reply.statusCode, durationSeconds: durationMs / 1000 });

    const isRoutine = reply.statusCode < 400 && ROUTINE.test(route);
    if (isRoutine && !DETAILED.has(request.log.level)) return;
    request.log[isRoutine ? 'debug' : 'info'](
      {
        method: request.method,
        url: toLoggedUrl(request.url),
        status: reply.statusCode,
        durationMs: Math.round(durationMs * 10) / 10,
        address: request.ip,
        principal: request.principal?.name,
      },
      'request.finished',
    );
  });
}
