import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Cli } from '../src/cli/cli.ts';
import { runCli } from '../src/cli/run-cli.ts';
import { type Hub, startHub } from '../src/hub.ts';

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The standard output read as JSON. */
  json<T extends object>(): Readonly<T>;
}

/** A directory with a configuration, where commands are run in this process. */
export interface CommandLine {
  readonly directory: string;
  readonly environment: Record<string, string>;
  run(...args: string[]): Promise<Ran>;
  /** Starts the hub of this directory and lets commands find it. */
  start(): Promise<Hub>;
  /** The same without waiting for a database, for one that never answers. */
  startWithoutDatabase(): Promise<Hub>;
  /** Stops the hub, if one runs. */
  stop(): Promise<void>;
  /** Stops everything and removes the directory. */
  close(): Promise<void>;
}

/** Whoever creates it closes it. `config` is the text of fettle.yaml; without it there is no such file. */
export async function createCommandLine(config?: string): Promise<CommandLine> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-cli-'));
  if (config !== undefined) await writeFile(join(directory, 'fettle.yaml'), config);
  const environment: Record<string, string> = {
    FETTLE_HTTP_PORT: '0',
    FETTLE_LOG_LEVEL: 'silent',
    FETTLE_DATA_DIR: join(directory, 'data'),
  };
  let hub: Hub | undefined;

  const stop = async () => {
    await hub?.stop();
    hub = undefined;
  };
  const startListening = async () => {
    hub = await startHub({ environment: { ...environment, FETTLE_HTTP_PORT: '0' }, cwd: directory });
    environment['FETTLE_HTTP_PORT'] = new URL(hub.url).port;
    return hub;
  };
  return {
    directory,
    environment,
    run: (...args) => runCommand(args, { environment, cwd: directory }),
    async start() {
      const started = await startListening();
      await started.ready;
      return started;
    },
    startWithoutDatabase: startListening,
    stop,
    async close() {
      await stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
    },
  };
}

export interface RunOptions extends Pick<Cli, 'environment' | 'cwd'> {
  readonly isTerminal?: boolean;
  /** What comes by the standard input; nothing without it. */
  readonly input?: string;
  readonly startHub?: Cli['startHub'];
  /** Told what goes to the standard output, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Runs one command in this process and collects what it writes. */
export async function runCommand(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { environment, cwd, isTerminal = false } = options;
  const out = createCollector(isTerminal, options.onOutput);
  const err = createCollector(isTerminal);
  const code = await runCli(args, {
    environment,
    cwd,
    stdin: Readable.from(options.input === undefined ? [] : [Buffer.from(options.input)]),
    stdout: out.stream,
    stderr: err.stream,
    version: '9.9.9',
    startHub: options.startHub ?? startHub,
  });
  return {
    code,
    out: out.text(),
    err: err.text(),
    json: <T extends object>() => JSON.parse(out.text()) as Readonly<T>,
  };
}

function createCollector(isTTY: boolean, onText?: (text: string) => void) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      onText?.(chunk.toString());
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY }), text: () => Buffer.concat(chunks).toString('utf8') };
}
