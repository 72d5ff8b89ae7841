import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isDatabaseAbsent } from './database-errors.ts';
import { createStatementNames, type StatementNames } from './prepared.ts';

/** What a pool does with statements besides running them. */
export interface LimitedPoolOptions {
  readonly pool: pg.Pool;
  /** Time a statement may take as seen from here; null for none. */
  readonly statementLimitMs: number | null;
  /** Told after every statement and every attempt to connect whether the database answered. */
  readonly onReachable: (reachable: boolean) => void;
  /** Ends the connection of a statement over its limit; the statement must fail by it. */
  readonly onOverLimit: (client: pg.PoolClient, reason: string) => void;
  /** Run on a connection when it is lent; a connection it was run on is not lent again. */
  readonly prepare?: string;
}

const FIRST_PLAN_LIFE_MS = 1_000;
const LONGEST_PLAN_LIFE_MS = 60_000;

/**
 * The pool as Kysely uses it. A connection that failed is not queried again and not returned to the pool, so a fail-over or a
 * silent network costs each connection once.
 */
export function createLimitedPool(options: LimitedPoolOptions): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, LimitedClient>();
  const names = createStatementNames();
  return {
    options: options.pool.options,
    async connect() {
      let client: pg.PoolClient;
      try {
        client = await options.pool.connect();
      } catch (error) {
        options.onReachable(false);
        throw error;
      }
      let limited = clients.get(client);
      if (limited === undefined) {
        limited = new LimitedClient(client, options, names);
        clients.set(client, limited);
      }
      if (options.prepare !== undefined) await limited.prepare(options.prepare);
      else await limited.forgetOldPlans();
      return limited;
    },
    // The pool has a second user; whoever opened it ends it.
    async end() {},
  };
}

class LimitedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #options: LimitedPoolOptions;
  readonly #names: StatementNames;
  #lost: unknown;
  #prepared = false;
  #hasPlans = false;
  #planLifeMs = FIRST_PLAN_LIFE_MS;
  #planAnewAtMs = performance.now() + FIRST_PLAN_LIFE_MS;

  constructor(client: pg.PoolClient, options: LimitedPoolOptions, names: StatementNames) {
    this.#client = client;
    this.#options = options;
    this.#names = names;
  }

  async prepare(statement: string): Promise<void> {
    this.#prepared = true;
    await this.#queryOrRelease(statement);
  }

  /**
   * Has statements planned anew now and then: a plan made for a table of a few rows reads all of it when it has a million, and the
   * database notices only when it tidies.
   */
  async forgetOldPlans(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs < this.#planAnewAtMs) return;
    this.#planAnewAtMs = nowMs + this.#planLifeMs;
    this.#planLifeMs = Math.min(this.#planLifeMs * 2, LONGEST_PLAN_LIFE_MS);
    if (!this.#hasPlans) return;
    this.#hasPlans = false;
    await this.#queryOrRelease('deallocate all');
    // By name, the client remembers what it prepared.
    Object.assign(this.#client.connection, { parsedStatements: {} });
  }

  async #queryOrRelease(statement: string): Promise<void> {
    try {
      await this.query(statement, []);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query(cursor: never): never;
  query<R>(sql: string, parameters?: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (typeof sql !== 'string') throw new TypeError('Cursors are not supported; page by key instead');
    return this.#run<R>(sql, parameters ?? []);
  }

  async #run<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#lost !== undefined) throw this.#lost;
    const { statementLimitMs, onOverLimit, onReachable } = this.#options;
    const name = this.#names.find(sql);
    this.#hasPlans ||= name !== undefined;
    const timer =
      statementLimitMs === null
        ? undefined
        : setTimeout(
            () => onOverLimit(this.#client, `a statement took longer than ${statementLimitMs} ms`),
            statementLimitMs,
          );
    try {
      const result = await this.#client.query({ name, text: sql, values: [...parameters] });
      onReachable(true);
      return result as unknown as PostgresQueryResult<R>;
    } catch (error) {
      const absent = isDatabaseAbsent(error);
      if (absent) this.#lost = error;
      onReachable(!absent);
      if (name !== undefined) this.#names.noteError(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy === true || this.#prepared || this.#lost !== undefined);
  }
}
