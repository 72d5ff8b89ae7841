import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDatabaseContext } from '../../test/databases.ts';
import { transact } from './transact.ts';

describe('transact', () => {
  const { withStore } = createDatabaseContext('embedded');
  const conflict = () => Object.assign(new Error('deadlock detected'), { code: '40P01' });

  it('runs a transaction again after a conflict, undone in between, and tells one that stays', () =>
    withStore(async ({ db }) => {
      let attempts = 0;
      const row = { rule: 'r', scope: 's', paused_at: new Date(0), reason: 'x' };
      const insert = await transact(db, async (trx) => {
        attempts += 1;
        await trx.insertInto('rule_pauses').values(row).execute();
        if (attempts < 3) throw conflict();
        return 'done';
      });
      assert.equal(insert, 'done');
      assert.equal(attempts, 3);
      assert.equal((await db.selectFrom('rule_pauses').select('rule').execute()).length, 1);
      await assert.rejects(
        transact(db, () => Promise.reject(conflict())),
        /deadlock/,
      );
    }));

  it('does not repeat any other failure', () =>
    withStore(async ({ db }) => {
      let attempts = 0;
      const fail = () => {
        attempts += 1;
        return Promise.reject(new Error('a fault'));
      };
      await assert.rejects(transact(db, fail), /a fault/);
      assert.equal(attempts, 1);
    }));
});
