import { type Kysely, sql } from 'kysely';
import { type BookRows, type Books, type LiveInbox, readBookRows, toBooks, toDrained, toUncounted } from './books.ts';
import type { Database } from './schema.ts';

/**
 * The check of the books. All of it is read from one snapshot of the database, and whatever moves one number moves the others in the same
 * transaction, so they agree at any moment, also while deliveries come in and runs end:
 *
 *   inbox    its classes add up to what was drained, and no number is below zero
 *   forges   the classes of each add up; those of an inbox add up to the classes of the inbox
 *   runs     as many deliveries are open as have unfinished runs, and each knows how many
 */
export interface BooksCheck {
  readonly balanced: boolean;
  readonly findings: readonly BooksFinding[];
  /** False while so many runs are unfinished that they were not counted. */
  readonly runsCounted: boolean;
}

/** Something in the books that cannot be. */
export interface BooksFinding {
  /** `inbox <id>`, `forge <name>` with its inbox, or `runs of inbox <id>`. */
  readonly about: string;
  readonly detail: string;
}

/** Counting more unfinished runs than this would be work for the database each time. */
const MOST_RUNS = 50_000;

/** Whether the books balance; if not, where. */
export async function checkBooks(db: Kysely<Database>): Promise<BooksCheck> {
  return (await readCheckedBooks(db)).check;
}

/** The books and their check, of one moment. */
export async function readCheckedBooks(
  db: Kysely<Database>,
  live: readonly LiveInbox[] = [],
): Promise<{ readonly books: Books; readonly check: BooksCheck }> {
  const { rows, open } = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => ({ rows: await readBookRows(trx), open: await countOpen(trx) }));
  const findings = [
    ...rows.inboxes.flatMap(toInboxFindings),
    ...rows.forges.flatMap(toForgeFindings),
    ...toSumFindings(rows),
    ...(open === undefined ? [] : toOpenFindings(rows, open)),
  ];
  const check = { balanced: findings.length === 0, findings, runsCounted: open !== undefined };
  return { books: toBooks(rows, live), check };
}

const CLASSES = ['effected', 'filtered', 'duplicate', 'dead', 'open'] as const;
type Counts = Readonly<Record<(typeof CLASSES)[number], number>>;

function toInboxFindings(row: BookRows['inboxes'][number]): BooksFinding[] {
  const about = `inbox ${row.id}`;
  return [...toNegatives(about, row), ...toDifference(about, row, toDrained(row), 'were drained')];
}

function toForgeFindings(row: BookRows['forges'][number]): BooksFinding[] {
  const about = `forge ${row.forge} in inbox ${row.inbox_id}`;
  return [...toNegatives(about, row), ...toDifference(about, row, row.received, 'were received')];
}

function toNegatives(about: string, counts: Counts): BooksFinding[] {
  return CLASSES.filter((name) => counts[name] < 0).map((name) => ({
    about,
    detail: `${counts[name]} deliveries are ${name}.`,
  }));
}

function toDifference(about: string, counts: Counts, expected: number, what: string): BooksFinding[] {
  const sum = CLASSES.reduce((total, name) => total + counts[name], 0);
  if (sum === expected) return [];
  const numbers = CLASSES.map((name) => `${name} ${counts[name]}`).join(', ');
  return [{ about, detail: `${expected} deliveries ${what}, its classes add up to ${sum}: ${numbers}.` }];
}

function toSumFindings({ inboxes, forges }: BookRows): BooksFinding[] {
  return inboxes.flatMap((inbox) => {
    const about = `inbox ${inbox.id}`;
    const own = forges.filter((row) => row.inbox_id === inbox.id);
    const received = own.reduce((total, row) => total + row.received, 0);
    if (received !== inbox.counted)
      return [{ about, detail: `${inbox.counted} deliveries were counted by forge, the forges have ${received}.` }];
    if (toUncounted(inbox) !== 0) return [];
    return CLASSES.flatMap((name) => {
      const sum = own.reduce((total, row) => total + row[name], 0);
      return sum === inbox[name]
        ? []
        : [{ about, detail: `${inbox[name]} deliveries are ${name}, its forges have ${sum}.` }];
    });
  });
}

interface OpenCount {
  readonly inboxId: string;
  /** Deliveries with unfinished runs. */
  readonly deliveries: number;
  /** Those of them whose own count of unfinished runs is another. */
  readonly miscounted: number;
}

/** Deliveries with unfinished runs by inbox, counted from the runs; undefined when there are too many of these. */
async function countOpen(db: Kysely<Database>): Promise<OpenCount[] | undefined> {
  const { rows } = await sql<OpenCount & { readonly runs: number }>`
    with unfinished as materialized (
      select delivery_id from runs where state in ('queued', 'running', 'waiting', 'failed') and delivery_id is not null
      limit ${MOST_RUNS + 1}
    ), counted as (
      select delivery_id, count(*) as runs from unfinished group by delivery_id
    )
    select known.inbox_id as "inboxId", count(*) as deliveries, count(*) filter (where known.open <> counted.runs) as miscounted,
      sum(counted.runs)::bigint as runs
    from counted join delivery_runs known on known.delivery_id = counted.delivery_id
    group by known.inbox_id order by known.inbox_id`.execute(db);
  const runs = rows.reduce((total, row) => total + row.runs, 0);
  return runs > MOST_RUNS ? undefined : rows;
}

function toOpenFindings({ inboxes }: BookRows, open: readonly OpenCount[]): BooksFinding[] {
  return inboxes.flatMap((inbox) => {
    const about = `runs of inbox ${inbox.id}`;
    const { deliveries, miscounted } = open.find((row) => row.inboxId === inbox.id) ?? { deliveries: 0, miscounted: 0 };
    return [
      ...(deliveries === inbox.open
        ? []
        : [{ about, detail: `${inbox.open} deliveries are open, ${deliveries} have unfinished runs.` }]),
      ...(miscounted === 0
        ? []
        : [{ about, detail: `${miscounted} deliveries have another number of unfinished runs than was counted.` }]),
    ];
  });
}
