import { sql, type Transaction } from 'kysely';

/** Two numbers name an advisory lock: ours, so that we meet nobody else's, and what it guards. */
const FETTLE = 0x46_45_54_4c;
const GUARDS = { migrations: 1, partitions: 2, claims: 3, dependencies: 4 } as const;

/**
 * Waits until no other process holds the lock, and holds it until the transaction ends.
 * @param settings of the database, for the rest of the transaction; given along to save a statement.
 */
export async function takeAdvisoryLock<T>(
  trx: Transaction<T>,
  guards: keyof typeof GUARDS,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const lock = sql`pg_advisory_xact_lock(${sql.lit(FETTLE)}, ${sql.lit(GUARDS[guards])})`;
  await sql`select ${sql.join([...toSettings(settings), lock])}`.execute(trx);
}

/** Locks of names, such as those of agents, each with a number of its own before the hash of the name. */
const NAMED_GUARDS = { agents: FETTLE + 1 } as const;

/** The same for one of many that have a name. Two names may meet in one lock, which only lets one wait for the other. */
export async function takeNamedLock<T>(
  trx: Transaction<T>,
  guards: keyof typeof NAMED_GUARDS,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const lock = sql`pg_advisory_xact_lock(${sql.lit(NAMED_GUARDS[guards])}, hashtext(${name}))`;
  await sql`select ${sql.join([...toSettings(settings), lock])}`.execute(trx);
}

/** Settings of the database for the rest of a transaction. */
export async function applySettings<T>(trx: Transaction<T>, settings: Readonly<Record<string, string>>): Promise<void> {
  await sql`select ${sql.join(toSettings(settings))}`.execute(trx);
}

function toSettings(settings: Readonly<Record<string, string>>) {
  return Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
}
