import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { forEachDatabase } from '../../test/databases.ts';
import { PREPARED } from './prepared.ts';

forEachDatabase('prepared statements', ({ withStore }) => {
  const listNames = sql<{ name: string; statement: string }>`select name, statement from pg_prepared_statements`;

  it('are planned once for a connection, others not at all', () =>
    withStore(async ({ db }) => {
      await db.connection().execute(async (connection) => {
        for (const n of [1, 2, 3]) {
          const { rows } = await sql<{ twice: number }>`${PREPARED} select ${n}::integer * 2 as twice`.execute(
            connection,
          );
          assert.deepEqual(rows, [{ twice: n * 2 }]);
          await sql`select ${n}::integer`.execute(connection);
        }
        const { rows } = await listNames.execute(connection);
        assert.equal(rows.length, 1);
        assert.match(rows[0]?.statement ?? '', /as twice/);
      });
    }));

  it('are given up for when something in between loses them', () =>
    withStore(async ({ db }) => {
      await db.connection().execute(async (connection) => {
        const ask = () => sql<{ one: number }>`${PREPARED} select 1 as one`.execute(connection);
        await ask();
        await sql`deallocate all`.execute(connection);
        await assert.rejects(ask(), { code: '26000' });
        assert.deepEqual((await ask()).rows, [{ one: 1 }]);
        assert.deepEqual((await listNames.execute(connection)).rows, []);
      });
    }));
});
