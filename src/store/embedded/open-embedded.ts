import { setFlagsFromString } from 'node:v8';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import type { Logger } from 'pino';
import { FettleError } from '../../core/errors.ts';
import { createPool } from '../create-pool.ts';
import { isLockedByThisProcess } from '../data-dir-lock.ts';
import { createLimitedPool } from '../limited-pool.ts';
import { PARSE_TYPES } from '../parse-types.ts';
import type { Database } from '../schema.ts';
import type { Store } from '../store.ts';
import { DatabaseServer } from './database-server.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { MAINTENANCE, Maintenance, type MaintenanceSettings } from './maintenance.ts';

/** Optimised code of the database engine costs half a gigabyte and gains little; both flags are needed, before it is loaded. */
const MEMORY_FLAGS = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];
/** How long a statement may wait for the one connection, behind maintenance and everybody else. */
const CONNECTION_LIMIT_MS = 60_000;

export interface EmbeddedStoreOptions {
  /** Absolute; locked by this process. */
  readonly dataDir: string;
  readonly log: Logger;
  readonly statementLimitMs: number;
  readonly maintenance?: Partial<MaintenanceSettings>;
}

/** The embedded store, with what only it has. */
export interface EmbeddedStore extends Store {
  readonly kind: 'embedded';
  /** How often the database waited for the disk. */
  fsyncs(): number;
  /** How many workers were started; more than one means that one was lost. */
  workerStarts(): number;
  /** Replaces the worker, as after a panic. */
  replaceWorker(reason: string): void;
  /** Does the maintenance that is due, without waiting for its timer. */
  maintain(): Promise<void>;
}

/** Opens the embedded database in a worker thread, creating it when there is none. */
export async function openEmbedded(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dataDir, log, statementLimitMs } = options;
  if (!isLockedByThisProcess(dataDir)) {
    throw new Error(`Lock ${dataDir} with lockDataDir() before opening its database: two openers would lose data`);
  }
  const databaseDir = await ensureCluster(dataDir);
  for (const flag of MEMORY_FLAGS) setFlagsFromString(flag);

  let reachable = false;
  let statements = 0;
  const server = new DatabaseServer({ databaseDir, log, onServing: (serving) => (reachable = serving) });
  try {
    await server.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FettleError(
      'data_dir_unusable',
      `The embedded database in ${databaseDir} does not start: ${reason}. Restore a backup, or move the directory away to begin anew.`,
      { cause: error },
    );
  }

  const poolConfig: pg.PoolConfig = {
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECTION_LIMIT_MS,
    // Explicit, so that PGHOST and its kin do not reach in.
    host: 'embedded',
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    password: '',
    ssl: false,
    application_name: 'fettle',
    types: PARSE_TYPES,
    stream: () => server.createStream(),
  };
  const pool = createPool(poolConfig, log, () => (reachable = false));
  const onReachable = (answered: boolean) => {
    statements += 1;
    reachable = answered;
  };
  const onOverLimit = (_client: pg.PoolClient, reason: string) => server.replace(reason);
  const toDatabase = (limitMs: number | null) =>
    new Kysely<Database>({
      dialect: new PostgresDialect({
        pool: createLimitedPool({ pool, statementLimitMs: limitMs, onReachable, onOverLimit }),
      }),
    });
  const db = toDatabase(statementLimitMs);
  const unlimitedDb = toDatabase(null);

  const maintenance = new Maintenance({
    pool,
    log,
    settings: { ...MAINTENANCE, ...options.maintenance },
    statements: () => statements,
  });
  maintenance.start();

  return {
    kind: 'embedded',
    db,
    unlimitedDb,
    isReachable: () => reachable,
    onCommit: () => () => undefined,
    sizeBytes: async () => {
      const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db);
      return rows[0]?.bytes ?? 0;
    },
    fsyncs: () => server.fsyncs,
    workerStarts: () => server.starts,
    replaceWorker: (reason) => server.replace(reason),
    maintain: () => maintenance.tick(),
    close: async () => {
      await maintenance.stop();
      await pool.end();
      await server.close();
    },
  };
}
