import pg from 'pg';
import type { Logger } from 'pino';

/** A pool whose connections may break at any time, idle or lent, without ending the process. Who had it sees the error too. */
export function createPool(config: pg.PoolConfig, log: Logger, onLost: () => void): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', (error) => {
    onLost();
    log.warn({ err: error }, 'store.connection_lost');
  });
  pool.on('connect', (client) => {
    // An idle connection has the pool's listener, a lent one has none, and an unheard error event ends the process.
    client.on('error', (error) => log.debug({ err: error }, 'store.connection_failed'));
  });
  return pool;
}
