import type { Logger } from 'pino';
import { openEmbedded } from './embedded/open-embedded.ts';
import { openPostgres } from './open-postgres.ts';
import type { Store } from './store.ts';

const STATEMENT_LIMIT_MS = 30_000;

export interface StoreOptions {
  /** Absolute. For the embedded store it must be locked by `lockDataDir`. */
  readonly dataDir: string;
  /** Of a PostgreSQL server; null for the embedded database. */
  readonly databaseUrl: string | null;
  /** Largest number of pooled connections; the embedded database has one. A listening one comes on top. */
  readonly maxConnections: number;
  readonly log: Logger;
  /** Time a statement may take; default 30 s. */
  readonly statementTimeoutMs?: number;
}

/**
 * Opens the store. With a URL it returns at once, whether or not the server is there: statements fail with an error for which
 * `isDatabaseAbsent` holds until it is. Without one it starts the embedded database, creating it when there is none.
 *
 * @throws {FettleError} `data_dir_unusable` when the embedded database can be neither opened nor created.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, databaseUrl, maxConnections, log } = options;
  const statementLimitMs = options.statementTimeoutMs ?? STATEMENT_LIMIT_MS;
  if (databaseUrl !== null) return openPostgres({ databaseUrl, maxConnections, log, statementLimitMs });
  return await openEmbedded({ dataDir, log, statementLimitMs });
}
