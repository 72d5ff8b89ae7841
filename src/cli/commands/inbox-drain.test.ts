import assert from 'node:assert/strict';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCommandLine } from '../../../test/command-line.ts';
import type { Entry } from '../../ingest/inbox/entry.ts';
import { openInbox } from '../../ingest/inbox/inbox.ts';
import { createSpace } from '../../ingest/inbox/space.ts';
import { lockDataDir } from '../../store/data-dir-lock.ts';

const CONFIG = 'recipes: [event-bridge]\nforges:\n  home: { kind: gitea, secret: the-secret-of-both }\n';

test('inbox drain takes what an orphan holds into the database, once, with rules, and leaves it empty', async (t) => {
  const gone = await createCommandLine(CONFIG);
  t.after(() => gone.close());
  // A hub whose database never answers: what it accepts stays in its inbox.
  gone.environment['DATABASE_URL'] = 'postgres://nobody@127.0.0.1:1/none';
  const hub = await gone.startWithoutDatabase();
  for (const name of ['issues.labeled', 'push.commits']) {
    const { code, out } = await gone.run('send', 'home', name, '--url', hub.url);
    assert.equal(code, 0, out);
  }
  await gone.stop();
  const orphan = join(gone.directory, 'orphan');
  await cp(join(gone.directory, 'data'), orphan, { recursive: true });

  const next = await createCommandLine(CONFIG);
  t.after(() => next.close());
  const drained = await next.run('inbox', 'drain', '--dir', orphan);
  assert.deepEqual([drained.code, drained.out], [0, 'Took 2 deliveries into the database.\n'], drained.err);
  const again = await next.run('inbox', 'drain', '--dir', orphan, '--json');
  assert.deepEqual(again.json(), { directory: orphan, drained: 0 });
  assert.equal(
    (await next.run('inbox', 'drain', '--dir', join(gone.directory, 'data'))).code,
    0,
    'a copy of the same inbox',
  );

  await next.start();
  const types = (await next.run('export')).out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.equal(
    types.filter((type) => type === 'push').length,
    1,
    'a number that was drained before is not drained again',
  );
  assert.ok(types.includes('trigger.raised'));
  assert.ok((await readdir(orphan)).includes('inbox.mdb'));
});

test('inbox drain keeps everything while the database is away', async (t) => {
  const line = await createCommandLine(CONFIG);
  t.after(() => line.close());
  const directory = join(line.directory, 'old');
  const lock = await lockDataDir(directory);
  const inbox = await openInbox(directory, await createSpace(directory, { limitBytes: null, reserveBytes: () => 0 }));
  await inbox.append(toEntry());
  await inbox.close();
  lock.release();

  line.environment['DATABASE_URL'] = 'postgres://nobody@127.0.0.1:1/none';
  const away = await line.run('inbox', 'drain', '--dir', 'old');
  assert.equal(away.code, 1);
  assert.match(away.err, /^error store_unavailable: .*1 deliveries are still in the inbox/);
});

function toEntry(): Entry {
  const id = '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f';
  const head = {
    id,
    forge: 'home',
    kind: 'gitea',
    receivedAtMs: Date.now(),
    headers: {},
    remoteAddress: null,
  } as const;
  return { head, body: Buffer.from('{}') };
}
