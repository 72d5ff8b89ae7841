import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfigDirectory } from '../../test/config-directory.ts';
import { toForgeSettingRows, toOptionRows, toRedactedConfig, toSummaryLines } from './describe-config.ts';
import { ensureGeneratedSecrets, fillGeneratedSecrets } from './generated-secrets.ts';
import { OPTION_LIST } from './options.ts';

test('the summary tells what is not a default, and of secrets only where they come from', async (t) => {
  const directory = await createConfigDirectory(t);
  const loaded = await directory.load(
    'http: { port: 81 }\nstream: { heartbeat: 10s }\nlog: { maxSize: 1MB }\nforges:\n  a: { kind: github, token: tok }\n  b: { kind: gogs, url: https://b.example, unsigned: true, insecure: true }\nrecipes: [event-bridge]\nrules: [{ name: one, on: push, do: { trigger: x } }]\n',
    { GITHUB_WEBHOOK_SECRET: 'sec', DATABASE_URL: 'postgres://u:p@h/d', FETTLE_NETWORK_ALLOW_PRIVATE: '10.0.0.1,::1' },
  );
  assert.deepEqual(toSummaryLines(loaded), [
    `configuration: ${directory.file}`,
    'http.port: 81 (from fettle.yaml:1)',
    'log.maxSize: 1000000 bytes (from fettle.yaml:3)',
    'database.url: set (from DATABASE_URL)',
    'stream.heartbeat: 10000 ms (from fettle.yaml:2)',
    'network.allowPrivate: 10.0.0.1, ::1 (from FETTLE_NETWORK_ALLOW_PRIVATE)',
    'forge a: github, no url, token set (from fettle.yaml:5), secret set (from GITHUB_WEBHOOK_SECRET)',
    'forge b: gogs, https://b.example, token not set, UNSIGNED, deliveries are not verified, insecure',
    'recipes: event-bridge',
    'rules: one',
  ]);
});

test('the summary of a hub without configuration is short and names what was generated', async (t) => {
  const directory = await createConfigDirectory(t);
  const loaded = await directory.load();
  const generated = await ensureGeneratedSecrets(directory.path, ['gitea', 'github']);
  assert.deepEqual(toSummaryLines(fillGeneratedSecrets(loaded, generated)), [
    'configuration: no file, environment and defaults only',
    'adminToken: generated',
    'forge gitea: gitea, no url, token not set, secret generated',
    'forge github: github, no url, token not set, secret generated',
    'recipes: none',
    'rules: none',
  ]);
});

test('the redacted configuration has every option and the source of each value', async (t) => {
  const directory = await createConfigDirectory(t);
  const loaded = await directory.load('forges: { a: { kind: github, secret: [one-1, two-2] } }\n', { PORT: '81' });
  const redacted = toRedactedConfig(loaded) as {
    config: { http: unknown; adminToken: unknown; forges: Record<string, unknown> };
    sources: Record<string, string>;
  };
  assert.deepEqual(redacted.config.http, loaded.config.http);
  assert.equal(redacted.config.adminToken, 'not set');
  assert.deepEqual(redacted.config.forges['a'], {
    kind: 'github',
    url: null,
    unsigned: false,
    insecure: false,
    accounts: [],
    token: 'not set',
    secret: 'set (from fettle.yaml:1)',
    activeSecrets: 2,
  });
  assert.equal(redacted.sources['http.port'], 'from PORT');
  for (const { path } of OPTION_LIST) assert.ok(path in redacted.sources, path);
});

test('every option and forge setting is described for help and documentation', () => {
  const rows = toOptionRows();
  assert.equal(rows.length, OPTION_LIST.length);
  assert.deepEqual(
    rows.find(({ path }) => path === 'http.trustedProxies'),
    {
      path: 'http.trustedProxies',
      summary: 'Addresses or networks of reverse proxies whose X-Forwarded-* headers are believed.',
      allowed: 'an IP address or a network such as 10.0.0.0/8, or a list of these',
      default: '[]',
      variables: ['FETTLE_HTTP_TRUSTED_PROXIES'],
      secret: false,
      reload: 'restart',
    },
  );
  for (const { setting, summary } of toForgeSettingRows()) assert.notEqual(summary, '', setting);
  const variables = rows.flatMap((row) => row.variables);
  assert.equal(new Set(variables).size, variables.length, 'no variable means two options');
});
