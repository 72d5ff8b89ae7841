import type { Measurement } from './measure.ts';

/** Medians over the rounds, by contender. */
export interface Summary {
  readonly contender: Measurement['contender'];
  readonly rounds: number;
  readonly acceptsPerSecond: number;
  /** Medians of the ratios within each round, because the machine is not equally fast in all of them. */
  readonly ofBare: number;
  readonly ofProbot: number;
  readonly failed: number;
  readonly saturatedP50Ms: number;
  readonly saturatedP99Ms: number;
  readonly halfRatePerSecond: number;
  readonly halfRateP50Ms: number;
  readonly halfRateP99Ms: number;
  readonly serverCpuMicroseconds: number | null;
  readonly generatorBusy: number;
  readonly restMegabytes: number | null;
  readonly peakMegabytes: number | null;
  readonly listeningAfterMs: number;
  readonly drain: Measurement['drain'] | null;
}

/** Each round holds one measurement of each contender. */
export function toSummaries(rounds: readonly (readonly Measurement[])[]): Summary[] {
  const names = rounds[0]?.map(({ contender }) => contender) ?? [];
  return names.map((contender) => {
    const own = rounds.map((round) => round.find((one) => one.contender === contender) as Measurement);
    const median = (read: (one: Measurement) => number) => toMedian(own.map(read));
    const ratioTo = (other: Measurement['contender']) =>
      toMedian(
        rounds.map((round, index) => {
          const base = round.find((one) => one.contender === other);
          return (own[index]?.acceptsPerSecond ?? 0) / (base?.acceptsPerSecond ?? Number.NaN);
        }),
      );
    const whenKnown = (read: (one: Measurement) => number | null) =>
      own.some((one) => read(one) === null) ? null : median((one) => read(one) as number);
    return {
      contender,
      rounds: own.length,
      acceptsPerSecond: median((one) => one.acceptsPerSecond),
      ofBare: ratioTo('bare node:http'),
      ofProbot: ratioTo('Probot'),
      failed: own.reduce((sum, one) => sum + one.failed, 0),
      saturatedP50Ms: median((one) => one.saturated.p50),
      saturatedP99Ms: median((one) => one.saturated.p99),
      halfRatePerSecond: median((one) => one.halfRate.perSecond),
      halfRateP50Ms: median((one) => one.halfRate.p50),
      halfRateP99Ms: median((one) => one.halfRate.p99),
      serverCpuMicroseconds: whenKnown((one) => one.serverCpuMicroseconds),
      generatorBusy: median((one) => one.generatorBusy),
      restMegabytes: toMegabytes(whenKnown((one) => one.restBytes)),
      peakMegabytes: toMegabytes(whenKnown((one) => one.peakBytes)),
      listeningAfterMs: median((one) => one.listeningAfterMs),
      drain: toDrain(own),
    };
  });
}

function toDrain(own: readonly Measurement[]): Summary['drain'] {
  const drains = own.flatMap(({ drain }) => drain ?? []);
  if (drains.length === 0) return null;
  const median = (read: (one: (typeof drains)[number]) => number) => toMedian(drains.map(read));
  return {
    duringPerSecond: median((one) => one.duringPerSecond),
    duringShare: median((one) => one.duringShare),
    emptyAfterMs: median((one) => one.emptyAfterMs),
    afterPerSecond: median((one) => one.afterPerSecond),
    firstStartMs: median((one) => one.firstStartMs),
    laterStartMs: median((one) => one.laterStartMs),
  };
}

function toMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function toMegabytes(bytes: number | null): number | null {
  return bytes === null ? null : bytes / 1e6;
}

const ROWS: readonly [title: string, cell: (summary: Summary) => string][] = [
  ['accepts per second', (one) => whole(one.acceptsPerSecond)],
  ['ratio to bare node:http', (one) => one.ofBare.toFixed(2)],
  ['ratio to Probot', (one) => one.ofProbot.toFixed(2)],
  ['answers other than 200', (one) => whole(one.failed)],
  ['latency at saturation, p50 / p99 ms', (one) => pair(one.saturatedP50Ms, one.saturatedP99Ms)],
  ['half rate: per second', (one) => whole(one.halfRatePerSecond)],
  ['half rate: latency p50 / p99 ms', (one) => pair(one.halfRateP50Ms, one.halfRateP99Ms)],
  ['drained beside it: per second', (one) => whole(one.drain?.duringPerSecond)],
  ['drained beside it: share', (one) => percent(one.drain?.duringShare)],
  ['inbox empty after, ms', (one) => whole(one.drain?.emptyAfterMs)],
  ['drained afterwards, per second', (one) => whole(one.drain?.afterPerSecond)],
  ['server CPU per accept, µs', (one) => whole(one.serverCpuMicroseconds)],
  ['load generator busy', (one) => percent(one.generatorBusy)],
  ['RSS at rest / peak, MB', (one) => `${whole(one.restMegabytes)} / ${whole(one.peakMegabytes)}`],
  ['listening after, ms', (one) => whole(one.listeningAfterMs)],
  [
    'database open, first / later start, ms',
    (one) => `${whole(one.drain?.firstStartMs)} / ${whole(one.drain?.laterStartMs)}`,
  ],
];

/** The summaries as a Markdown table, aligned for reading as it is. */
export function toTable(summaries: readonly Summary[]): string {
  const cells = [
    ['', ...summaries.map(({ contender }) => contender)],
    ...ROWS.map(([title, cell]) => [title, ...summaries.map(cell)]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const toLine = (row: readonly string[]) =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [toLine(head), rule, ...body.map(toLine)].join('\n');
}

function whole(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : String(Math.round(value));
}

function pair(a: number, b: number): string {
  return `${a.toFixed(1)} / ${b.toFixed(1)}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${Math.round(share * 100)} %`;
}
