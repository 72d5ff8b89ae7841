import { ensureMigrated } from '../../src/store/migrate.ts';
import { openStore } from '../../src/store/open-store.ts';
import { silentLog } from '../databases.ts';
import { startPostgres } from '../postgres-server.ts';
import { runFight } from './contention-fight.ts';

/**
 * A million claims by several processes on PostgreSQL, with the proof that no task ever had two holders. `FETTLE_CLAIMS` says another number.
 */
const claims = Number(process.env['FETTLE_CLAIMS'] ?? 1_000_000);
const server = await startPostgres();
try {
  const databaseUrl = await server.createDatabase();
  const store = await openStore({ dataDir: '/', databaseUrl, maxConnections: 3, log: silentLog });
  try {
    await ensureMigrated(store);
    const fight = { databaseUrl, processes: 4, lanes: 8, claims, tasks: 60 };
    const { seconds, ended, holds, won } = await runFight(store, fight);
    const ends = Object.entries(ended).map(([how, count]) => `${count} ${how}`);
    process.stdout.write(
      [
        `${claims} claims of ${fight.tasks} tasks by ${fight.processes} processes with ${fight.lanes} connections each, in ${seconds.toFixed(0)} s`,
        `${won} won a task, the others found that somebody else had them all`,
        `${Math.round(claims / seconds)} claims per second; ${Math.round(won / seconds)} won per second, each with its end`,
        `ended: ${ends.join(', ')}`,
        `${holds} holds written down by the workers; no task had two holders, each fence was given once`,
        '',
      ].join('\n'),
    );
  } finally {
    await store.close();
  }
} finally {
  await server.close();
}
