import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createId } from '../core/id.ts';
import { forEachDatabase } from '../../test/databases.ts';
import { shareStore } from '../../test/shared-store.ts';
import { deleteSession, findSessionByHash, insertSession, insertSignInCode, redeemSignInCode } from './sessions.ts';
import { findTokenByHash, insertToken, listTokens, markTokenUsed, revokeToken } from './tokens.ts';

const hash = (text: string) => createHash('sha256').update(text).digest();
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));

forEachDatabase('tables of access', (context) => {
  const store = shareStore(context);

  test(`a token is found by its hash with everything that was kept of it (${context.kind})`, async () => {
    const { db } = store();
    const id = createId();
    const scopes = { repos: ['dataforge/*', '!dataforge/secret'] };
    const token = {
      id,
      name: 'n',
      role: 'operator' as const,
      scopes,
      createdAt: at(0),
      createdBy: 'admin',
      expiresAt: at(9),
    };
    await insertToken(db, { ...token, hash: hash('one') });
    const { lastUsedAt, revokedAt, ...found } = (await findTokenByHash(db, hash('one'))) ?? assert.fail('not found');
    assert.deepEqual(found, token);
    assert.deepEqual([lastUsedAt, revokedAt], [null, null]);
    assert.equal(await findTokenByHash(db, hash('two')), undefined);

    await markTokenUsed(db, id, at(1));
    assert.deepEqual((await revokeToken(db, id, at(2)))?.revokedAt, at(2));
    assert.deepEqual((await revokeToken(db, id, at(3)))?.revokedAt, at(2));
    assert.deepEqual(
      (await listTokens(db)).map(({ lastUsedAt: used }) => used),
      [at(1)],
    );
    assert.equal(await revokeToken(db, createId(), at(2)), undefined);
  });

  test(`of many that redeem one code at the same time exactly one wins (${context.kind})`, async () => {
    const { db } = store();
    await insertSignInCode(db, { hash: hash('code'), role: 'admin', createdAt: at(0), expiresAt: at(15) });
    const roles = await Promise.all(Array.from({ length: 8 }, () => redeemSignInCode(db, hash('code'), at(1))));
    assert.deepEqual(
      roles.filter((role) => role !== undefined),
      ['admin'],
    );
  });

  test(`a code cannot be redeemed when its time is over (${context.kind})`, async () => {
    const { db } = store();
    await insertSignInCode(db, { hash: hash('late'), role: 'admin', createdAt: at(0), expiresAt: at(15) });
    assert.equal(await redeemSignInCode(db, hash('late'), at(15)), undefined);
    assert.equal(await redeemSignInCode(db, hash('late'), at(14)), 'admin');
  });

  test(`a session ends by signing out and by time (${context.kind})`, async () => {
    const { db } = store();
    const session = {
      name: 'browser',
      role: 'viewer' as const,
      scopes: { repos: [] },
      createdAt: at(0),
      expiresAt: at(10),
    };
    await insertSession(db, { ...session, hash: hash('a') });
    await insertSession(db, { ...session, hash: hash('b') });
    assert.equal((await findSessionByHash(db, hash('a'), at(9)))?.role, 'viewer');
    assert.equal(await findSessionByHash(db, hash('a'), at(10)), undefined);
    await deleteSession(db, hash('a'));
    assert.equal(await findSessionByHash(db, hash('a'), at(1)), undefined);
  });
});
