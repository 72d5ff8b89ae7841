import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { shareStore } from '../../test/shared-store.ts';
import {
  claimHookPlace,
  countHookStates,
  deleteHook,
  findHook,
  type InstalledHook,
  listHooks,
  putHook,
  releaseHookPlace,
  setHookState,
  takeDueHooks,
} from './hooks.ts';

const APP: InstalledHook = {
  forge: 'home',
  level: 'repository',
  place: 'dataforge/app',
  hookId: '12',
  url: 'https://hub.example.org/webhook/home',
  asked: ['push', 'status'],
  taken: ['push'],
  secret: Buffer.from([1, 2, 3]),
};
const at = (minute: number) => new Date(Date.UTC(2026, 2, 14, 9, minute));
const A = '019a0000-0000-7000-8000-00000000000a';
const B = '019a0000-0000-7000-8000-00000000000b';

forEachDatabase('installed hooks', (context) => {
  const store = shareStore(context);

  it('keeps what was installed, since when it is in its state, and who installed it first', async () => {
    const { db } = store();
    await putHook(db, APP, 'ada', at(0));
    await setHookState(db, APP, { state: 'missing', detail: 'Gone.' }, at(1));
    await setHookState(db, APP, { state: 'missing', detail: 'Still gone.' }, at(2));
    const missing = await findHook(db, APP);
    assert.deepEqual(missing, {
      ...APP,
      installedAt: at(0),
      installedBy: 'ada',
      state: 'missing',
      detail: 'Still gone.',
      since: at(1),
      checkedAt: at(2),
    });
    await putHook(db, { ...APP, hookId: '13', taken: ['push', 'status'] }, 'the watch', at(3));
    assert.deepEqual(await listHooks(db, 'home'), [
      {
        ...APP,
        hookId: '13',
        taken: ['push', 'status'],
        installedAt: at(0),
        installedBy: 'ada',
        state: 'ok',
        detail: '',
        since: at(3),
        checkedAt: at(3),
      },
    ]);
    assert.deepEqual(await listHooks(db, 'elsewhere'), []);
    await putHook(db, { ...APP, level: 'organisation', place: 'dataforge' }, 'ada', at(0));
    await setHookState(
      db,
      { ...APP, level: 'organisation', place: 'dataforge' },
      { state: 'silent', detail: 'x' },
      at(3),
    );
    assert.deepEqual(await countHookStates(db), [
      { forge: 'home', state: 'ok', count: 1 },
      { forge: 'home', state: 'silent', count: 1 },
    ]);
    await deleteHook(db, APP);
    assert.equal(await findHook(db, APP), undefined);
    await setHookState(db, APP, { state: 'ok', detail: '' }, at(4));
    assert.equal((await listHooks(db)).length, 1, 'a late finding does not bring it back');
    await deleteHook(db, { ...APP, level: 'organisation', place: 'dataforge' });
  });

  it('gives each due hook to one of those who ask', async () => {
    const { db } = store();
    for (const name of ['a', 'b', 'c']) await putHook(db, { ...APP, place: `due/${name}` }, 'ada', at(0));
    await putHook(db, { ...APP, place: 'due/fresh' }, 'ada', at(30));
    await putHook(db, { ...APP, forge: 'gone', place: 'due/a' }, 'ada', at(0));
    const take = (limit: number) => takeDueHooks(db, { forges: ['home'], before: at(10), now: at(40), limit });
    const taken = [...(await take(2)), ...(await take(2)), ...(await take(2))];
    assert.deepEqual(taken.map(({ place }) => place).toSorted(), ['due/a', 'due/b', 'due/c']);
    assert.deepEqual(await takeDueHooks(db, { forges: [], before: at(10), now: at(40), limit: 9 }), []);
    for (const hook of await listHooks(db)) await deleteHook(db, hook);
  });

  it('lets one work on a place at a time, and another when that one died', async () => {
    const { db } = store();
    const claim = (holder: string, minute: number) =>
      claimHookPlace(db, APP, { holder, now: at(minute), until: at(minute + 2) });
    assert.equal(await claim(A, 0), true);
    assert.equal(await claim(B, 0), false);
    await releaseHookPlace(db, APP, B);
    assert.equal(await claim(B, 1), false, 'only the holder gives it back');
    assert.equal(await claim(B, 3), true, 'the claim of a dead holder ends');
    await releaseHookPlace(db, APP, A);
    assert.equal(await claim(A, 4), false);
    await releaseHookPlace(db, APP, B);
    assert.equal(await claim(A, 4), true);
  });
});
