import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresServer } from '../../test/postgres-server.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export const SECRET = 'the-secret-of-the-benchmark';
const ADMIN_TOKEN = 'the-admin-token-of-the-benchmark';
const DRAIN_LIMIT_MS = 120_000;

/** What is compared. */
export interface Contender {
  readonly name: 'bare node:http' | 'Probot' | 'Fettle, embedded' | 'Fettle, PostgreSQL';
  readonly path: string;
  /** It stores deliveries, so each may be sent only once. */
  readonly stores: boolean;
  /** Starts it anew, with nothing stored, in a directory of its own. */
  start(directory: string, nodeArgs: readonly string[]): Promise<Running>;
}

export interface Running {
  readonly server: ServerProcess;
  /** What is stored of what was accepted; undefined for a server that stores nothing. */
  readonly books?: Books;
  /** Starts it again with what it has; `stop` it before. */
  restart(): Promise<Running>;
}

/** What Fettle says of itself. */
export interface Books {
  /** Milliseconds from the start of the process until the database was open. */
  readonly openAfterMs: number;
  /** Deliveries that wait in the inbox. */
  pending(): Promise<number>;
  /** Deliveries in the database: all that were ever answered. */
  received(): Promise<number>;
  /** Resolves when nothing waits in the inbox. */
  whenEmpty(): Promise<void>;
}

const file = (name: string) => join(import.meta.dirname, name);

const bare: Contender = { name: 'bare node:http', path: '/', stores: false, start: simple('bare-server.ts') };
const probot: Contender = {
  name: 'Probot',
  path: '/api/github/webhooks',
  stores: false,
  start: simple('probot-server.ts'),
};
const embedded: Contender = {
  name: 'Fettle, embedded',
  path: '/webhook/github',
  stores: true,
  start: (directory, nodeArgs) => startFettle(directory, nodeArgs, undefined),
};

/** All contenders, in the order in which they take turns. */
export function createContenders(postgres: PostgresServer): readonly Contender[] {
  return [
    bare,
    probot,
    embedded,
    {
      ...embedded,
      name: 'Fettle, PostgreSQL',
      start: async (directory, nodeArgs) => startFettle(directory, nodeArgs, await postgres.createDatabase()),
    },
  ];
}

function simple(script: string): Contender['start'] {
  const start: Contender['start'] = async (directory, nodeArgs) => ({
    server: await startServer({
      args: [...nodeArgs, file(script)],
      environment: { BENCH_SECRET: SECRET, NODE_ENV: 'production' },
      directory,
      outputPath: join(directory, 'output.log'),
      findPort: (line) => findFact(line, 'port') as number | undefined,
    }),
    restart: () => start(directory, nodeArgs),
  });
  return start;
}

/** The whole hub as `fettle serve` runs it, with the defaults of its options and a recipe, so that there are rules to match. */
async function startFettle(
  directory: string,
  nodeArgs: readonly string[],
  databaseUrl: string | undefined,
): Promise<Running> {
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const startedAtMs = performance.now();
  const server = await startServer({
    // As `npm start` runs it.
    args: ['--max-semi-space-size=8', ...nodeArgs, file('../../src/main.ts'), 'serve', '--json'],
    environment: {
      NODE_ENV: 'production',
      FETTLE_DATA_DIR: dataDir,
      FETTLE_HTTP_PORT: '0',
      FETTLE_ADMIN_TOKEN: ADMIN_TOKEN,
      FETTLE_RECIPES: 'event-bridge',
      GITHUB_WEBHOOK_SECRET: SECRET,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
    directory,
    outputPath: join(directory, 'output.log'),
    findPort: (line) => {
      const url = findFact(line, 'msg') === 'hub.listening' ? findFact(line, 'url') : undefined;
      return typeof url === 'string' ? Number(new URL(url).port) : undefined;
    },
  });
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const health = () => ask<{ store: { reachable: boolean }; inbox: { entries: number } }>('/health');
  const pending = async () => (await health()).inbox.entries;
  const until = async (isReached: () => Promise<boolean>, what: string) => {
    const limit = performance.now() + DRAIN_LIMIT_MS;
    while (!(await isReached())) {
      if (performance.now() > limit) throw new Error(`Waited too long until ${what}`);
      await delay(10);
    }
  };
  await until(async () => (await health()).store.reachable, 'the database is open');
  return {
    server,
    books: {
      openAfterMs: performance.now() - startedAtMs,
      pending,
      received: async () => (await ask<{ total: { received: number } }>('/api/v1/books')).total.received,
      whenEmpty: () => until(async () => (await pending()) === 0, 'the inbox is empty'),
    },
    restart: () => startFettle(directory, nodeArgs, databaseUrl),
  };
}

function findFact(line: string, name: string): unknown {
  if (!line.startsWith('{')) return undefined;
  return (JSON.parse(line) as Record<string, unknown>)[name];
}
