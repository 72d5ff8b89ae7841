import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { FettleError } from '../../core/errors.ts';

/**
 * The one place where an action starts a process. No shell: the program gets its arguments as a list. It leads a process group of its
 * own, and when it ends, or its time is over, or the attempt is aborted, everything left in that group is killed:
 *
 *   started ──exits──▶ rest of the group killed ──▶ output read to its end, at most a second
 *      └──time over, aborted──▶ SIGTERM to the group ──5 s, or the end of the hub──▶ SIGKILL to the group
 */
export interface ProgramCall {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Written to its standard input, which is then closed. */
  readonly stdin: string;
  /** Whom it runs as; undefined for whoever runs Fettle. */
  readonly user: ProgramUser | undefined;
  readonly timeoutMs: number;
  /** Time between asking it to end and killing it; default 5 seconds. */
  readonly killAfterMs?: number | undefined;
  readonly signal: AbortSignal;
}

export interface ProgramUser {
  readonly uid: number;
  readonly gid: number;
}

export interface ProgramEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Which signal ended it. */
  readonly endedBy: string | null;
  /** The last 64 kB of what it wrote, output and errors in the order in which they came. */
  readonly output: string;
}

const KEPT_BYTES = 64 * 1024;
const KILL_AFTER_MS = 5_000;
const DRAIN_MS = 1_000;

/** What the kernel says when it is too busy to start a process now. */
const PASSING = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY']);

/**
 * Runs a program to its end, whatever its exit code.
 * @throws FettleError `rule_invalid` when it cannot be started, `upstream_failed` when it could be later, `run_timeout` when its time
 * was over; the reason of `signal` when it was aborted.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramEnd> {
  // Loaded only when a program is run: it is a tenth of the memory of a hub at rest.
  const { execa } = await import('execa');
  call.signal.throwIfAborted();
  const child = execa(call.program, [...call.args], {
    cwd: call.cwd,
    env: { ...call.env },
    extendEnv: false,
    shell: false,
    detached: true,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    ...call.user,
  });
  const tail = keepTail([child.stdout, child.stderr]);
  // A program need not read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(call.stdin);

  let isLate = false;
  let killing: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(child.pid, 'SIGTERM');
    killing ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), call.killAfterMs ?? KILL_AFTER_MS);
  };
  const late = setTimeout(() => {
    isLate = true;
    end();
  }, call.timeoutMs);
  call.signal.addEventListener('abort', end, { once: true });
  const killAtExit = () => signalGroup(child.pid, 'SIGKILL');
  process.once('exit', killAtExit);
  // What it left behind would hold the output open, and go on when nobody watches.
  child.nodeChildProcess.once('exit', () => signalGroup(child.pid, 'SIGKILL'));
  try {
    const result = await orDrained(child);
    call.signal.throwIfAborted();
    if (isLate) throw toLate(call);
    if (result.exitCode === undefined && result.endedBy === null) throw toUnstartable(call, result.code);
    return { exitCode: result.exitCode ?? null, endedBy: result.endedBy, output: tail() };
  } finally {
    clearTimeout(late);
    clearTimeout(killing);
    process.removeListener('exit', killAtExit);
    call.signal.removeEventListener('abort', end);
  }
}

interface ChildEnd {
  readonly exitCode: number | undefined;
  readonly endedBy: string | null;
  readonly code: string | undefined;
}

/** What execa tells of the end. */
interface ChildResult {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}

interface Child extends PromiseLike<ChildResult> {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly nodeChildProcess: EventEmitter;
}

/** The end of a program; a process that left the group cannot hold it up by keeping the output open. */
function orDrained(child: Child): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    let drain: NodeJS.Timeout | undefined;
    child.nodeChildProcess.once('exit', (exitCode: number | null, signal: string | null) => {
      drain = setTimeout(() => {
        resolve({ exitCode: exitCode ?? undefined, endedBy: signal, code: undefined });
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS);
    });
    child.then((result) => {
      clearTimeout(drain);
      resolve({ exitCode: result.exitCode, endedBy: result.signal ?? null, code: result.code });
    }, reject);
  });
}

function keepTail(streams: readonly Readable[]): () => string {
  let kept: Buffer[] = [];
  let size = 0;
  for (const stream of streams) {
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      kept.push(chunk);
      size += chunk.length;
      if (size < 2 * KEPT_BYTES) return;
      kept = [Buffer.concat(kept).subarray(-KEPT_BYTES)];
      size = KEPT_BYTES;
    });
  }
  return () => Buffer.concat(kept).subarray(-KEPT_BYTES).toString('utf8');
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

function toLate({ program, timeoutMs }: ProgramCall): FettleError {
  const detail = `${program} was still running after ${timeoutMs / 1000} s and was ended. Give it more time with \`timeout\`.`;
  return new FettleError('run_timeout', detail, { outcomeUnknown: true });
}

function toUnstartable({ program, cwd, user }: ProgramCall, code = 'unknown reason'): FettleError {
  if (PASSING.has(code)) return new FettleError('upstream_failed', `${program} cannot be started now (${code}).`);
  const who = user === undefined ? '' : ` for user ${user.uid}`;
  const detail = `${program} cannot be started (${code}). Check that it exists and may be executed${who}, and that ${cwd} may be entered.`;
  return new FettleError('rule_invalid', detail);
}
