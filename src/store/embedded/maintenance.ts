import type pg from 'pg';
import type { Logger } from 'pino';

/** When the embedded database is tidied. PostgreSQL proper does all of it by itself; one without background processes cannot. */
export interface MaintenanceSettings {
  /** How often it is looked at whether something is due. */
  readonly tickMs: number;
  /** WAL since the last checkpoint that makes one due at once: it bounds the disk used and the time a recovery takes. */
  readonly checkpointBytes: number;
  /** Time after which a checkpoint is due when anything was written. */
  readonly checkpointMs: number;
  /** How often tables are considered for vacuuming. */
  readonly vacuumMs: number;
  /** Rows that must have changed, besides a fifth of the table, before a table is vacuumed. */
  readonly vacuumRows: number;
  /** Statements within a tick above which vacuuming waits for a quieter moment; it waits at most six times `vacuumMs`. */
  readonly busyStatements: number;
}

export const MAINTENANCE: MaintenanceSettings = {
  tickMs: 2_000,
  checkpointBytes: 128 * 2 ** 20,
  checkpointMs: 5 * 60_000,
  vacuumMs: 5 * 60_000,
  vacuumRows: 1_000,
  busyStatements: 200,
};

/** Transactions after which a table is vacuumed in any case; at two thousand million the server would refuse to write. */
const FREEZE_AGE = 150_000_000;

/** Checkpoints by WAL and time, and vacuums tables that changed, one statement at a time between the hub's own. */
export class Maintenance {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #settings: MaintenanceSettings;
  readonly #statements: () => number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #seenStatements = 0;
  #checkpointAt = Date.now();
  #checkpointLsn: number | undefined;
  #vacuumAt = Date.now();

  /** `statements` counts what the hub ran so far; it tells an idle database from a busy one. */
  constructor(options: { pool: pg.Pool; log: Logger; settings: MaintenanceSettings; statements: () => number }) {
    this.#pool = options.pool;
    this.#log = options.log;
    this.#settings = options.settings;
    this.#statements = options.statements;
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), this.#settings.tickMs);
    this.#timer.unref();
  }

  /** Stops and waits for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Does what is due now. Failures are logged and the next tick tries again. */
  async tick(): Promise<void> {
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    await this.#running;
  }

  async #work(): Promise<void> {
    const statements = this.#statements();
    const recent = statements - this.#seenStatements;
    this.#seenStatements = statements;
    try {
      if (recent > 0 || this.#checkpointLsn === undefined) await this.#checkpointIfDue();
      const sinceVacuumMs = Date.now() - this.#vacuumAt;
      const quiet = recent <= this.#settings.busyStatements || sinceVacuumMs > 6 * this.#settings.vacuumMs;
      if (sinceVacuumMs > this.#settings.vacuumMs && quiet) await this.#vacuum();
    } catch (error) {
      this.#log.warn({ err: error }, 'store.maintenance_failed');
    }
  }

  async #checkpointIfDue(): Promise<void> {
    const lsn = await this.#readLsn();
    this.#checkpointLsn ??= lsn;
    const walBytes = lsn - this.#checkpointLsn;
    const due =
      walBytes >= this.#settings.checkpointBytes ||
      (walBytes > 0 && Date.now() - this.#checkpointAt >= this.#settings.checkpointMs);
    if (!due) return;
    const startedAt = Date.now();
    await this.#pool.query('checkpoint');
    this.#checkpointLsn = await this.#readLsn();
    this.#checkpointAt = Date.now();
    this.#log.debug({ walBytes, durationMs: Date.now() - startedAt }, 'store.checkpoint');
  }

  async #readLsn(): Promise<number> {
    const { rows } = await this.#pool.query<{ bytes: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`,
    );
    return Number(rows[0]?.bytes);
  }

  async #vacuum(): Promise<void> {
    // Counts of changes reach the view only when asked for, about once a second otherwise.
    await this.#pool.query('select pg_stat_force_next_flush()');
    const { rows } = await this.#pool.query<{ name: string }>(
      `select c.oid::regclass::text as name
       from pg_class c left join pg_stat_user_tables s on s.relid = c.oid
       where c.relkind in ('r', 'm') and (
         greatest(s.n_dead_tup, s.n_mod_since_analyze, s.n_ins_since_vacuum) > $1 + s.n_live_tup / 5
         or age(c.relfrozenxid) > $2)
       order by s.n_dead_tup desc nulls last`,
      [this.#settings.vacuumRows, FREEZE_AGE],
    );
    for (const { name } of rows) {
      const startedAt = Date.now();
      await this.#pool.query(`vacuum (analyze) ${name}`);
      this.#log.debug({ table: name, durationMs: Date.now() - startedAt }, 'store.vacuum');
    }
    this.#vacuumAt = Date.now();
  }
}
