import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A server in a process of its own; whoever starts it stops it. */
export interface ServerProcess {
  readonly port: number;
  readonly processId: number;
  /** Milliseconds from its start until it said where it listens. */
  readonly listeningAfterMs: number;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

/** Starts `node <args>` and waits until `findPort` finds the port in a line of its output, which goes to a file. */
export async function startServer(options: {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly outputPath: string;
  readonly findPort: (line: string) => number | undefined;
}): Promise<ServerProcess> {
  const { args, environment, directory, outputPath, findPort } = options;
  const file = openSync(outputPath, 'w');
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, ...environment },
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);

  const stop = async () => {
    process.off('exit', killWithUs);
    if (!isRunning(child)) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
  };

  for (;;) {
    const output = readFileSync(outputPath, 'utf8');
    const port = output
      .split('\n')
      .map(findPort)
      .find((found) => found !== undefined);
    if (port !== undefined) {
      return { port, processId: child.pid ?? 0, listeningAfterMs: performance.now() - startedAtMs, stop };
    }
    if (!isRunning(child) || performance.now() - startedAtMs > START_LIMIT_MS) {
      await stop();
      throw new Error(`The server did not start:\n${output}`);
    }
    await delay(5);
  }
}

/** Memory and processor time of a process. */
export interface Usage {
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
  readonly cpuMs: number;
}

const TICK_MS = 10;

/** What the kernel says of a process; undefined where there is no `/proc`. */
export function findUsage(processId: number): Usage | undefined {
  if (process.platform !== 'linux') return undefined;
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    residentBytes: kibibytes('VmRSS') * 1024,
    peakResidentBytes: kibibytes('VmHWM') * 1024,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
