import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createConfigDirectory } from '../../test/config-directory.ts';
import { FettleError } from '../core/errors.ts';
import {
  addGeneratedSecret,
  dropOldSecrets,
  ensureGeneratedSecrets,
  fillGeneratedSecrets,
  findGeneratedSecrets,
  keepOldSecretsUntil,
  toForgesWithoutSecret,
} from './generated-secrets.ts';

test('secrets are generated once, kept over restarts and added to for new forges', async (t) => {
  const { path } = await createConfigDirectory(t);
  const dataDir = join(path, 'not', 'there');
  const first = await ensureGeneratedSecrets(dataDir, ['gitea']);
  assert.match(first.adminToken, /^fettle_[\w-]{43}$/);
  assert.equal(first.webhookSecrets['gitea']?.length, 1);
  assert.match(first.webhookSecrets['gitea'][0] ?? '', /^[\w-]{43}$/);
  assert.deepEqual(await ensureGeneratedSecrets(dataDir, ['gitea']), first);
  const more = await ensureGeneratedSecrets(dataDir, ['github']);
  assert.equal(more.adminToken, first.adminToken);
  assert.deepEqual(more.webhookSecrets['gitea'], first.webhookSecrets['gitea'], 'kept although no longer asked for');
  assert.notDeepEqual(more.webhookSecrets['github'], more.webhookSecrets['gitea']);
});

test(
  'the file of secrets is readable by its owner only and nothing else is left behind',
  { skip: process.platform === 'win32' },
  async (t) => {
    const { path } = await createConfigDirectory(t);
    await ensureGeneratedSecrets(path, ['a']);
    await ensureGeneratedSecrets(path, ['b']);
    assert.deepEqual(await readdir(path), ['secrets.json']);
    assert.equal((await stat(join(path, 'secrets.json'))).mode & 0o777, 0o600);
  },
);

test('a rotation puts a new secret first and keeps the old ones until they are dropped', async (t) => {
  const { path } = await createConfigDirectory(t);
  const written = async () => JSON.parse(await readFile(join(path, 'secrets.json'), 'utf8')) as Record<string, unknown>;
  const before = await ensureGeneratedSecrets(path, ['home', 'other']);
  assert.equal((await written())['version'], 1);

  const rotated = await addGeneratedSecret(path, 'home');
  const [fresh, old] = rotated.webhookSecrets['home'] ?? [];
  assert.equal(old, before.webhookSecrets['home']?.[0]);
  assert.ok(fresh !== undefined && fresh !== old);
  assert.deepEqual(rotated.webhookSecrets['other'], before.webhookSecrets['other']);
  assert.equal((await written())['version'], 2, 'an older version would not know the list');
  assert.deepEqual(await findGeneratedSecrets(path), rotated);

  const at = '2026-03-15T09:26:53.000Z';
  assert.deepEqual((await keepOldSecretsUntil(path, 'home', at)).dropOldAt, { home: at });
  assert.deepEqual((await addGeneratedSecret(path, 'home')).dropOldAt, {}, 'another rotation starts its own time');
  const settled = await dropOldSecrets(path, 'home');
  assert.equal(settled.webhookSecrets['home']?.length, 1);
  assert.equal((await written())['version'], 1, 'readable again by an older version');
  await assert.rejects(addGeneratedSecret(path, 'nobody'), { code: 'no_secret' });
});

test('changes of the file take turns', async (t) => {
  const { path } = await createConfigDirectory(t);
  await ensureGeneratedSecrets(path, ['home']);
  await Promise.all([
    addGeneratedSecret(path, 'home'),
    ensureGeneratedSecrets(path, ['later']),
    addGeneratedSecret(path, 'home'),
  ]);
  const found = await findGeneratedSecrets(path);
  assert.equal(new Set(found?.webhookSecrets['home']).size, 3);
  assert.equal(found?.webhookSecrets['later']?.length, 1);
});

test('a damaged file of secrets is refused and left as it is', async (t) => {
  const { path } = await createConfigDirectory(t);
  for (const text of [
    '',
    '{',
    '{"version":1}',
    '{"version":3,"adminToken":"hunter2hunter2hunter2","webhookSecrets":{}}',
    '{"version":2,"adminToken":"hunter2hunter2hunter2","webhookSecrets":{"a":[]},"dropOldAt":{}}',
  ]) {
    await writeFile(join(path, 'secrets.json'), text);
    await assert.rejects(ensureGeneratedSecrets(path, ['a']), (error) => {
      return error instanceof FettleError && error.code === 'data_dir_unusable' && !error.message.includes('hunter2');
    });
    assert.equal(await readFile(join(path, 'secrets.json'), 'utf8'), text);
  }
});

test('a data directory that cannot be written is reported with its path', async (t) => {
  const directory = await createConfigDirectory(t);
  await directory.write('');
  await assert.rejects(ensureGeneratedSecrets(directory.file, ['a']), (error) => {
    return error instanceof FettleError && error.code === 'data_dir_unusable' && error.message.includes(directory.path);
  });
});

test('generated secrets fill only the forges that have none and are signed', async (t) => {
  const directory = await createConfigDirectory(t);
  const loaded = await directory.load(
    'forges: { a: { kind: github, secret: own }, b: { kind: github }, c: { kind: gogs, unsigned: true } }\n',
  );
  assert.deepEqual(toForgesWithoutSecret(loaded), ['b']);
  const generated = await ensureGeneratedSecrets(join(directory.path, 'data'), toForgesWithoutSecret(loaded));
  const { config, sources } = fillGeneratedSecrets(loaded, generated);
  assert.deepEqual(config.forges['a']?.secrets, ['own']);
  assert.deepEqual(config.forges['b']?.secrets, generated.webhookSecrets['b']);
  assert.deepEqual(config.forges['c']?.secrets, []);
  assert.equal(config.adminToken, generated.adminToken);
  assert.deepEqual(sources.get('forges.b.secret'), { from: 'generated' });
  const own = await directory.load(undefined, { FETTLE_ADMIN_TOKEN: 'a-token-of-my-own' });
  assert.equal(fillGeneratedSecrets(own, generated).config.adminToken, 'a-token-of-my-own');
});
