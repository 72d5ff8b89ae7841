import { pino } from 'pino';
import type { Config } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import { readSchemaState } from '../../store/migrate.ts';
import { openStore } from '../../store/open-store.ts';
import { fail, type Finding, ok, toReason } from './finding.ts';

/** The database while no hub runs. The embedded one is not opened: that would take the data directory's lock and may migrate. */
export async function checkDatabase({ dataDir, database }: Config): Promise<Finding> {
  if (database.url === null) return ok('database', 'embedded; the hub opens it when it starts');
  const store = await openStore({
    dataDir,
    databaseUrl: database.url,
    maxConnections: 2,
    log: pino({ level: 'silent' }),
  });
  try {
    const { serverVersion, pending } = await readSchemaState(store);
    const schema = pending === 0 ? 'the schema is up to date' : `${pending} migrations run at the next start`;
    return ok('database', `PostgreSQL ${serverVersion}, ${schema}`);
  } catch (error) {
    const advice =
      error instanceof FettleError
        ? 'See docs/errors.md.'
        : 'Check that the server runs and that database.url (DATABASE_URL) is right. Deliveries are accepted meanwhile.';
    return fail('database', `PostgreSQL: ${toReason(error)}`, advice);
  } finally {
    await store.close();
  }
}
