import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import type { Logger } from 'pino';
import { CommitListener } from './commit-listener.ts';
import { createPool } from './create-pool.ts';
import { createLimitedPool } from './limited-pool.ts';
import { PARSE_TYPES } from './parse-types.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

const CONNECTION_LIMIT_MS = 10_000;
/** How much longer than the server we wait for a statement: past that, the network is the cause. */
const NETWORK_GRACE_MS = 5_000;
const IDLE_IN_TRANSACTION_LIMIT_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;

export interface PostgresStoreOptions {
  readonly databaseUrl: string;
  readonly maxConnections: number;
  readonly log: Logger;
  readonly statementLimitMs: number;
}

/** Opens a PostgreSQL store. Nothing is connected yet, so a database that is down does not keep the hub from starting. */
export function openPostgres({ databaseUrl, maxConnections, log, statementLimitMs }: PostgresStoreOptions): Store {
  let reachable = false;
  const onReachable = (answered: boolean) => (reachable = answered);
  const config: pg.ClientConfig = {
    connectionString: databaseUrl,
    application_name: 'fettle',
    connectionTimeoutMillis: CONNECTION_LIMIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    statement_timeout: statementLimitMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_LIMIT_MS,
    types: PARSE_TYPES,
  };
  const pool = createPool({ ...config, max: maxConnections }, log, () => (reachable = false));
  const listener = new CommitListener({ config, log, onReachable });
  const onOverLimit = (client: pg.PoolClient, reason: string) => {
    client.connection.stream.destroy(Object.assign(new Error(reason), { code: 'ETIMEDOUT' }));
  };
  const toDatabase = (limitMs: number | null, prepare?: string) =>
    new Kysely<Database>({
      dialect: new PostgresDialect({
        pool: createLimitedPool({
          pool,
          statementLimitMs: limitMs,
          onReachable,
          onOverLimit,
          ...(prepare === undefined ? {} : { prepare }),
        }),
      }),
    });
  const db = toDatabase(statementLimitMs + NETWORK_GRACE_MS);
  const unlimitedDb = toDatabase(null, 'set statement_timeout = 0');

  return {
    kind: 'postgres',
    db,
    unlimitedDb,
    isReachable: () => reachable,
    onCommit: (callback) => listener.subscribe(callback),
    sizeBytes: async () => {
      const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db);
      return rows[0]?.bytes ?? 0;
    },
    close: async () => {
      await listener.close();
      await pool.end();
    },
  };
}
