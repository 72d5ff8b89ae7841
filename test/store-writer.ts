import { sql } from 'kysely';
import { pino } from 'pino';
import { lockDataDir } from '../src/store/data-dir-lock.ts';
import { openStore } from '../src/store/open-store.ts';

/**
 * A process to be killed: opens the embedded store in the directory it is given and commits pairs of rows, as fast as it
 * can, printing each number after its commit was acknowledged.
 */
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('The data directory is missing');
await lockDataDir(dataDir);
const store = await openStore({ dataDir, databaseUrl: null, maxConnections: 1, log: pino({ level: 'silent' }) });
await sql`create table if not exists pairs (number integer, half integer)`.execute(store.db);
const { rows } = await sql<{ next: number }>`select coalesce(max(number), 0) + 1 as next from pairs`.execute(store.db);
for (let number = rows[0]?.next ?? 1; ; number += 1) {
  await store.db.transaction().execute(async (trx) => {
    await sql`insert into pairs values (${number}, 1)`.execute(trx);
    await sql`insert into pairs values (${number}, 2)`.execute(trx);
  });
  if (number % 50 === 0) await sql`checkpoint`.execute(store.db);
  process.stdout.write(`${number}\n`);
}
