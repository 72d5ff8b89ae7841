import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfigDirectory } from '../../test/config-directory.ts';

test('a forge is read with its defaults, its secrets as a list and its address without a slash', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(
    'forges:\n  home: { kind: gitea, url: "https://git.example.org/sub/", token: t0, secret: [a1, b2, a1], accounts: bot }\n',
  );
  assert.deepEqual(config.forges, {
    home: {
      name: 'home',
      kind: 'gitea',
      url: 'https://git.example.org/sub',
      token: 't0',
      secrets: ['a1', 'b2'],
      unsigned: false,
      insecure: false,
      accounts: ['bot'],
    },
  });
});

test('older variables fill the forge of that name before the only forge of that kind', async (t) => {
  const directory = await createConfigDirectory(t);
  const environment = { GITEA_URL: 'https://git.example.org', GITEA_TOKEN: 'tok', GITEA_WEBHOOK_SECRET: 'sec' };
  const named = await directory.load('forges: { a: { kind: gitea }, gitea: { kind: forgejo } }\n', environment);
  assert.equal(named.config.forges['gitea']?.token, 'tok');
  assert.equal(named.config.forges['a']?.token, null);
  const only = await directory.load('forges: { a: { kind: gitea, secret: own }, b: { kind: github } }\n', environment);
  assert.equal(only.config.forges['a']?.token, 'tok');
  assert.deepEqual(only.config.forges['a'].secrets, ['own'], 'the file is not silent here');
  assert.deepEqual(only.sources.get('forges.a.url'), { from: 'environment', variable: 'GITEA_URL' });
});

test('older variables that could mean several forges, or none, are warned of and not used', async (t) => {
  const directory = await createConfigDirectory(t);
  const environment = { GITEA_WEBHOOK_SECRET: 'sec', GITHUB_WEBHOOK_SECRET: 'sec' };
  const { config, warnings } = await directory.load(
    'forges: { a: { kind: gitea, url: https://a.example }, b: { kind: gitea, url: https://b.example } }\n',
    environment,
  );
  assert.deepEqual(
    Object.values(config.forges).flatMap(({ secrets }) => secrets),
    [],
  );
  assert.deepEqual(
    warnings.map(({ variable }) => variable),
    ['GITEA_WEBHOOK_SECRET', 'GITHUB_WEBHOOK_SECRET'],
  );
  assert.match(warnings[0]?.message ?? '', /a, b/);
});

test('with no forges in the file the default ones take the older variables', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(undefined, {
    GITHUB_TOKEN: 'gh',
    GITHUB_WEBHOOK_SECRET: 'sec',
    GITEA_TOKEN: '',
  });
  assert.equal(config.forges['github']?.token, 'gh');
  assert.deepEqual(config.forges['github'].secrets, ['sec']);
  assert.equal(config.forges['gitea']?.token, null);
});

test('variables of one forge override the file and can make a forge', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config, warnings } = await directory.load('forges: { my-home: { kind: github, token: file } }\n', {
    FETTLE_FORGES_MY_HOME_TOKEN: 'env',
    FETTLE_FORGES_MY_HOME_ACCOUNTS: 'one, two',
    FETTLE_FORGES_THE_VAULT_KIND: 'onedev',
    FETTLE_FORGES_THE_VAULT_URL: 'https://one.example.org',
    FETTLE_FORGES_THE_VAULT_INSECURE: 'yes',
    FETTLE_FORGES_THE_VAULT_COLOUR: 'red',
  });
  assert.equal(config.forges['my-home']?.token, 'env');
  assert.deepEqual(config.forges['my-home'].accounts, ['one', 'two']);
  assert.equal(config.forges['the-vault']?.kind, 'onedev');
  assert.equal(config.forges['the-vault'].insecure, true);
  assert.deepEqual(
    warnings.map(({ variable }) => variable),
    ['FETTLE_FORGES_THE_VAULT_INSECURE', 'FETTLE_FORGES_THE_VAULT_COLOUR'],
  );
});

test('a variable that names a kind replaces the default forges', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(undefined, { FETTLE_FORGES_HUB_KIND: 'github' });
  assert.deepEqual(Object.keys(config.forges), ['hub']);
});

const REFUSED = [
  { forge: 'health: { kind: gitea }', path: 'forges.health', says: /reserved/ },
  { forge: 'Home: { kind: gitea }', path: 'forges.Home', says: /name is not allowed/ },
  { forge: 'a: { url: https://x.example }', path: 'forges.a.kind', says: /missing/ },
  { forge: 'a: { kind: gitea, token: tok }', path: 'forges.a.token', says: /forges\.a\.url or FETTLE_FORGES_A_URL/ },
  { forge: 'a: { kind: github, unsigned: true, secret: s }', path: 'forges.a.unsigned', says: /cannot be unsigned/ },
  { forge: 'a: { kind: github, url: "https://u:pw@x.example" }', path: 'forges.a.url', says: /not shown/ },
  { forge: 'a: { kind: github, url: "ftp://x.example" }', path: 'forges.a.url', says: /ftp/ },
  { forge: 'a: { kind: github, token: 12345 }', path: 'forges.a.token', says: /put it in quotes/ },
  { forge: 'a: { kind: github, token: }', path: 'forges.a.token', says: /nothing/ },
  { forge: 'a: { kind: github, secret: [] , tokn: x }', path: 'forges.a.tokn', says: /did you mean token/ },
];

for (const { forge, path, says } of REFUSED) {
  test(`the forge ${forge} is refused at ${path}`, async (t) => {
    const directory = await createConfigDirectory(t);
    const problems = await directory.refuse(`forges:\n  ${forge}\n`);
    const problem = problems.find((one) => one.path === path);
    assert.match(problem?.message ?? '', says);
    assert.equal(problem?.line, 2);
  });
}

test('a forge that is unsigned, insecure or without an address is accepted with a warning', async (t) => {
  const directory = await createConfigDirectory(t);
  const { warnings } = await directory.load(
    'forges:\n  a: { kind: gitea, unsigned: true }\n  b: { kind: github, insecure: true }\n  c: { kind: gitlab, insecure: true }\n',
  );
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ['forges.a', 'forges.a.unsigned', 'forges.b.insecure', 'forges.c.insecure'],
  );
});
