import { type Kysely, type RawBuilder, sql } from 'kysely';
import { all, type Condition } from './event-conditions.ts';
import type { Database } from './schema.ts';

/**
 * Pages of a table by its `ordinal`, newest first. Rows are read in the order of one index, so a page costs what it shows; conditions
 * that no index serves are checked on what was read, in windows, up to a number of rows per page. Rows that are added meanwhile are
 * newer than the cursor and change no later page.
 */
export interface Scan<Row> {
  readonly table: 'runs' | 'ledger_runs' | 'tasks';
  /** Columns of `Row`, by their own names, `ordinal` among them. */
  readonly columns: RawBuilder<unknown>;
  readonly source: ScanSource;
  /** What the source does not select by itself, over the columns. */
  readonly conditions: readonly Condition[];
  /** What SQL cannot say; null when there is nothing. */
  readonly matches: ((row: Row) => boolean) | null;
  /** Only rows with a smaller ordinal. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** What is read before conditions are checked. */
export type ScanSource =
  | { readonly kind: 'all' }
  /** Rows with one of these values, from an index over the column and `ordinal`. */
  | { readonly kind: 'values'; readonly column: RawBuilder<string>; readonly values: readonly string[] }
  /** A condition that has an index of its own and is true for few rows. */
  | { readonly kind: 'few'; readonly condition: Condition };

export interface ScanPage<Row> {
  readonly rows: readonly Row[];
  /** The cursor of the next page; null at the end. A page may hold fewer rows than its limit, even none, and still not be the last. */
  readonly next: number | null;
}

/** Rows read per window while a page fills; after the last one a partial page is given. */
const WINDOWS = [2_000, 8_000, 16_000];

/** One page of a table. */
export async function scanPage<Row extends { readonly ordinal: number }>(
  db: Kysely<Database>,
  scan: Scan<Row>,
): Promise<ScanPage<Row>> {
  const isExact = scan.conditions.length === 0 && scan.matches === null;
  const found: Row[] = [];
  let { before } = scan;
  for (const window of isExact ? [scan.limit] : WINDOWS) {
    const { rows, reach } = await readWindow(db, { ...scan, before }, window);
    for (const row of rows) if (found.length < scan.limit && (scan.matches?.(row) ?? true)) found.push(row);
    const last = found.at(-1);
    if (found.length >= scan.limit && last !== undefined) return { rows: found, next: last.ordinal };
    if (reach.read < window || reach.lowest === null) return { rows: found, next: null };
    before = reach.lowest;
  }
  return { rows: found, next: before ?? null };
}

interface Reach {
  /** Rows read, and the smallest ordinal among them. */
  readonly read: number;
  readonly lowest: number | null;
}

async function readWindow<Row>(
  db: Kysely<Database>,
  scan: Scan<Row>,
  window: number,
): Promise<{ rows: Row[]; reach: Reach }> {
  const limit = scan.matches === null ? sql`limit ${scan.limit}` : sql``;
  const result = await sql<Row & { scan_read: number; scan_lowest: number | null; ordinal: number | null }>`
    with scanned as materialized (${toSource(scan, window)}),
      reach as (select count(*)::integer as scan_read, min(ordinal) as scan_lowest from scanned)
    select * from reach
    left join lateral (select * from scanned where ${all(scan.conditions)} order by ordinal desc ${limit}) as found on true
    order by ordinal desc`.execute(db);
  const [first] = result.rows;
  return {
    rows: result.rows.filter(({ ordinal }) => ordinal !== null),
    reach: { read: first?.scan_read ?? 0, lowest: first?.scan_lowest ?? null },
  };
}

function toSource<Row>({ table, columns, source, before }: Scan<Row>, window: number): RawBuilder<unknown> {
  const rows = sql`select ${columns} from ${sql.table(table)}`;
  const isBefore = before === undefined ? sql<boolean>`true` : sql<boolean>`ordinal < ${before}`;
  const newest = sql`order by ordinal desc limit ${window}`;
  if (source.kind === 'all') return sql`${rows} where ${isBefore} ${newest}`;
  // `offset 0` keeps the planner from reading all rows by ordinal in the hope to meet these soon.
  if (source.kind === 'few') {
    return sql`select * from (${rows} where ${source.condition} and ${isBefore} offset 0) as few ${newest}`;
  }
  // One arm for each value, since the planner weighs an index by the value and knows none of a list.
  const arms = source.values.map((value) => sql`(${rows} where ${source.column} = ${value} and ${isBefore} ${newest})`);
  return sql`select * from (${sql.join(arms, sql` union all `)}) as arms ${newest}`;
}
