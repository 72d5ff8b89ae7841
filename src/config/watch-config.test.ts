import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConfigDirectory, createConfigDirectory } from '../../test/config-directory.ts';
import type { ConfigChanges } from './config-changes.ts';
import type { LoadedConfig } from './load-config.ts';
import type { ConfigProblem } from './problem.ts';
import { watchConfig } from './watch-config.ts';

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

async function startWatch(t: TestContext, directory: ConfigDirectory, apply?: (loaded: LoadedConfig) => void) {
  const changes: ConfigChanges[] = [];
  const refusals: (readonly ConfigProblem[])[] = [];
  const watch = await watchConfig({
    file: directory.file,
    loaded: await directory.load(),
    load: () => directory.load(),
    onChange: (loaded, change) => {
      apply?.(loaded);
      changes.push(change);
    },
    onRefused: (problems) => refusals.push(problems),
    debounceMs: 20,
    pollMs: 50,
  });
  t.after(() => watch.close());
  return { watch, changes, refusals };
}

test('a change of the file is told with what changed and what needs a restart', { timeout: 20_000 }, async (t) => {
  const directory = await createConfigDirectory(t);
  await directory.write('http: { port: 1 }\nforges: { a: { kind: github, token: one } }\n');
  const { watch, changes } = await startWatch(t, directory);
  await directory.write('http: { port: 2 }\nstream: { heartbeat: 10s }\nforges: { a: { kind: github, token: two } }\n');
  await waitFor(() => changes.length === 1);
  assert.deepEqual(changes[0], {
    changed: ['http.port', 'stream.heartbeat', 'forges.a'],
    needRestart: ['http.port'],
  });
  await waitFor(() => watch.current().loaded.config.http.port === 2);
  assert.equal(watch.current().status, 'ok');
});

test(
  'a broken file is refused and the old configuration stays until the file is mended',
  { timeout: 20_000 },
  async (t) => {
    const directory = await createConfigDirectory(t);
    await directory.write('http: { port: 1 }\n');
    const { watch, changes, refusals } = await startWatch(t, directory);
    await directory.write('http: { port: nine }\n');
    await waitFor(() => refusals.length === 1);
    const refused = watch.current();
    assert.equal(refused.loaded.config.http.port, 1);
    assert.ok(refused.status === 'refused');
    assert.equal(refused.problems[0]?.line, 1);
    await directory.write('http: { port: ten }\n');
    await waitFor(() => refusals.length === 2);
    assert.deepEqual(watch.current().since, refused.since, 'it has been broken since the first time');
    await directory.write('http: { port: 1 }\n');
    await waitFor(() => watch.current().status === 'ok');
    assert.deepEqual(changes, [], 'the content is what it was');
  },
);

test('an editor that puts a new file in place of the old one is noticed', { timeout: 20_000 }, async (t) => {
  const directory = await createConfigDirectory(t);
  await directory.write('retention: 1d\n');
  const { changes } = await startWatch(t, directory);
  for (const [i, days] of [2, 3].entries()) {
    await writeFile(join(directory.path, 'draft'), `retention: ${days}d\n`);
    await rename(join(directory.path, 'draft'), directory.file);
    await waitFor(() => changes.length === i + 1);
  }
  assert.deepEqual(
    changes.map(({ changed }) => changed),
    [['retention'], ['retention']],
  );
});

test(
  'a swap of linked directories, as Kubernetes does it, is noticed',
  { timeout: 20_000, skip: process.platform === 'win32' },
  async (t) => {
    const directory = await createConfigDirectory(t);
    for (const version of ['v1', 'v2']) {
      await mkdir(join(directory.path, version));
      await writeFile(
        join(directory.path, version, 'fettle.yaml'),
        `log: { level: ${version === 'v1' ? 'info' : 'debug'} }\n`,
      );
    }
    await symlink('v1', join(directory.path, '..data'));
    await symlink(join('..data', 'fettle.yaml'), directory.file);
    const { changes, watch } = await startWatch(t, directory);
    await symlink('v2', join(directory.path, '..data_tmp'));
    await rename(join(directory.path, '..data_tmp'), join(directory.path, '..data'));
    await waitFor(() => changes.length === 1);
    await waitFor(() => watch.current().loaded.config.log.level === 'debug');
    assert.deepEqual(changes[0]?.changed, ['log.level']);
  },
);

test('a file that vanishes or becomes empty is refused, not taken for the defaults', { timeout: 20_000 }, async (t) => {
  const directory = await createConfigDirectory(t);
  await directory.write('http: { port: 1 }\n');
  const { watch, refusals } = await startWatch(t, directory);
  await directory.write('');
  await waitFor(() => refusals.length === 1);
  assert.match(refusals[0]?.[0]?.message ?? '', /empty/);
  await rm(directory.file);
  await waitFor(() => refusals.length === 2);
  assert.match(refusals[1]?.[0]?.message ?? '', /not there/);
  assert.equal(watch.current().loaded.config.http.port, 1);
});

test('a file that appears later is read', { timeout: 20_000 }, async (t) => {
  const directory = await createConfigDirectory(t);
  const { changes } = await startWatch(t, directory);
  await directory.write('recipes: [event-bridge]\n');
  await waitFor(() => changes.length === 1);
  assert.deepEqual(changes[0]?.changed, ['recipes']);
});

test('a reload reads references anew although the file is the same', { timeout: 20_000 }, async (t) => {
  const directory = await createConfigDirectory(t);
  await writeFile(join(directory.path, 'secret'), 'one');
  await directory.write('forges: { a: { kind: github, secret: "${file:secret}" } }\n');
  const { watch } = await startWatch(t, directory);
  assert.deepEqual(await watch.reload(), { outcome: 'unchanged' });
  await writeFile(join(directory.path, 'secret'), 'two');
  assert.deepEqual(await watch.reload(), { outcome: 'changed', changes: { changed: ['forges.a'], needRestart: [] } });
  assert.deepEqual(watch.current().loaded.config.forges['a']?.secrets, ['two']);
  await rm(join(directory.path, 'secret'));
  const refused = await watch.reload();
  assert.equal(refused.outcome, 'refused');
});

test(
  'a configuration that cannot be put in force is refused without quoting the cause',
  { timeout: 20_000 },
  async (t) => {
    const directory = await createConfigDirectory(t);
    await directory.write('retention: 1d\n');
    const { watch } = await startWatch(t, directory, () => {
      throw new Error('hunter2');
    });
    await directory.write('retention: 2d\n');
    const outcome = await watch.reload();
    assert.equal(outcome.outcome, 'refused');
    assert.doesNotMatch(JSON.stringify(outcome), /hunter2/);
    assert.equal(watch.current().loaded.config.retentionMs, 86_400_000);
  },
);
