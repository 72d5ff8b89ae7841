import { type Kysely, sql, type Transaction } from 'kysely';
import { takeAdvisoryLock } from './advisory-lock.ts';
import type { Database } from './schema.ts';

/**
 * Deliveries and events live in one partition per week of `received_at`, Monday 00:00 UTC to the next, named by its Monday:
 * `events_20241118`. Retention drops whole partitions.
 */
const PARTITIONED = ['deliveries', 'events'] as const;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The epoch was a Thursday; the Monday before it. */
const FIRST_MONDAY_MS = -3 * DAY_MS;
const MOST_WEEKS = 1_000;
/** How long dropping waits for readers before it gives way. */
const LOCK_LIMIT_MS = 3_000;

/** The Monday that begins the week of a time. */
export function toWeekStart(at: Date): Date {
  return new Date(Math.floor((at.getTime() - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS);
}

/**
 * Ensures that every week from `fromAt` to `toAt`, both included, has its partitions. Safe in any number of processes at
 * once, and cheap when there is nothing to do; the caller still remembers what it asked for. Inside a transaction it is part
 * of it; else it runs its own.
 *
 * @throws {RangeError} when the range is longer than a thousand weeks: use `ensurePartitionsAt` for times far apart.
 */
export async function ensurePartitions(db: Kysely<Database>, fromAt: Date, toAt: Date): Promise<void> {
  const first = toWeekStart(fromAt).getTime();
  const weeks = Math.floor((toWeekStart(toAt).getTime() - first) / WEEK_MS) + 1;
  if (weeks > MOST_WEEKS) throw new RangeError(`${weeks} weekly partitions are too many at a time`);
  await ensurePartitionsAt(
    db,
    Array.from({ length: weeks }, (_, week) => new Date(first + week * WEEK_MS)),
  );
}

/** Ensures the partitions of exactly the weeks that contain these times, as after a clock that jumped by decades. */
export async function ensurePartitionsAt(db: Kysely<Database>, times: Iterable<Date>): Promise<void> {
  const weeks = new Map([...times].map((at) => [toWeekStart(at).getTime(), toWeekStart(at)]));
  const wanted = [...weeks.values()].flatMap((week) => PARTITIONED.map((table) => ({ table, week })));
  if (wanted.length === 0) return;
  const existing = await findExisting(
    db,
    wanted.map(({ table, week }) => toPartitionName(table, week)),
  );
  const missing = wanted.filter(({ table, week }) => !existing.has(toPartitionName(table, week)));
  if (missing.length === 0) return;
  await inTransaction(db, async (trx) => {
    await takeAdvisoryLock(trx, 'partitions');
    for (const { table, week } of missing) await createPartition(trx, table, week);
  });
}

/** What `dropPartitionsBefore` did. */
export interface DroppedPartitions {
  /** Names of the dropped partitions. */
  readonly dropped: readonly string[];
  /** `sequencer.pruned_through` afterwards. */
  readonly prunedThrough: number;
}

/**
 * Drops the partitions that end at or before `at`, and in the same transaction raises `sequencer.pruned_through` to the
 * highest dropped `seq`, so that a reader with an older cursor is told of the gap. Waits three seconds for readers, then
 * fails with an error for which `isConflict` holds: try again later.
 */
export async function dropPartitionsBefore(db: Kysely<Database>, at: Date): Promise<DroppedPartitions> {
  return await inTransaction(db, async (trx) => {
    await takeAdvisoryLock(trx, 'partitions');
    const old = (await listPartitions(trx)).filter(({ name }) => toPartitionEnd(name).getTime() <= at.getTime());
    if (old.length > 0) {
      await sql`set local lock_timeout = ${sql.lit(`${LOCK_LIMIT_MS}ms`)}`.execute(trx);
      // The order in which writers take them: tables first, the sequencer last.
      for (const table of PARTITIONED) {
        await sql`lock table only ${sql.table(table)} in access exclusive mode`.execute(trx);
      }
    }
    for (const { table, name } of old) {
      if (table === 'events') await raisePrunedThrough(trx, name);
    }
    for (const { name } of old) await sql`drop table ${sql.table(name)}`.execute(trx);
    const { pruned_through: prunedThrough } = await trx
      .selectFrom('sequencer')
      .select('pruned_through')
      .executeTakeFirstOrThrow();
    return { dropped: old.map(({ name }) => name), prunedThrough };
  });
}

function toPartitionName(table: string, week: Date): string {
  return `${table}_${week.toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The end of the week in a partition's name. */
function toPartitionEnd(name: string): Date {
  const [, year, month, day] = /_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? [];
  return new Date(Date.parse(`${year}-${month}-${day}T00:00:00Z`) + WEEK_MS);
}

async function findExisting(db: Kysely<Database>, names: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relname = any(${names}::text[]) and c.relnamespace = current_schema()::regnamespace
  `.execute(db);
  return new Set(rows.map(({ name }) => name));
}

async function listPartitions(db: Kysely<Database>): Promise<{ table: string; name: string }[]> {
  const { rows } = await sql<{ table: string; name: string }>`
    select p.relname as table, c.relname as name
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relname = any(${[...PARTITIONED]}::text[]) and p.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
    order by c.relname
  `.execute(db);
  return rows;
}

/** Made beside the table and then attached: attaching lets readers and writers go on, creating in place would not. */
async function createPartition(trx: Transaction<Database>, table: string, week: Date): Promise<void> {
  const name = toPartitionName(table, week);
  if ((await findExisting(trx, [name])).has(name)) return;
  const from = week.toISOString();
  const to = new Date(week.getTime() + WEEK_MS).toISOString();
  await sql`create table ${sql.table(name)} (like ${sql.table(table)} including all)`.execute(trx);
  await sql`
    alter table ${sql.table(table)} attach partition ${sql.table(name)}
    for values from (${sql.lit(from)}) to (${sql.lit(to)})
  `.execute(trx);
}

async function raisePrunedThrough(trx: Transaction<Database>, partition: string): Promise<void> {
  await sql`
    update sequencer set pruned_through = greatest(
      pruned_through, (select coalesce(max(seq), 0) from ${sql.table(partition)})
    )
  `.execute(trx);
}

async function inTransaction<R>(db: Kysely<Database>, run: (trx: Transaction<Database>) => Promise<R>): Promise<R> {
  if (db.isTransaction) return await run(db as Transaction<Database>);
  return await db.transaction().execute(run);
}
