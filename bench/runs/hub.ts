import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ServerProcess, startServer } from '../ingest/server-process.ts';
import { type RunLog, tailRunLog } from './run-log.ts';

export const SECRET = 'the-secret-of-the-benchmark';
const ADMIN_TOKEN = 'the-admin-token-of-the-benchmark';
const START_LIMIT_MS = 60_000;

/** A whole hub as `fettle serve` runs it, with rules, in a process of its own; whoever starts it stops it. */
export interface BenchHub {
  readonly server: ServerProcess;
  readonly log: RunLog;
  /** Statements sent to the database since the start. */
  readonly countStatements: () => Promise<number>;
  /** The classes of the books. */
  readonly readBooks: () => Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/** Starts a hub with nothing stored. `rules` is YAML as in a configuration file. */
export async function startBenchHub(options: {
  readonly directory: string;
  /** Null for the embedded database. */
  readonly databaseUrl: string | null;
  readonly config: string;
  readonly nodeArgs: readonly string[];
}): Promise<BenchHub> {
  const { directory, databaseUrl, config, nodeArgs } = options;
  const dataDir = join(directory, 'data');
  const outputPath = join(directory, 'output.log');
  const countPath = join(directory, 'statements');
  const configPath = join(directory, 'fettle.yaml');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(configPath, config);
  const server = await startServer({
    // As `npm start` runs it, and counted.
    args: [
      '--max-semi-space-size=8',
      ...nodeArgs,
      '--import',
      join(import.meta.dirname, 'count-statements.ts'),
      join(import.meta.dirname, '../../src/main.ts'),
      'serve',
      '--json',
    ],
    environment: {
      NODE_ENV: 'production',
      FETTLE_CONFIG: configPath,
      FETTLE_DATA_DIR: dataDir,
      FETTLE_HTTP_PORT: '0',
      FETTLE_ADMIN_TOKEN: ADMIN_TOKEN,
      GITHUB_WEBHOOK_SECRET: SECRET,
      GITEA_WEBHOOK_SECRET: SECRET,
      BENCH_STATEMENTS: countPath,
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    },
    directory,
    outputPath,
    findPort(line) {
      if (!line.includes('"hub.listening"')) return undefined;
      return Number(new URL((JSON.parse(line) as { url: string }).url).port);
    },
  });
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return await response.json();
  };
  const deadlineMs = performance.now() + START_LIMIT_MS;
  while (!((await ask('/health')) as { store: { reachable: boolean } }).store.reachable) {
    if (performance.now() > deadlineMs) throw new Error('The database of the hub does not open');
    await delay(20);
  }
  const log = tailRunLog(outputPath);
  return {
    server,
    log,
    async countStatements() {
      rmSync(countPath, { force: true });
      process.kill(server.processId, 'SIGUSR2');
      while (!existsSync(countPath) || readFileSync(countPath, 'utf8') === '') await delay(5);
      return Number(readFileSync(countPath, 'utf8'));
    },
    readBooks: async () => ((await ask('/api/v1/books')) as { total: Record<string, number> }).total,
    async stop() {
      log.stop();
      await server.stop();
    },
  };
}
