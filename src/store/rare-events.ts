import { type Kysely, type RawBuilder, sql } from 'kysely';
import { createEventMatcher, createRepoMatcher, type EventFilter } from '../core/event-filter.ts';
import {
  all,
  type Condition,
  isInPrefix,
  REPO_KEY,
  toRepoPrefixes,
  toSqlConditions,
  toTypesWithVerb,
} from './event-conditions.ts';
import type { EventRange, StoredEvent } from './events.ts';
import type { Database } from './schema.ts';

/**
 * Finding what a rare filter asks for, without statistics, which the embedded database may lack.
 *
 * Each parameter with an index offers a driver: pairs of a column and the values wanted in it. Every driver is counted up to a limit, the
 * smallest one is taken, and each of its values is read in `seq` order from its own index, so that no more than values × limit rows are
 * ordered. When all reach the limit none is taken: parameters that are common but never meet would be read through to their end. A
 * repository glob becomes values by hopping through the distinct names in the index.
 */
interface Driver {
  readonly column: RawBuilder<unknown>;
  readonly values: readonly string[];
}

/** Beyond this, counting more exactly costs more than it saves. */
const COUNTED = 3_000;
/** Names hopped over, and names taken, before a repository glob counts as wide and windows of the stream are the better way. */
const MAX_NAMES = 500;
const MAX_VALUES = 150;

/**
 * The `seq` of the events that match within a range, nearest first, at most `limit`; `complete` when there are no more. Null when no index
 * serves the filter.
 */
export async function findRareEvents(
  db: Kysely<Database>,
  filter: EventFilter,
  range: EventRange,
  limit: number,
): Promise<{ seqs: number[]; complete: boolean } | null> {
  const drivers = await toDrivers(db, filter);
  if (drivers.some((driver) => driver.every((part) => part.values.length === 0))) return { seqs: [], complete: true };
  const driver = await takeSmallest(db, drivers, range);
  if (driver === null) return null;

  const conditions = toSqlConditions(filter);
  const matches = createEventMatcher(filter);
  const order = range.order === 'asc' ? sql`asc` : sql`desc`;
  const seqs: number[] = [];
  for (let { low, high } = range; ;) {
    const arms = driver.map(({ column, values }) => {
      const wanted = all([sql<boolean>`seq > ${low} and seq < ${high}`, ...conditions]);
      return sql`select arm.* from unnest(${[...values]}::text[]) as wanted (value) cross join lateral (
        select seq, forge, type, repo, actor, label, trigger, action from events
        where ${column} = wanted.value and ${wanted} order by seq ${order} limit ${limit}) as arm`;
    });
    const result = await sql<Omit<StoredEvent, 'id' | 'number' | 'json'>>`
      select distinct on (seq) * from (${sql.join(arms, sql` union all `)}) as found order by seq ${order} limit ${limit}`.execute(
      db,
    );
    for (const event of result.rows) if (seqs.length < limit && matches(event)) seqs.push(event.seq);
    const last = result.rows.at(-1);
    // First: a page that is full may have left rows of this read behind.
    if (seqs.length >= limit) return { seqs, complete: false };
    if (last === undefined || result.rows.length < limit) return { seqs, complete: true };
    if (range.order === 'asc') low = last.seq;
    else high = last.seq;
  }
}

async function toDrivers(db: Kysely<Database>, filter: EventFilter): Promise<Driver[][]> {
  const drivers: Driver[][] = [];
  if (filter.triggers.length > 0) drivers.push([{ column: sql`trigger`, values: filter.triggers }]);
  if (filter.labels.length > 0) drivers.push([{ column: sql`label`, values: filter.labels }]);
  if (filter.actors.length > 0) drivers.push([{ column: sql`actor`, values: filter.actors }]);
  if (filter.types.length > 0) drivers.push([{ column: sql`type`, values: filter.types }]);
  if (filter.forges.length > 0) drivers.push([{ column: sql`forge`, values: filter.forges }]);
  if (filter.actions.length > 0)
    drivers.push([
      { column: sql`type`, values: toTypesWithVerb(filter.actions) },
      { column: sql`action`, values: filter.actions },
    ]);
  for (const globs of [filter.repos, filter.scopes]) {
    const names = globs.length === 0 ? null : await findRepoKeys(db, globs);
    if (names !== null) drivers.push([{ column: REPO_KEY, values: names }]);
  }
  return drivers;
}

/** The repository names that globs take, in their indexed form; null when they are too many to be read one by one. */
async function findRepoKeys(db: Kysely<Database>, globs: readonly string[]): Promise<string[] | null> {
  const beginning = toRepoPrefixes(globs);
  if (beginning?.exact === true) return beginning.prefixes;
  const matches = createRepoMatcher(globs);
  const keys: string[] = [];
  let hops = 0;
  for (const prefix of beginning?.prefixes ?? ['']) {
    const inPrefix = (column: RawBuilder<string>): Condition =>
      prefix === '' ? sql<boolean>`${column} > ''` : isInPrefix(column, prefix);
    const result = await sql<{ key: string }>`
      with recursive names (key) as (
        (select ${REPO_KEY} from events where ${inPrefix(REPO_KEY)} order by ${REPO_KEY} limit 1)
        union all
        select (select ${REPO_KEY} from events where ${REPO_KEY} > names.key and ${inPrefix(REPO_KEY)} order by ${REPO_KEY} limit 1)
        from names where names.key is not null
      ) select key from names where key is not null limit ${MAX_NAMES + 1 - hops}`.execute(db);
    hops += result.rows.length;
    if (hops > MAX_NAMES) return null;
    keys.push(...result.rows.map((row) => row.key).filter(matches));
  }
  const values = [...new Set(keys)];
  return values.length > MAX_VALUES ? null : values;
}

async function takeSmallest(db: Kysely<Database>, drivers: Driver[][], range: EventRange): Promise<Driver[] | null> {
  const [first] = drivers;
  if (drivers.length < 2) return first ?? null;
  const counts = drivers.map((driver) =>
    sql.join(
      driver.map(
        ({ column, values }) => sql`(select count(*)::int from (
          select 1 from unnest(${[...values]}::text[]) as wanted (value) cross join lateral (
            select 1 from events where ${column} = wanted.value and seq > ${range.low} and seq < ${range.high} limit ${COUNTED}
          ) as arm limit ${COUNTED}) as counted)`,
      ),
      sql` + `,
    ),
  );
  const result = await sql<{ counts: number[] }>`select array[${sql.join(counts)}] as counts`.execute(db);
  const sizes = result.rows[0]?.counts ?? [];
  const size = Math.min(...sizes);
  return size < COUNTED ? (drivers[sizes.indexOf(size)] ?? null) : null;
}
