import type { Quantiles } from './quantiles.ts';
import type { AtRate, WholeWay } from './whole-way.ts';

/** What one round measured on one database; null for a part that was left out. */
export interface RunsMeasurement {
  readonly store: 'embedded' | 'postgres';
  readonly way: WholeWay | null;
  readonly push: Quantiles | null;
}

type Read = (one: RunsMeasurement) => number | null | undefined;

interface Row {
  readonly title: string;
  readonly read: Read;
  /** Which end of the range is the best; null for what is neither good nor bad. */
  readonly best: 'most' | 'least';
  readonly digits?: number;
}

const atRate = (title: string, pick: (way: WholeWay) => AtRate): Row[] => {
  const read =
    (name: keyof AtRate): Read =>
    ({ way }) =>
      way === null ? null : pick(way)[name];
  return [
    { title: `${title}: offered per second`, read: read('offeredPerSecond'), best: 'most' },
    { title: `${title}: recorded per second`, read: read('recordedPerSecond'), best: 'most' },
    { title: `${title}: accept → recorded, p50 ms`, read: read('p50'), best: 'least' },
    { title: `${title}: accept → recorded, p99 ms`, read: read('p99'), best: 'least' },
    { title: `${title}: statements per event`, read: read('statementsPerEvent'), best: 'least', digits: 2 },
  ];
};

const ROWS: readonly Row[] = [
  { title: 'whole way, events per second', read: ({ way }) => way?.perSecond, best: 'most' },
  { title: 'statements per event', read: ({ way }) => way?.statementsPerEvent, best: 'least', digits: 2 },
  { title: 'processor time of the hub per event, µs', read: ({ way }) => way?.cpuMicroseconds, best: 'least' },
  ...atRate('half rate', ({ halfRate }) => halfRate),
  ...atRate('target rate', ({ targetRate }) => targetRate),
  { title: 'push → Matrix at 50 per second, p50 ms', read: ({ push }) => push?.p50, best: 'least' },
  { title: 'push → Matrix at 50 per second, p95 ms', read: ({ push }) => push?.p95, best: 'least' },
];

/** A Markdown table: the best of all rounds, and the range. */
export function toRunsTable(measurements: readonly RunsMeasurement[]): string {
  const stores = [...new Set(measurements.map(({ store }) => store))];
  const cells = [
    ['', ...stores],
    ...ROWS.map((row) => [
      row.title,
      ...stores.map((store) =>
        toCell(
          row,
          measurements.filter((one) => one.store === store),
        ),
      ),
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const toLine = (row: readonly string[]) =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [toLine(head), rule, ...body.map(toLine)].join('\n');
}

function toCell({ read, best, digits = 0 }: Row, own: readonly RunsMeasurement[]): string {
  const values = own.flatMap((one) => read(one) ?? []);
  if (values.length === 0) return '–';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const [shown, other] = best === 'most' ? [most, least] : [least, most];
  const range = values.length === 1 ? '' : ` (… ${other.toFixed(digits)})`;
  return shown.toFixed(digits) + range;
}
