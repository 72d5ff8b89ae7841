import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/postgres-server.ts';
import { describeMachine } from './machine.ts';
import { measurePushToMatrix, type PushPlan } from './runs/push-to-matrix.ts';
import { type RunsMeasurement, toRunsTable } from './runs/report.ts';
import { measureWholeWay, type WholeWayPlan } from './runs/whole-way.ts';

/**
 * The whole way of an event: accepted, stored, matched, made a run, acted upon by HTTP, recorded; and from a push to its message in a
 * Matrix room. On both databases, one after the other, several rounds in one run. docs/benchmarks.md explains the figures.
 */
const USAGE = `node bench/runs.ts [--rounds 3] [--quick] [--store embedded|postgres] [--part way|matrix] [--json]
  --rounds   how often all take their turn; the best of each figure is shown, with the range
  --quick    short parts, to see that it works
  --store    only one database
  --part     only the whole way, or only from push to Matrix
  --profile  a directory for a processor profile of each hub
  --json     everything measured, as JSON, instead of the table
`;

const PUSHES: PushPlan = { perSecond: 50, durationMs: 20_000, rooms: 10 };
const WAYS: Record<StoreKind, WholeWayPlan> = {
  embedded: { connections: 50, warmUp: 2_000, burst: 8_000, rateMs: 10_000, targetPerSecond: 500 },
  postgres: { connections: 50, warmUp: 4_000, burst: 15_000, rateMs: 10_000, targetPerSecond: 1_000 },
};
type StoreKind = RunsMeasurement['store'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    store: { type: 'string' },
    part: { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
// An ended process does not take its hub with it, an ordered exit does.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (values.help) process.stdout.write(USAGE);
else await measureAll();

async function measureAll(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-bench-runs-'));
  const nodeArgs = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const server = await startPostgres();
  const before = describeMachine();
  const measurements: RunsMeasurement[] = [];
  try {
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const store of ['embedded', 'postgres'] as const) {
        if ((values.store ?? store) !== store) continue;
        const place = async () => ({
          directory: await mkdtemp(join(directory, 'hub-')),
          databaseUrl: store === 'embedded' ? null : await server.createDatabase(),
          nodeArgs,
        });
        process.stderr.write(`round ${round + 1}: ${store} … `);
        const way =
          values.part === 'matrix'
            ? null
            : await measureWholeWay({ ...(await place()), plan: values.quick ? toQuick(WAYS[store]) : WAYS[store] });
        const push =
          values.part === 'way'
            ? null
            : await measurePushToMatrix({
                ...(await place()),
                plan: values.quick ? { ...PUSHES, durationMs: 5_000 } : PUSHES,
              });
        process.stderr.write(`${Math.round(way?.perSecond ?? 0)}/s, push → Matrix ${Math.round(push?.p95 ?? 0)} ms\n`);
        measurements.push({ store, way, push });
      }
    }
    const machine = { before, after: describeMachine() };
    if (values.json) process.stdout.write(`${JSON.stringify({ machine, measurements }, undefined, 2)}\n`);
    else process.stdout.write(`${toRunsTable(measurements)}\n\n${JSON.stringify(machine)}\n`);
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function toQuick(plan: WholeWayPlan): WholeWayPlan {
  return { ...plan, warmUp: 1_000, burst: 2_000, rateMs: 3_000 };
}
