import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Time, withProblems } from './shapes.ts';

/** What health is made of; every answer comes at once, from memory, so that a probe never waits for the database. */
export interface HealthSources {
  readonly version: string;
  readonly streamClients: () => number;
  readonly store: () => { readonly kind: 'embedded' | 'postgres'; readonly reachable: boolean };
  readonly inbox: () => {
    readonly entries: number;
    readonly bytes: number;
    /** When the oldest delivery that waits was received, milliseconds since the epoch; null when none waits. */
    readonly oldestReceivedAtMs: number | null;
    /** Whether the next delivery can be made durable; if not, why. */
    readonly accepting: boolean;
    readonly reason?: string | undefined;
  };
  readonly config: () => { readonly state: 'ok' | 'refused'; readonly problems: readonly string[] };
  /** The last check of the books. */
  readonly books?: (() => BooksHealth) | undefined;
  /** The last count of runs; undefined before the first. */
  readonly runs?: (() => RunsHealth | undefined) | undefined;
  readonly forges: () => readonly { readonly name: string; readonly kind: string; readonly unsigned: boolean }[];
}

type BooksHealth = Readonly<Pick<z.infer<typeof BooksShape>, 'balanced' | 'checkedAt'>> & {
  readonly findings: readonly z.infer<typeof BooksShape>['findings'][number][];
};
type RunsHealth = Readonly<z.infer<typeof RunsShape>>;

const BooksShape = z.object({
  balanced: z.boolean().describe('False when a delivery is missing or counted twice.'),
  findings: z.array(z.object({ about: z.string(), detail: z.string() })),
  checkedAt: Time.nullable(),
});

const RunsShape = z.object({
  waiting: z.number().int().describe('Runs that wait for a time, a person or each other.'),
  dead: z.number().int().describe('Runs that are not tried again until a person redrives them.'),
  breakers: z.number().int().describe('Destinations and credentials that are left alone.'),
  countedAt: Time,
});

const Status = z
  .enum(['ok', 'degraded'])
  .describe(
    'degraded: deliveries are kept but the database is away, a new configuration was refused, the inbox is full, or the books do not balance.',
  );

const Health = z.object({
  status: Status,
  clients: z.number().int().describe('Clients of the event stream.'),
  version: z.string().optional().describe('With a token, like everything below.'),
  store: z.object({ kind: z.enum(['embedded', 'postgres']), reachable: z.boolean() }).optional(),
  inbox: z
    .object({
      entries: z.number().int().describe('Deliveries that wait for the database.'),
      bytes: z.number().int(),
      oldestPendingAt: Time.nullable(),
      oldestPendingAgeSeconds: z.number().nullable(),
      accepting: z.boolean(),
      reason: z.string().optional(),
    })
    .optional(),
  config: z.object({ state: z.enum(['ok', 'refused']), problems: z.array(z.string()) }).optional(),
  books: BooksShape.optional(),
  runs: RunsShape.optional(),
  forges: z.array(z.object({ name: z.string(), kind: z.string(), unsigned: z.boolean() })).optional(),
});

const Readiness = z.object({ status: z.enum(['ok', 'degraded', 'unavailable']), reason: z.string().optional() });

/** Health for people (`/health`), for restarts (`/health/live`) and for load balancers (`/health/ready`). */
export function registerHealthRoutes(
  instance: FastifyInstance,
  sources: HealthSources,
  clock: () => number = Date.now,
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  const toStatus = (): 'ok' | 'degraded' => {
    const isWell = sources.store().reachable && sources.inbox().accepting && sources.config().state === 'ok';
    return isWell && sources.books?.().balanced !== false ? 'ok' : 'degraded';
  };

  app.get(
    '/health',
    {
      config: { access: 'public', identify: true },
      schema: { summary: 'How the hub is; more with a token.', tags: ['health'], response: { 200: Health } },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const summary = { status: toStatus(), clients: sources.streamClients() };
      return request.principal === null ? summary : { ...summary, ...toDetails(sources, clock()) };
    },
  );

  app.get(
    '/health/live',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Whether the process answers at all.',
        tags: ['health'],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/health/ready',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Whether deliveries can be made durable; 503 when they cannot. An absent database is only `degraded`.',
        tags: ['health'],
        response: withProblems({ 200: Readiness }),
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { accepting, reason } = sources.inbox();
      if (accepting) return { status: toStatus() };
      const body = JSON.stringify({ status: 'unavailable', reason });
      return reply
        .code(503)
        .header('retry-after', '5')
        .type('application/json')
        .serializer(String)
        .send(body as never);
    },
  );
}

function toDetails(sources: HealthSources, nowMs: number): Omit<z.infer<typeof Health>, 'status' | 'clients'> {
  const { oldestReceivedAtMs, ...inbox } = sources.inbox();
  const config = sources.config();
  const { kind, reachable } = sources.store();
  const books = sources.books?.();
  const runs = sources.runs?.();
  return {
    version: sources.version,
    store: { kind, reachable },
    inbox: {
      ...inbox,
      oldestPendingAt: oldestReceivedAtMs === null ? null : new Date(oldestReceivedAtMs).toISOString(),
      oldestPendingAgeSeconds: oldestReceivedAtMs === null ? null : Math.max(0, nowMs - oldestReceivedAtMs) / 1000,
    },
    config: { state: config.state, problems: [...config.problems] },
    ...(books === undefined ? {} : { books: { ...books, findings: [...books.findings] } }),
    ...(runs === undefined ? {} : { runs }),
    forges: sources.forges().map(({ name, kind: forgeKind, unsigned }) => ({ name, kind: forgeKind, unsigned })),
  };
}
