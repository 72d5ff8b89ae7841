import { writeFileSync } from 'node:fs';
import pg from 'pg';

/**
 * Loaded into a hub before anything else (`--import`): counts every statement that it sends to its database, `begin` and `commit`
 * included, and writes the count to the file in BENCH_STATEMENTS when it gets SIGUSR2.
 */
let statements = 0;
const client = pg.Client.prototype as unknown as { query: (this: pg.Client, ...args: unknown[]) => unknown };
const { query } = client;
client.query = function countedQuery(...args) {
  statements += 1;
  return query.apply(this, args);
};

process.on('SIGUSR2', () => writeFileSync(process.env['BENCH_STATEMENTS'] ?? '', String(statements)));
