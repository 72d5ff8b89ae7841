import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCommand } from '../../../test/command-line.ts';
import { waitUntil } from '../../../test/wait-until.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'main.ts');

interface Served {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly exited: Promise<number | null>;
  /** Log lines with this message. */
  lines(message: string): Record<string, unknown>[];
}

async function createDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-serve-'));
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }));
  return directory;
}

/** Runs the program in a process of its own; killed at the end of the test, if need be. */
function serve(
  t: TestContext,
  cwd: string,
  args: readonly string[] = [],
  options: { node?: readonly string[] } = {},
): Served {
  const environment = {
    PATH: process.env['PATH'],
    HOME: cwd,
    FETTLE_HTTP_PORT: '0',
    FETTLE_DATA_DIR: join(cwd, 'data'),
  };
  const child = spawn(process.execPath, [...(options.node ?? []), MAIN, ...args], {
    cwd,
    env: environment,
  });
  t.after(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return {
    child,
    out: () => out,
    err: () => err,
    exited: once(child, 'close').then(([code]) => code as number | null),
    lines: (message) =>
      out
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg }) => msg === message),
  };
}

async function getUrl(served: Served): Promise<string> {
  await waitUntil(() => served.lines('hub.listening').length > 0, 'the hub listens');
  return String(served.lines('hub.listening')[0]?.['url']);
}

test('without a command the hub starts with a JSON log and no link in it; SIGHUP reads the configuration anew, SIGTERM stops in order', async (t) => {
  const directory = await createDirectory(t);
  const path = join(directory, 'fettle.yaml');
  await writeFile(path, 'retention: 30d\n');
  const served = serve(t, directory);
  const url = await getUrl(served);
  await waitUntil(async () => {
    const health = (await (await fetch(`${url}/health`)).json()) as { status: string };
    return health.status === 'ok';
  }, 'the store is open');

  await writeFile(path, 'retention: 40d\n');
  served.child.kill('SIGHUP');
  await waitUntil(() => served.lines('config.changed').length > 0, 'the change is in force');
  await writeFile(path, 'retention: soon\n');
  served.child.kill('SIGHUP');
  await waitUntil(() => served.lines('config.refused').length > 0, 'the broken file is refused');
  assert.equal((await fetch(`${url}/health/live`)).status, 200);

  served.child.kill('SIGTERM');
  assert.equal(await served.exited, 0, served.err());
  assert.equal(served.lines('hub.stopping')[0]?.['signal'], 'SIGTERM');
  assert.doesNotMatch(served.out(), /sign-in#/);
  for (const line of served.out().trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line), line);
  assert.equal(served.err(), '');
});

test('a second hub on the same data directory is refused, and a taken port is named', async (t) => {
  const directory = await createDirectory(t);
  const first = serve(t, directory);
  const { port } = new URL(await getUrl(first));
  const [second, third] = [serve(t, directory), serve(t, await createDirectory(t), ['--port', port])];
  assert.deepEqual(await Promise.all([second.exited, third.exited]), [1, 1]);
  assert.match(second.err(), new RegExp(`^error data_dir_locked: .* in use by process ${first.child.pid} `));
  assert.match(third.err(), new RegExp(`^error address_in_use: Port 127\\.0\\.0\\.1:${port} is taken .*--port`));
  assert.doesNotMatch(second.err() + third.err(), /\n {4}at /);
});

test('what nobody caught is logged as fatal and ends the hub with exit code 1', async (t) => {
  const thrower = `process.on('SIGUSR2', () => { throw new Error('out of the blue'); })`;
  const rejecter = `process.on('SIGUSR2', () => { Promise.reject(new Error('out of the blue')); })`;
  for (const source of [thrower, rejecter]) {
    const served = serve(t, await createDirectory(t), [], {
      node: ['--import', `data:text/javascript,${encodeURIComponent(source)}`],
    });
    await getUrl(served);
    served.child.kill('SIGUSR2');
    assert.equal(await served.exited, 1);
    const [crashed] = served.lines('process.crashed');
    assert.deepEqual(
      [crashed?.['level'], (crashed?.['err'] as { message?: string } | undefined)?.message],
      ['fatal', 'out of the blue'],
    );
  }
});

test('on a terminal serve welcomes with the address, the forges and a link, and --host and --port are used', async (t) => {
  const directory = await createDirectory(t);
  const environment = { FETTLE_DATA_DIR: join(directory, 'data'), NO_COLOR: '1', FETTLE_HTTP_PORT: '1' };
  const written = await runCommandUntilWelcome(t, ['--host', 'localhost', '--port', '0'], environment, directory);
  assert.match(written, /Fettle 9\.9\.9 runs at http:\/\/localhost:\d+\n/);
  assert.match(written, /^ {2}gitea +http:\/\/localhost:\d+\/webhook\/gitea +secret generated$/m);
  assert.match(written, /^Sign in \(works once, for 15 minutes\): http:\/\/localhost:\d+\/sign-in#\S{43}$/m);
  assert.match(written, /^\d\d:\d\d:\d\d info {2}hub\.listening /m);
});

/** Serves in this process as if on a terminal; then does to it what Ctrl-C would, without the test runner's own listeners. */
async function runCommandUntilWelcome(
  t: TestContext,
  args: readonly string[],
  environment: Record<string, string>,
  cwd: string,
): Promise<string> {
  const others = new Set(process.listeners('SIGINT'));
  let written = '';
  const timer = setInterval(() => {
    if (!written.includes('Stop: Ctrl-C')) return;
    clearInterval(timer);
    for (const listener of process.listeners('SIGINT')) if (!others.has(listener)) listener('SIGINT');
  }, 20);
  t.after(() => clearInterval(timer));
  const ran = await runCommand(args, { environment, cwd, isTerminal: true, onOutput: (text) => (written += text) });
  assert.equal(ran.code, 0, ran.err);
  return ran.out;
}

test('a port that needs privileges or an address of another machine is a clear message', async (t) => {
  const directory = await createDirectory(t);
  const environment = { FETTLE_DATA_DIR: join(directory, 'data'), FETTLE_LOG_LEVEL: 'silent' };
  const ran = await serveOnce(t, directory, ['--host', '192.0.2.1', '--port', '0'], environment);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /^error address_in_use: Cannot listen on 192\.0\.2\.1:0: this machine has no such address\./);
});

async function serveOnce(t: TestContext, cwd: string, args: readonly string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN, 'serve', ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...environment },
  });
  t.after(() => child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, err };
}
