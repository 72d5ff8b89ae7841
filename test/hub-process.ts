import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Answer, type RequestToSend, sendRequest } from './send-request.ts';
import { waitUntil } from './wait-until.ts';

export const HUB_TOKEN = 'a-token-for-crash-tests';
export const HUB_SECRET = 'a-secret-for-crash-tests';

const SERVE = fileURLToPath(new URL('./crash/serve.ts', import.meta.url));
const SHOWN_OUTPUT_CHARACTERS = 6_000;

export interface HubProcessOptions {
  /** Null for the embedded database. */
  readonly databaseUrl?: string | null;
  /** An existing directory, which the caller removes; by default one of its own, empty at first. */
  readonly dataDir?: string;
  readonly environment?: Record<string, string>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A hub in a process of its own, on one data directory and one port over all its starts. */
export interface HubProcess {
  readonly url: string;
  readonly dataDir: string;
  /** @throws when it does not run. */
  processId(): number;
  isRunning(): boolean;
  /** Starts the process, without waiting for anything. */
  launch(): void;
  /** Resolves when deliveries are accepted; rejects with the output when the process ends before. */
  whenAccepting(): Promise<void>;
  /** `launch` and `whenAccepting`. */
  start(): Promise<void>;
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process has ended by itself. */
  stop(): Promise<Exit>;
  whenExited(): Promise<Exit>;
  /** What it wrote to stdout and stderr over all its starts. */
  output(): string;
  /** A request with the admin token. */
  ask(path: string, request?: RequestToSend): Promise<Answer>;
  /** The JSON of a path; rejects when the answer is not 200. */
  askJson(path: string): Promise<unknown>;
}

/**
 * A hub that is not started yet. At the end of the test the process is killed and its directory removed; when the test failed,
 * the end of its output is shown.
 */
export async function createHubProcess(t: TestContext, options: HubProcessOptions = {}): Promise<HubProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-hub-'));
  const dataDir = options.dataDir ?? join(directory, 'data');
  const outputPath = join(directory, 'output.log');
  const port = await findFixedPort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let exited: Promise<Exit> | undefined;

  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    TMPDIR: tmpdir(),
    PORT: String(port),
    LOG_LEVEL: 'warn',
    FETTLE_DATA_DIR: dataDir,
    FETTLE_ADMIN_TOKEN: HUB_TOKEN,
    FETTLE_RECIPES: 'event-bridge',
    GITEA_WEBHOOK_SECRET: HUB_SECRET,
    ...(options.databaseUrl == null ? {} : { DATABASE_URL: options.databaseUrl }),
    ...options.environment,
  };

  const output = () => readFileSync(outputPath, 'utf8');
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  const launch = () => {
    if (isRunning()) throw new Error('The hub runs already');
    const file = openSync(outputPath, 'a');
    // Its end of the pipe closes when this process ends, in whatever way.
    child = spawn(process.execPath, [SERVE], { cwd: directory, env: environment, stdio: ['pipe', file, file] });
    child.stdin?.on('error', () => undefined);
    closeSync(file);
    exited = once(child, 'exit').then(([code, signal]: unknown[]) => ({ code, signal }) as Exit);
  };

  const whenExited = async () => {
    if (exited === undefined) throw new Error('The hub was never started');
    return await exited;
  };

  const ask = (path: string, request: RequestToSend = {}) =>
    sendRequest(url + path, {
      idleLimitMs: 30_000,
      ...request,
      headers: { authorization: `Bearer ${HUB_TOKEN}`, ...request.headers },
    });

  const whenAccepting = async () => {
    await waitUntil(async () => {
      if (!isRunning()) throw new Error(`The hub ended before it was ready:\n${output()}`);
      const answer = await ask('/health/ready', { idleLimitMs: 5_000 }).catch(() => undefined);
      return answer?.status === 200;
    }, 'the hub accepts');
  };

  const end = async (signal: NodeJS.Signals) => {
    child?.kill(signal);
    return await whenExited();
  };

  t.after(async () => {
    if (isRunning()) await end('SIGKILL');
    if (!hasPassed(t) && child !== undefined)
      t.diagnostic(`The hub wrote:\n${output().slice(-SHOWN_OUTPUT_CHARACTERS)}`);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  return {
    url,
    dataDir,
    processId: () => {
      if (child?.pid === undefined || !isRunning()) throw new Error('The hub does not run');
      return child.pid;
    },
    isRunning,
    launch,
    whenAccepting,
    start: async () => {
      launch();
      await whenAccepting();
    },
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    whenExited,
    output,
    ask,
    askJson: async (path) => {
      const answer = await ask(path);
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
      return JSON.parse(answer.text) as unknown;
    },
  };
}

/** Whether the test has passed; Node says it from 21.7 on, its types do not yet. */
function hasPassed(t: TestContext): boolean {
  return (t as TestContext & { readonly passed: boolean }).passed;
}

/**
 * A free loopback port below those that the system gives to outgoing connections: one of them could take the port while
 * the hub is down, and a client that asks for a dead port among them may be connected to itself.
 */
async function findFixedPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
