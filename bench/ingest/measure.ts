import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Contender, type Running, SECRET } from './contenders.ts';
import type { FromLoad, Order, Report, ToLoad } from './load.ts';
import { findUsage } from './server-process.ts';

/** How long each part takes and how much it may send at most. */
export interface Plan {
  readonly connections: number;
  /** So many deliveries before anything counts, so that the code is compiled; within `warmUpLimitMs`. */
  readonly warmUpDeliveries: number;
  readonly warmUpLimitMs: number;
  readonly saturationMs: number;
  readonly halfRateMs: number;
  /** Deliveries prepared per part; none is sent twice to a server that stores them. */
  readonly maxDeliveries: number;
  /** Time without load before memory at rest is read. */
  readonly restMs: number;
}

/** One life of one server: start, rest, warm-up, saturation, half the rate, and for Fettle a second start. Times in ms, sizes in bytes. */
export interface Measurement {
  readonly contender: Contender['name'];
  readonly acceptsPerSecond: number;
  readonly failed: number;
  readonly saturated: Report['latencyMs'];
  readonly halfRate: Report['latencyMs'] & { readonly perSecond: number };
  /** Processor time of the server per accepted delivery, drain and database thread included; of PostgreSQL, not included. */
  readonly serverCpuMicroseconds: number | null;
  /** Share of the time in which the generator was busy; near 1 it would be what limits. */
  readonly generatorBusy: number;
  readonly restBytes: number | null;
  readonly peakBytes: number | null;
  readonly listeningAfterMs: number;
  readonly drain?: {
    /** Deliveries of the saturated time that were in the database when it ended, per second and as a share. */
    readonly duringPerSecond: number;
    readonly duringShare: number;
    /** From the end of the load until the inbox was empty. */
    readonly emptyAfterMs: number;
    readonly afterPerSecond: number;
    /** Until the database was open. */
    readonly firstStartMs: number;
    readonly laterStartMs: number;
  };
}

/** Runs a contender once, in a directory of its own. */
export async function measure(
  contender: Contender,
  options: {
    readonly plan: Plan;
    readonly directory: string;
    readonly run: string;
    readonly nodeArgs: readonly string[];
  },
): Promise<Measurement> {
  const { plan, directory, run, nodeArgs } = options;
  let running: Running = await contender.start(directory, nodeArgs);
  let first = 0;
  const load = async (durationMs: number, count: number, perSecond: number | null, beforeGo = () => {}) => {
    const order: Order = {
      type: 'order',
      port: running.server.port,
      path: contender.path,
      secret: SECRET,
      run,
      first,
      count,
      repeat: !contender.stores && count === plan.maxDeliveries,
      connections: plan.connections,
      durationMs,
      perSecond,
    };
    first += count;
    return await runLoad(order, beforeGo);
  };
  const usage = () => findUsage(running.server.processId);

  try {
    const { books } = running;
    await delay(plan.restMs);
    const rest = usage();
    const warmUp = await load(plan.warmUpLimitMs, plan.warmUpDeliveries, null);
    await books?.whenEmpty();

    let before = usage();
    const saturated = await load(plan.saturationMs, plan.maxDeliveries, null, () => {
      before = usage();
    });
    const pending = (await books?.pending()) ?? 0;
    const after = usage();
    const drainedFromMs = performance.now();
    await books?.whenEmpty();
    const emptyAfterMs = performance.now() - drainedFromMs;

    const seconds = saturated.elapsedMs / 1000;
    const acceptsPerSecond = saturated.accepted / seconds;
    const halfRateCount = Math.ceil((acceptsPerSecond * plan.halfRateMs) / 1000);
    const halfRate = await load(plan.halfRateMs, halfRateCount, acceptsPerSecond / 2);
    await books?.whenEmpty();
    const accepted = warmUp.accepted + saturated.accepted + halfRate.accepted;
    await checkBooks(running, accepted);
    const peak = usage();

    const measured = {
      contender: contender.name,
      acceptsPerSecond,
      failed: warmUp.failed + saturated.failed + halfRate.failed,
      saturated: saturated.latencyMs,
      halfRate: { ...halfRate.latencyMs, perSecond: (halfRate.accepted / halfRate.elapsedMs) * 1000 },
      serverCpuMicroseconds:
        before === undefined || after === undefined ? null : ((after.cpuMs - before.cpuMs) * 1000) / saturated.accepted,
      generatorBusy: saturated.ownCpuMs / saturated.elapsedMs,
      restBytes: rest?.residentBytes ?? null,
      peakBytes: peak?.peakResidentBytes ?? null,
      listeningAfterMs: running.server.listeningAfterMs,
    };
    if (books === undefined) return measured;

    await running.server.stop();
    running = await running.restart();
    const during = Math.max(0, saturated.accepted - pending);
    return {
      ...measured,
      drain: {
        duringPerSecond: during / seconds,
        duringShare: during / saturated.accepted,
        emptyAfterMs,
        afterPerSecond: pending === 0 ? 0 : (pending / emptyAfterMs) * 1000,
        firstStartMs: books.openAfterMs,
        laterStartMs: running.books?.openAfterMs ?? 0,
      },
    };
  } finally {
    await running.server.stop();
  }
}

/** A figure is worth nothing when deliveries are missing. */
async function checkBooks({ books }: Running, accepted: number): Promise<void> {
  const received = await books?.received();
  if (received !== undefined && received !== accepted) {
    throw new Error(`${accepted} deliveries were answered 200, and the books have ${received}`);
  }
}

/** Lets a generator of its own process carry out an order; `beforeGo` is called when it is ready, just before it begins. */
export async function runLoad(order: Order, beforeGo: () => void): Promise<Report> {
  const child = fork(join(import.meta.dirname, 'load.ts'));
  try {
    send(child, order);
    await receive(child, 'ready');
    beforeGo();
    send(child, { type: 'go' });
    return (await receive(child, 'report')) as Report;
  } finally {
    child.kill('SIGKILL');
  }
}

function send(child: ChildProcess, message: ToLoad): void {
  child.send(message);
}

async function receive(child: ChildProcess, type: FromLoad['type']): Promise<FromLoad> {
  const gone = new AbortController();
  const onExit = (code: number | null, signal: string | null) =>
    gone.abort(new Error(`The load generator ended early (${signal ?? code})`));
  child.once('exit', onExit);
  try {
    const [message] = (await once(child, 'message', { signal: gone.signal })) as [FromLoad];
    if (message.type !== type) throw new Error(`The load generator said ${message.type} instead of ${type}`);
    return message;
  } finally {
    child.off('exit', onExit);
  }
}
