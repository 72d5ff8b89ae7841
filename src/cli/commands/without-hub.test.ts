import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createCommandLine } from '../../../test/command-line.ts';
import { createConfigDirectory } from '../../../test/config-directory.ts';
import { ensureGeneratedSecrets } from '../../config/generated-secrets.ts';
import { RECIPES } from '../../rules/recipes.ts';

async function createLine(t: TestContext, config?: string) {
  const line = await createCommandLine(config);
  t.after(() => line.close());
  return line;
}

test('check says ok and counts what it read, or warns', async (t) => {
  const line = await createLine(t, 'recipes: [event-bridge]\nforges:\n  vault: { kind: onedev }\n');
  const { code, out } = await line.run('check');
  assert.equal(code, 0);
  assert.match(out, /^warning fettle\.yaml:3:10 forges\.vault: .*\nok .*fettle\.yaml: 1 forges, 0 rules, 1 recipes\n$/);
  const { ok, warnings } = (await line.run('check', '--json')).json<{ ok: boolean; warnings: { path: string }[] }>();
  assert.deepEqual([ok, warnings.map((warning) => warning.path)], [true, ['forges.vault']]);
});

test('config prints every value with its source and no secret', async (t) => {
  const line = await createLine(
    t,
    'forges:\n  home:\n    kind: gitea\n    token: hunter2-token\n    secret: hunter2-secret\n    url: https://git.example.org\n',
  );
  const { out } = await line.run('config');
  assert.match(out, /^http\.port +0 +from FETTLE_HTTP_PORT$/m);
  assert.match(out, /^forges\.home\.token +set \(from fettle\.yaml:4\)/m);
  assert.match(out, /^retentionMs +7776000000$/m);
  const asJson = await line.run('config', '--json');
  const { config, sources } = asJson.json<{ config: { forges: object }; sources: Record<string, string> }>();
  assert.deepEqual(Object.keys(config.forges), ['home']);
  assert.equal(sources['forges.home.kind'], 'from fettle.yaml:3');
  assert.doesNotMatch(out + asJson.out, /hunter2/);
});

test('config masks every secret of a full configuration', async (t) => {
  const line = await createLine(t);
  Object.assign(line.environment, {
    FETTLE_ADMIN_TOKEN: 'hunter2-hunter2-hunter2',
    DATABASE_URL: 'postgres://user:hunter2@db.example.org/fettle',
    GITHUB_TOKEN: 'hunter2-github',
    GITEA_WEBHOOK_SECRET: 'hunter2-gitea',
  });
  for (const args of [['config'], ['config', '--json'], ['forge', 'list'], ['check'], ['rules', 'list']]) {
    const { code, out, err } = await line.run(...args);
    assert.equal(code, 0);
    assert.doesNotMatch(out + err, /hunter2/, args.join(' '));
  }
});

test('forge list shows where each forge sends and what is set, before and after the first start', async (t) => {
  const line = await createLine(t);
  line.environment['PORT'] = '8123';
  delete line.environment['FETTLE_HTTP_PORT'];
  const before = await line.run('forge', 'list');
  assert.match(
    before.out,
    /^gitea +gitea +- +http:\/\/127\.0\.0\.1:8123\/webhook\/gitea +secret generated at the first start +token not set$/m,
  );
  await ensureGeneratedSecrets(join(line.directory, 'data'), ['gitea', 'github']);
  line.environment['FETTLE_PUBLIC_URL'] = 'https://hub.example.org/';
  const { forges } = (await line.run('forge', 'list', '--json')).json<{ forges: Record<string, unknown>[] }>();
  assert.deepEqual(
    forges.map(({ name, webhookUrl, secret }) => [name, webhookUrl, secret]),
    [
      ['gitea', 'https://hub.example.org/webhook/gitea', 'generated'],
      ['github', 'https://hub.example.org/webhook/github', 'generated'],
    ],
  );
});

test('forge secret prints the secrets alone: generated, configured, or a reason why there is none', async (t) => {
  const line = await createLine(
    t,
    'forges:\n  a: { kind: gitea }\n  b: { kind: gitea, secret: [new, old] }\n  c: { kind: gitea, unsigned: true }\n',
  );
  const missing = await line.run('forge', 'secret', 'a');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^error no_secret: .*first starts/);
  const { webhookSecrets } = await ensureGeneratedSecrets(join(line.directory, 'data'), ['a']);
  assert.equal((await line.run('forge', 'secret', 'a')).out, `${webhookSecrets['a']?.join('\n') ?? ''}\n`);
  assert.equal((await line.run('forge', 'secret', 'b')).out, 'new\nold\n');
  assert.deepEqual((await line.run('forge', 'secret', 'b', '--json')).json(), { name: 'b', secrets: ['new', 'old'] });
  assert.match((await line.run('forge', 'secret', 'c')).err, /unsigned/);
});

test('rules list tells the rules in force and which recipes are on', async (t) => {
  const rule = 'rules:\n  - { name: mine, on: push, if: forced == true, do: { trigger: alarm } }\n';
  const line = await createLine(t, `recipes: [event-bridge]\n${rule}`);
  const { out } = await line.run('rules', 'list');
  assert.match(out, /^ {2}mine +on push +raises alarm +if forced == true$/m);
  assert.match(out, /^ {2}event-bridge\/lead-review /m);
  assert.match(out, /^ {2}event-bridge +on /m);
  const { rules } = (await line.run('rules', 'list', '--json')).json<{ rules: { name: string }[] }>();
  assert.equal(rules.length, 5);
  const none = await createLine(t);
  assert.match((await none.run('rules', 'list')).out, /^No rules are in force\.$/m);
});

for (const recipe of RECIPES) {
  test(`rules show ${recipe.name} is YAML that loads and means the recipe`, async (t) => {
    const line = await createLine(t);
    const { out } = await line.run('rules', 'show', recipe.name);
    const rules = recipe.toRules(recipe.placeholders);
    const loaded = await (await createConfigDirectory(t)).load(out);
    assert.deepEqual(loaded.config.rules, rules);
    const shown = (await line.run('rules', 'show', recipe.name, '--json')).json<{ rules: unknown[] }>();
    assert.equal(shown.rules.length, rules.length);
  });
}

test('send --list shows the samples of a kind without a running hub', async (t) => {
  const line = await createLine(t);
  assert.match((await line.run('send', 'github', '--list')).out, /^issues\.labeled +event issues$/m);
  const { samples } = (await line.run('send', 'github', '--list', '--json')).json<{ samples: { name: string }[] }>();
  assert.ok(samples.some(({ name }) => name === 'push.branch'));
});

test('a command that needs the admin token exits with 4 where none is known', async (t) => {
  const line = await createLine(t);
  const { code, err } = await line.run('token', 'list', '--url', 'http://127.0.0.1:1');
  assert.equal(code, 4);
  assert.match(err, /^error unauthenticated: .*FETTLE_ADMIN_TOKEN.*secrets\.json/);
});

test('a configuration named by --config is read from there', async (t) => {
  const line = await createLine(t);
  await writeFile(join(line.directory, 'other.yaml'), 'forges:\n  elsewhere: { kind: gogs }\n');
  const { out } = await line.run('forge', 'list', '--config', 'other.yaml');
  assert.match(out, /^elsewhere +gogs/);
  const missing = await line.run('check', '--config', 'missing.yaml');
  assert.equal(missing.code, 2);
  assert.match(missing.err, /^error config_unreadable: .*missing\.yaml/);
});
