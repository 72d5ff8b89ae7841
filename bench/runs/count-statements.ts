import { writeFileSync } from 'node:fs';
import pg from 'pg';

/**
 * Loaded into a hub before anything else (`--import`): counts every statement that it sends to its database, `begin` and `commit`
 * included, and writes the count to the file in BENCH_STATEMENTS when it gets SIGUSR2.
 */
let statements = 0;
const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
pg.Client.prototype.query = function countedQuery(this: pg.Client, ...args: unknown[]) {
  statements += 1;
  return query.apply(this, args);
} as typeof pg.Client.prototype.query;

process.on('SIGUSR2', () => writeFileSync(process.env['BENCH_STATEMENTS'] ?? '', String(statements)));
