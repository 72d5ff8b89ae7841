import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { silentLog } from '../../test/databases.ts';
import { findPostgresPackage } from '../../test/postgres-binaries.ts';
import { type PostgresServer, startPostgres } from '../../test/postgres-server.ts';
import { isDatabaseAbsent } from './database-errors.ts';
import { ensureMigrated } from './migrate.ts';
import { openPostgres } from './open-postgres.ts';
import { EVENTS_CHANNEL, type Store } from './store.ts';

const skip = findPostgresPackage() === undefined && 'no PostgreSQL that may be stopped on this platform';

/** Runs until it succeeds while the database is away; other errors are thrown. */
async function untilBack<R>(run: () => Promise<R>): Promise<R> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isDatabaseAbsent(error)) throw error;
      await delay(10);
    }
  }
}

describe('the PostgreSQL store', { skip }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres({ own: true });
  });
  after(() => server.close());

  async function withPostgres<R>(run: (store: Store) => Promise<R>, statementLimitMs = 30_000): Promise<R> {
    const databaseUrl = await server.createDatabase();
    const store = openPostgres({ databaseUrl, maxConnections: 3, log: silentLog, statementLimitMs });
    try {
      return await run(store);
    } finally {
      await store.close();
    }
  }

  it('gives numbers, dates, text and objects as the embedded one does', async () => {
    await withPostgres(async (store) => {
      const { rows } = await sql`
        select 9007199254740991::int8 as big, '2024-11-18T00:00:00Z'::timestamptz as at,
          '{"a":1}'::json as text, '{"a":1}'::jsonb as object, current_setting('application_name') as name
      `.execute(store.db);
      assert.deepEqual(rows, [
        {
          big: Number.MAX_SAFE_INTEGER,
          at: new Date('2024-11-18T00:00:00Z'),
          text: '{"a":1}',
          object: { a: 1 },
          name: 'fettle',
        },
      ]);
    });
  });

  it('opens while the server is down, and works when it is up', async () => {
    await withPostgres(async (store) => {
      await server.stop();
      await assert.rejects(ensureMigrated(store), isDatabaseAbsent);
      assert.equal(store.isReachable(), false);
      await server.start();
      await untilBack(() => ensureMigrated(store));
      assert.equal(store.isReachable(), true);
    });
  });

  it('fails what is under way when the server is killed, and works again after its restart', async () => {
    await withPostgres(async (store) => {
      const transaction = store.db.transaction().execute(async (trx) => {
        await sql`select 1`.execute(trx);
        await server.stop('kill');
        await sql`select 1`.execute(trx);
      });
      await assert.rejects(transaction, isDatabaseAbsent);
      assert.equal(store.isReachable(), false);
      await server.start();
      const { rows } = await untilBack(() => sql`select 1 as one`.execute(store.db));
      assert.deepEqual(rows, [{ one: 1 }]);
      assert.equal(store.isReachable(), true);
    });
  });

  it('hears commits of others, again after the server restarted, and is told of the reconnect', async () => {
    await withPostgres(async (store) => {
      let calls = 0;
      const unsubscribe = store.onCommit(() => (calls += 1));
      const notify = () => sql`select pg_notify(${EVENTS_CHANNEL}, '')`.execute(store.db);
      const untilCalled = async (times: number) => {
        while (calls < times) await delay(5);
      };
      await untilCalled(1);
      await notify();
      await untilCalled(2);
      await server.stop('immediate');
      await server.start();
      await untilCalled(3);
      await untilBack(notify);
      await untilCalled(4);
      unsubscribe();
      await notify();
      let lateCalls = 0;
      store.onCommit(() => (lateCalls += 1));
      await notify();
      while (lateCalls < 1) await delay(5);
      assert.equal(calls, 4);
    });
  });

  it('cancels a statement over its limit, but not one without a limit', async () => {
    await withPostgres(async (store) => {
      await assert.rejects(sql`select pg_sleep(60)`.execute(store.db), { code: '57014' });
      const { rows } = await sql`select pg_sleep(0.5), current_setting('statement_timeout') as "limit"`.execute(
        store.unlimitedDb,
      );
      assert.deepEqual(rows, [{ pg_sleep: '', limit: '0' }]);
      const limited = await sql`select current_setting('statement_timeout') as "limit"`.execute(store.db);
      assert.deepEqual(limited.rows, [{ limit: '200ms' }]);
    }, 200);
  });

  it('knows its size', async () => {
    await withPostgres(async (store) => {
      assert.ok((await store.sizeBytes()) > 1_000_000);
    });
  });
});
