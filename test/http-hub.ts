import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { ACTIONS } from '../src/actions/registry.ts';
import { type ApiPorts, registerApi } from '../src/http/api.ts';
import { createAuthenticator } from '../src/http/access/authenticator.ts';
import { createDatabaseAccess } from '../src/http/database-access.ts';
import type { GetDatabase } from '../src/store/store.ts';
import { createServer, type Server } from '../src/http/server.ts';
import { redactFacts, redactText } from '../src/logging/redaction.ts';
import { createRuleSet } from '../src/rules/rule-set.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import type { Database } from '../src/store/schema.ts';
import type { Kysely } from 'kysely';
import type { ForgeConfig } from '../src/config/config.ts';
import { ABSENT_AGENTS, ABSENT_DESK } from './absent-desk.ts';
import { createOfflineHooks } from './hook-ports.ts';

export const ADMIN_TOKEN = 'an-admin-token-for-tests';

export const HOME_FORGE: ForgeConfig = {
  name: 'home',
  kind: 'gitea',
  url: 'https://git.example.org',
  token: null,
  secrets: ['a-webhook-secret'],
  unsigned: false,
  insecure: false,
  accounts: [],
};

export interface HttpHubOptions {
  /** Without one the hub behaves as while its database is down. */
  readonly db?: Kysely<Database>;
  readonly http?: Partial<Parameters<typeof createServer>[0]['config']['http']>;
  readonly publicUrl?: string | null;
  readonly clock?: () => number;
  readonly health?: Partial<ApiPorts['health']>;
  readonly liveInboxes?: ApiPorts['liveInboxes'];
  readonly onRunsDue?: ApiPorts['onRunsDue'];
  readonly rules?: ApiPorts['rules'];
  readonly onEventsAdded?: ApiPorts['onEventsAdded'];
  /** Default: webhooks on a forge that cannot be reached. */
  readonly hooks?: ApiPorts['hooks'];
  /** Default: tasks without a database. */
  readonly tasks?: ApiPorts['tasks'];
  readonly agents?: ApiPorts['agents'];
  /** Adds routes beside the API. */
  readonly extend?: (app: FastifyInstance) => void | Promise<void>;
}

export interface HttpHub extends Server {
  readonly getDb: GetDatabase;
  /** What was logged so far, one JSON text per line. */
  readonly logged: string[];
}

/** The HTTP side of a hub with its real routes, on a database or without; closed at the end of the test. */
export async function createHttpHub(t: TestContext, options: HttpHubOptions = {}): Promise<HttpHub> {
  const { db, publicUrl = null, clock = Date.now } = options;
  const logged: string[] = [];
  const log = pino(
    { level: 'debug', formatters: { log: redactFacts }, hooks: { logMethod } },
    { write: (line: string) => void logged.push(line) },
  );
  const getDb: GetDatabase = db === undefined ? createDatabaseAccess(() => undefined) : () => db;
  const metrics = createMetrics({
    forgeNames: () => ['home'],
    inbox: () => ({ entries: 0, bytes: 0 }),
    streamClients: () => 0,
    books: async () => undefined,
    runs: async () => undefined,
    tasks: async () => undefined,
    agentNames: () => [],
  });
  const server = await createServer({
    config: {
      http: { host: '127.0.0.1', port: 0, trustedProxies: [], corsOrigins: [], bodyTimeoutMs: 30_000, ...options.http },
    },
    publicUrl: () => publicUrl,
    version: '9.9.9',
    log,
    authenticator: createAuthenticator({ getDb, adminToken: () => ADMIN_TOKEN, clock, log }),
    onRequestFinished: (request) => metrics.requestFinished(request),
    onAuthenticationFailure: (reason) => metrics.authenticationFailed(reason),
  });
  t.after(() => server.app.close());
  registerApi(server.app, {
    getDb,
    clock,
    publicUrl: () => publicUrl,
    forges: () => [HOME_FORGE],
    liveInboxes: options.liveInboxes ?? (() => []),
    health: {
      version: '9.9.9',
      streamClients: () => 3,
      store: () => ({ kind: 'embedded', reachable: db !== undefined }),
      inbox: () => ({ entries: 0, bytes: 4096, oldestReceivedAtMs: null, accepting: true }),
      config: () => ({ state: 'ok', problems: [] }),
      forges: () => [HOME_FORGE],
      ...options.health,
    },
    metrics,
    onTokenRevoked: () => undefined,
    rules: options.rules ?? (() => createRuleSet({ rules: [], recipes: [] }, ACTIONS)),
    onRunsDue: options.onRunsDue,
    onEventsAdded: options.onEventsAdded,
    tasks: options.tasks ?? ABSENT_DESK,
    agents: options.agents ?? ABSENT_AGENTS,
    hooks: options.hooks ?? createOfflineHooks(getDb, HOME_FORGE),
  });
  await options.extend?.(server.app);
  return { ...server, getDb, logged };
}

/** The header that makes a request the admin's, or that of another token. */
export function bearer(token: string = ADMIN_TOKEN): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function logMethod(this: unknown, input: unknown[], method: (...parts: unknown[]) => void): void {
  method.apply(
    this,
    input.map((part) => (typeof part === 'string' ? redactText(part) : part)),
  );
}
