import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type PostgresServer, startPostgres } from '../test/postgres-server.ts';
import { createContenders } from './ingest/contenders.ts';
import { type Measurement, measure, type Plan } from './ingest/measure.ts';
import { toSummaries, toTable } from './ingest/report.ts';
import { describeMachine } from './machine.ts';

/**
 * How fast deliveries are accepted: bare `node:http`, Probot, and Fettle on both databases, one after the other, several rounds in one
 * run, each server and the load generator in processes of their own. docs/benchmarks.md explains the figures.
 */
const USAGE = `node bench/ingest.ts [--rounds 3] [--quick] [--only <part of a name>] [--json]
  --rounds   how often all take their turn; medians are shown
  --quick    short parts, to see that it works
  --only     leaves out contenders whose name has none of these parts, such as "bare,embedded"
  --profile  a directory for a processor profile of each server
  --json     everything measured, as JSON, instead of the table
`;

const PLAN: Plan = {
  connections: 50,
  warmUpDeliveries: 6_000,
  warmUpLimitMs: 20_000,
  saturationMs: 4_000,
  halfRateMs: 4_000,
  maxDeliveries: 60_000,
  restMs: 2_000,
};
const QUICK: Plan = { ...PLAN, saturationMs: 1_500, halfRateMs: 1_000, maxDeliveries: 25_000, restMs: 300 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else await compare();

async function compare(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-bench-'));
  const plan = values.quick ? QUICK : PLAN;
  const nodeArgs = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  let postgres: PostgresServer | undefined;
  try {
    postgres = await startPostgres();
    const wanted = values.only?.split(',');
    const contenders = createContenders(postgres).filter(
      ({ name }) => wanted?.some((part) => name.includes(part)) ?? true,
    );
    const rounds: Measurement[][] = [];
    const loadBefore = loadavg();
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const measurements: Measurement[] = [];
      for (const [index, contender] of contenders.entries()) {
        process.stderr.write(`round ${round + 1}: ${contender.name} … `);
        const place = await mkdtemp(join(directory, 'server-'));
        const run = `${(round + 1).toString(16).padStart(4, 'a')}${index}`;
        const measured = await measure(contender, { plan, directory: place, run, nodeArgs });
        measurements.push(measured);
        process.stderr.write(`${Math.round(measured.acceptsPerSecond)}/s\n`);
        await rm(place, { recursive: true, force: true });
      }
      rounds.push(measurements);
    }
    const summaries = toSummaries(rounds);
    const machine = { ...describeMachine(), loadAverageBefore: loadBefore };
    if (values.json) process.stdout.write(`${JSON.stringify({ machine, plan, summaries, rounds }, undefined, 2)}\n`);
    else process.stdout.write(`${toTable(summaries)}\n\n${JSON.stringify(machine)}\n`);
  } finally {
    await postgres?.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
