import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { ensurePostgresBinaries } from './postgres-binaries.ts';

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  /** Of its maintenance database. */
  readonly url: string;
  /** Creates an empty database, or a copy of a template nobody is connected to, and returns its URL. */
  readonly createDatabase: (template?: string) => Promise<string>;
  /** Ensures a database by this name, filled once by `fill`, to be used as a template. */
  readonly ensureTemplate: (name: string, fill: (url: string) => Promise<void>) => Promise<string>;
  /** Stops the server: in order, abruptly, or with `kill -9`. Only a server of our own can be stopped. */
  readonly stop: (mode?: 'fast' | 'immediate' | 'kill') => Promise<void>;
  /** Starts it again, at the same address. */
  readonly start: () => Promise<void>;
  /** Stops for good and removes everything that was made. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a PostgreSQL server, or takes the one in TEST_DATABASE_URL; `own` insists on one that can be stopped. It runs with
 * fsync, as a user that is not root, on a free loopback port, and ends with this process.
 */
export async function startPostgres({ own = false } = {}): Promise<PostgresServer> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '' && !own) return useServer(given);
  return await startOwnServer();
}

function useServer(url: string): PostgresServer {
  const databases: string[] = [];
  const cannot = () => Promise.reject(new Error('The server in TEST_DATABASE_URL is not ours to stop'));
  return {
    url,
    ...createDatabases(url, databases),
    stop: cannot,
    start: cannot,
    close: async () => {
      for (const name of databases) await runSql(url, `drop database if exists ${name} with (force)`);
    },
  };
}

async function startOwnServer(): Promise<PostgresServer> {
  const binaries = await ensurePostgresBinaries();
  const account = findAccount();
  const directory = await mkdtemp(join(tmpdir(), 'fettle-pg-'));
  if (account !== undefined) await chown(directory, account.uid, account.gid);
  const options = { cwd: tmpdir(), env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...account };
  const data = join(directory, 'data');
  await promisify(execFile)(
    join(binaries, 'bin', 'initdb'),
    ['-D', data, '-U', 'fettle', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'],
    options,
  );

  const port = await findFreePort();
  const url = `postgresql://fettle@127.0.0.1:${port}/postgres`;
  let guard: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = [
      'fsync=on',
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${directory}`,
      'max_connections=60',
    ];
    const parameters = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    for (let attempt = 0; ; attempt += 1) {
      guard = spawn('sh', ['-c', GUARD, join(binaries, 'bin', 'postgres'), ...parameters], {
        ...options,
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      let output = '';
      guard.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
      const exited = once(guard, 'exit');
      if (await Promise.race([exited.then(() => false), waitUntilUp(url, exited)])) return;
      // After `kill -9` the memory of the former server is in use for a moment.
      if (attempt >= 50 || !/still in use/.test(output)) throw new Error(`PostgreSQL does not start: ${output}`);
      await delay(100);
    }
  }

  async function stop(mode: 'fast' | 'immediate' | 'kill' = 'fast'): Promise<void> {
    if (guard === undefined) return;
    const exited = once(guard, 'exit');
    const processId = Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8'), 10);
    process.kill(processId, STOP_SIGNALS[mode]);
    guard.stdin?.end();
    await exited;
    guard = undefined;
  }

  await start();
  return {
    url,
    ...createDatabases(url, []),
    stop,
    start,
    close: async () => {
      await stop('immediate');
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

/** Ends the server when our end of the pipe closes, so that a test process that is killed leaves nothing behind. */
const GUARD =
  'exec 3<&0; "$0" "$@" </dev/null 3<&- & server=$!; (read -r line <&3; kill -QUIT $server) 2>/dev/null & wait $server';

/** A user that a server may run as; undefined when we are not root ourselves. */
function findAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = users.map((line) => line.split(':')).find(([name]) => name === 'nobody');
  if (entry === undefined) throw new Error('There is no user "nobody" that PostgreSQL could run as');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given');
  return address.port;
}

async function waitUntilUp(url: string, exited: Promise<unknown>): Promise<boolean> {
  let over = false;
  void exited.then(() => (over = true));
  while (!over) {
    if (await runSql(url, 'select 1').then(() => true, isDown)) return true;
    await delay(10);
  }
  return false;
}

/** False for the errors of a server that is not up yet; others are thrown. */
function isDown(error: unknown): boolean {
  const { code } = error as { code?: string };
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03') return false;
  throw error;
}

function createDatabases(url: string, made: string[]): Pick<PostgresServer, 'createDatabase' | 'ensureTemplate'> {
  const prefix = `fettle_test_${process.pid}_${Date.now()}`;
  let count = 0;
  const templates = new Map<string, Promise<string>>();
  const createDatabase = async (template = 'template0') => {
    count += 1;
    const name = `${prefix}_${count}`;
    await runSql(url, `create database ${name} template ${template}`);
    made.push(name);
    return toDatabaseUrl(url, name);
  };
  return {
    createDatabase,
    ensureTemplate: (name, fill) => {
      let template = templates.get(name);
      if (template === undefined) {
        template = createDatabase().then(async (databaseUrl) => {
          await fill(databaseUrl);
          return new URL(databaseUrl).pathname.slice(1);
        });
        templates.set(name, template);
      }
      return template;
    },
  };
}

function toDatabaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Runs one statement on a connection of its own. */
export async function runSql(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  // A server that goes away between two steps fails the step; the event adds nothing.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
