import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createConfigDirectory } from '../test/config-directory.ts';
import { ERRORS } from '../src/core/errors.ts';
import { EVENT_TYPE_NAMES } from '../src/core/event-types.ts';
import { Event } from '../src/core/event.ts';
import { createGeneratedFiles, findStaleFiles } from './docs.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

test('the generated pages and schemas are what npm run docs would write', async () => {
  assert.deepEqual(findStaleFiles(await createGeneratedFiles()), [], 'Run npm run docs.');
});

test('every example of the configuration page is a valid configuration', async (t) => {
  const examples = [...read('docs/configuration.md').matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '');
  assert.ok(examples.length >= 6, 'the page should have examples');
  const directory = await createConfigDirectory(t);
  const environment = { GITEA_URL: 'https://git.example.org', GITEA_TOKEN: 'a-token', SECRET: 'a-secret' };
  for (const example of examples) {
    const text = example.replaceAll(/\$\{(file|cmd):[^}]*\}/g, '${env:SECRET}');
    const { config } = await directory.load(text, environment);
    assert.equal(config.version, 1, example);
  }
});

test('the environment example of the configuration page is a valid configuration', async (t) => {
  const [, example = ''] = /```ini\n(.*?)```/s.exec(read('docs/configuration.md')) ?? [];
  const pairs = example.split('\n').flatMap((line) => (line === '' ? [] : [line.split(/=(.*)/s).slice(0, 2)]));
  const directory = await createConfigDirectory(t);
  const { config, warnings } = await directory.load(undefined, Object.fromEntries(pairs));
  assert.deepEqual(warnings, []);
  assert.deepEqual(Object.keys(config.forges), ['home']);
  assert.equal(config.recipes.length, 1);
});

test('the error page has a section for every code and the event page a row for every type and field', () => {
  for (const code of Object.keys(ERRORS)) assert.match(read('docs/errors.md'), new RegExp(`^## ${code}$`, 'm'));
  const page = read('docs/event-model.md');
  for (const name of [...EVENT_TYPE_NAMES, ...Object.keys(Event.shape)])
    assert.ok(page.includes(`| \`${name}\` `), name);
});
