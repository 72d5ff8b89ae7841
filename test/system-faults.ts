import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from './wait-until.ts';

/**
 * Faults in the system calls of a running process, by strace: delays and errors that no disk gives on demand. Only calls on
 * one file are touched.
 */
export interface FaultyCalls {
  readonly processId: number;
  /** The file whose calls are meant. */
  readonly path: string;
  /** Names of system calls, by comma. */
  readonly calls: string;
  /** What happens to them, as after the second colon of strace's `inject=`; null only watches. */
  readonly fault: string | null;
}

/** Why no faults can be injected here; undefined when they can. */
export function findFaultObstacle(): string | undefined {
  const { error, status } = spawnSync('strace', ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO', 'true']);
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? undefined : 'strace may not trace processes here';
}

/** Lets the calls go wrong while `run` runs; gives its result and how many of the calls were made. */
export async function withFaultyCalls<R>(
  { processId, path, calls, fault }: FaultyCalls,
  run: () => Promise<R>,
): Promise<{ result: R; count: number }> {
  const inject = fault === null ? [] : ['-e', `inject=${calls}:${fault}`];
  const args = ['-f', '-P', path, '-e', `trace=${calls}`, ...inject, '-p', String(processId)];
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  tracer.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    await waitUntil(() => {
      if (tracer.exitCode !== null) throw new Error(`strace ended: ${output}`);
      return output.includes('attached');
    }, 'strace is attached');
    const result = await run();
    await letGo(tracer);
    const made = new RegExp(String.raw`\b(${calls.replaceAll(',', '|')})\(`, 'g');
    return { result, count: [...output.matchAll(made)].length };
  } finally {
    await letGo(tracer);
  }
}

/** On SIGTERM strace detaches, and the process goes on as before. */
async function letGo(tracer: ChildProcess): Promise<void> {
  if (tracer.exitCode !== null || tracer.signalCode !== null) return;
  const closed = once(tracer, 'close');
  tracer.kill('SIGTERM');
  await closed;
}
