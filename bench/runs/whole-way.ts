import { setTimeout as delay } from 'node:timers/promises';
import { runLoad } from '../ingest/measure.ts';
import { findUsage } from '../ingest/server-process.ts';
import { type BenchHub, SECRET, startBenchHub } from './hub.ts';
import { startReceiver } from './receiver.ts';
import { toQuantiles } from './quantiles.ts';

export interface WholeWayPlan {
  readonly connections: number;
  readonly warmUp: number;
  /** Deliveries sent as fast as they are accepted. */
  readonly burst: number;
  readonly rateMs: number;
  /** The rate of the target, per second. */
  readonly targetPerSecond: number;
}

/** What was measured of one hub. Times in milliseconds, from the acceptance of a delivery until the end of its run is in the database. */
export interface WholeWay {
  /** From the first delivery until the last is recorded. */
  readonly perSecond: number;
  readonly statementsPerEvent: number;
  /** Processor time of the hub per event, all its threads; of a PostgreSQL, nothing. */
  readonly cpuMicroseconds: number | null;
  readonly halfRate: AtRate;
  readonly targetRate: AtRate;
}

export interface AtRate {
  readonly offeredPerSecond: number;
  readonly recordedPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly statementsPerEvent: number;
}

/** Sends deliveries of one event each through the whole way: accept, event, run, HTTP effect, record. */
export async function measureWholeWay(options: {
  readonly directory: string;
  readonly databaseUrl: string | null;
  readonly nodeArgs: readonly string[];
  readonly plan: WholeWayPlan;
}): Promise<WholeWay> {
  const { directory, databaseUrl, nodeArgs, plan } = options;
  const receiver = await startReceiver();
  const config = `
network: { allowPrivate: [127.0.0.1/32] }
rules:
  - name: everything to a service
    on: ['*', '!trigger.raised']
    do: { webhook.send: { url: "${receiver.url}/in" } }
`;
  let hub: BenchHub | undefined;
  try {
    hub = await startBenchHub({ directory, databaseUrl, config, nodeArgs });
    const { log, server } = hub;
    const { countStatements, readBooks } = hub;
    let sent = 0;

    const load = async (count: number, perSecond: number | null, durationMs: number) => {
      const before = { statements: await countStatements(), cpuMs: findUsage(server.processId)?.cpuMs };
      let startedAtMs = 0;
      const known = new Set(log.recordedAtMs.keys());
      const report = await runLoad(
        {
          type: 'order',
          port: server.port,
          path: '/webhook/github',
          secret: SECRET,
          run: 'aa',
          first: sent,
          count,
          repeat: false,
          connections: plan.connections,
          durationMs,
          perSecond,
        },
        () => (startedAtMs = Date.now()),
      );
      if (report.failed > 0) throw new Error(`${report.failed} deliveries were not answered 200`);
      sent += count;
      await log.whenRecorded(known.size + report.accepted);
      const own = [...log.recordedAtMs].filter(([id]) => !known.has(id));
      const lastMs = own.reduce((last, [, atMs]) => Math.max(last, atMs), 0);
      const latencies = own.map(([id, atMs]) => atMs - (receiver.acceptedAtMs.get(id) ?? Number.NaN));
      const cpuMs = findUsage(server.processId)?.cpuMs;
      return {
        events: report.accepted,
        perSecond: (report.accepted * 1000) / (lastMs - startedAtMs),
        ...toQuantiles(latencies),
        statementsPerEvent: ((await countStatements()) - before.statements) / report.accepted,
        cpuMicroseconds:
          cpuMs === undefined || before.cpuMs === undefined ? null : ((cpuMs - before.cpuMs) * 1000) / report.accepted,
      };
    };
    const atRate = async (perSecond: number): Promise<AtRate> => {
      const count = Math.ceil((perSecond * plan.rateMs) / 1000);
      const { perSecond: recorded, p50, p99, statementsPerEvent } = await load(count, perSecond, plan.rateMs);
      return { offeredPerSecond: perSecond, recordedPerSecond: recorded, p50, p99, statementsPerEvent };
    };

    await load(plan.warmUp, null, 60_000);
    await delay(500);
    const burst = await load(plan.burst, null, 120_000);
    await delay(500);
    const halfRate = await atRate(burst.perSecond / 2);
    await delay(500);
    const targetRate = await atRate(plan.targetPerSecond);
    const books = await readBooks();
    const recorded = log.recordedAtMs.size;
    if (books['received'] !== recorded || books['effected'] !== recorded || receiver.repeats() > 0)
      throw new Error(`${recorded} runs, ${receiver.repeats()} repeats and the books ${JSON.stringify(books)}`);
    return {
      perSecond: burst.perSecond,
      statementsPerEvent: burst.statementsPerEvent,
      cpuMicroseconds: burst.cpuMicroseconds,
      halfRate,
      targetRate,
    };
  } finally {
    await hub?.stop();
    await receiver.close();
  }
}
