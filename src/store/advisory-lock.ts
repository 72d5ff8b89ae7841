import { sql, type Transaction } from 'kysely';

/** Two numbers name an advisory lock: ours, so that we meet nobody else's, and what it guards. */
const FETTLE = 0x46_45_54_4c;
const GUARDS = { migrations: 1, partitions: 2, claims: 3 } as const;

/** Waits until no other process holds the lock, and holds it until the transaction ends. */
export async function takeAdvisoryLock<T>(trx: Transaction<T>, guards: keyof typeof GUARDS): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(FETTLE)}, ${sql.lit(GUARDS[guards])})`.execute(trx);
}
