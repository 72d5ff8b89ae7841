import { type Kysely, sql, type Transaction } from 'kysely';
import { FettleError } from '../core/errors.ts';
import { takeAdvisoryLock } from './advisory-lock.ts';
import { type Migration, MIGRATIONS } from './migrations/index.ts';
import type { Store } from './store.ts';

const MINIMUM_SERVER_VERSION = 15;

/** The book of migrations, which is not part of the schema proper. */
type MigrationBook = {
  fettle_migrations: { number: number; name: string; minimum_reader: number };
};

/**
 * Brings the database to this code's schema; does nothing when it is there. Any number of processes may call it at once: one
 * of them migrates, in one transaction, the others wait and find it done. Call it again when the database was absent.
 *
 * @throws {FettleError} `database_unsupported` when the server is older than PostgreSQL 15, `schema_too_new` when a newer
 *   Fettle changed the database in a way that this code cannot work with.
 */
export async function ensureMigrated(store: Store, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await requireServerVersion(store.unlimitedDb as Kysely<unknown>, MINIMUM_SERVER_VERSION);
  const db = store.unlimitedDb.withTables<MigrationBook>();
  await db.transaction().execute(async (trx) => {
    await takeAdvisoryLock(trx, 'migrations');
    const applied = await readBook(trx);
    requireReadable(applied, migrations);
    for (const migration of migrations) {
      if (applied.has(migration.number)) continue;
      await migration.up(trx as unknown as Kysely<unknown>);
      await trx
        .insertInto('fettle_migrations')
        .values({ number: migration.number, name: migration.name, minimum_reader: migration.minimumReader })
        .execute();
    }
  });
}

/** How a database stands to this code, without changing it. */
export interface SchemaState {
  readonly serverVersion: string;
  /** Migrations that the next start will run. */
  readonly pending: number;
}

/** @throws {FettleError} as `ensureMigrated`, or the error of a database that is absent. */
export async function readSchemaState(store: Store): Promise<SchemaState> {
  const db = store.unlimitedDb.withTables<MigrationBook>();
  await requireServerVersion(store.unlimitedDb as Kysely<unknown>, MINIMUM_SERVER_VERSION);
  const { rows } = await sql<{ version: string; hasBook: boolean }>`
    select current_setting('server_version') as version, to_regclass('fettle_migrations') is not null as "hasBook"
  `.execute(db);
  const applied = rows[0]?.hasBook === true ? await readApplied(db) : new Map<number, number>();
  requireReadable(applied, MIGRATIONS);
  return {
    serverVersion: rows[0]?.version ?? 'of an unknown version',
    pending: MIGRATIONS.filter(({ number }) => !applied.has(number)).length,
  };
}

/** Refuses a server older than `minimum`, a major version. */
export async function requireServerVersion(db: Kysely<unknown>, minimum: number): Promise<void> {
  const { rows } = await sql<{ number: number; text: string }>`
    select current_setting('server_version_num')::integer as number, current_setting('server_version') as text
  `.execute(db);
  const version = rows[0];
  if (version !== undefined && Math.floor(version.number / 10_000) >= minimum) return;
  throw new FettleError(
    'database_unsupported',
    `The database server is PostgreSQL ${version?.text ?? 'of an unknown version'}; Fettle needs ${minimum} or later. Upgrade the server, or unset DATABASE_URL to use the embedded database.`,
  );
}

async function readBook(trx: Transaction<MigrationBook>): Promise<Map<number, number>> {
  await sql`
    create table if not exists fettle_migrations (
      number integer primary key,
      name text not null,
      minimum_reader integer not null,
      applied_at timestamptz not null default now()
    )
  `.execute(trx);
  return await readApplied(trx);
}

async function readApplied(db: Kysely<MigrationBook>): Promise<Map<number, number>> {
  const rows = await db.selectFrom('fettle_migrations').select(['number', 'minimum_reader']).execute();
  return new Map(rows.map((row) => [row.number, row.minimum_reader]));
}

function requireReadable(applied: ReadonlyMap<number, number>, migrations: readonly Migration[]): void {
  const own = migrations.at(-1)?.number ?? 0;
  const demanded = Math.max(0, ...[...applied].filter(([number]) => number > own).map(([, reader]) => reader));
  if (demanded <= own) return;
  throw new FettleError(
    'schema_too_new',
    `The database is at schema ${Math.max(...applied.keys())} and needs a Fettle that knows schema ${demanded}; this one knows ${own}. Start the newer Fettle, or restore a backup made before the upgrade.`,
  );
}
