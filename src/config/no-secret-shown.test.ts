import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createConfigDirectory } from '../../test/config-directory.ts';
import { toRedactedConfig, toSummaryLines } from './describe-config.ts';
import type { LoadedConfig } from './load-config.ts';
import { ConfigError, toProblemLine } from './problem.ts';

/** Random, and long enough to occur nowhere by chance; with the characters that YAML, JSON and references treat specially. */
const Secret = fc
  .tuple(
    fc.stringMatching(/^[A-Za-z0-9]{10}$/),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.stringMatching(/^[A-Za-z0-9]{10}$/),
  )
  .map(([head, middle, tail]) => `zq${head}${middle.replaceAll('\0', '')}${tail}`);

/** A secret written without quotes, which YAML may read as something else. */
const BareSecret = fc
  .tuple(
    fc.constantFrom('', '*', '&', '!', '@', '%', '`', '|', '>', '"', "'", '[', '{', '- '),
    fc.stringMatching(/^[A-Za-z0-9]{12}$/),
    fc.constantFrom('', ': x', ', y', ' #', '"', "'", ']', '}', ':', '${', '${env:X}'),
  )
  .map(([before, secret, after]) => ({ secret: `zq${secret}`, written: `${before}zq${secret}${after}` }));

/** Where secrets stand, and mistakes around them: wrong level, wrong key, wrong list, wrong neighbours. */
const PLACES: readonly ((written: string) => string)[] = [
  (secret) => `adminToken: ${secret}\n`,
  (secret) => `adminToken: { value: ${secret} }\n`,
  (secret) => `adminTokn: ${secret}\n`,
  (secret) => `database: { url: ${secret} }\n`,
  (secret) => `database: ${secret}\n`,
  (secret) => `forges:\n  a: { kind: gitea, token: ${secret} }\n`,
  (secret) => `forges:\n  a:\n    kind: gitea\n    token: ${secret}\n    url: ${secret}\n`,
  (secret) => `forges:\n  a:\n    kind: ${secret}\n    token: ${secret}\n`,
  (secret) => `forges:\n  a:\n    kind: github\n    secret: [${secret}, 5]\n`,
  (secret) =>
    `forges:\n  a:\n    kind: github\n    secret:\n      - ${secret}\n      - { x: ${secret} }\n    unsigned: true\n`,
  (secret) => `forges:\n  a:\n    kind: github\n    tokens: ${secret}\n`,
  (secret) => `forges:\n  a:\n    kind: github\n    token:\n      ${secret}\n     b: c\n`,
  (secret) => `forges:\n  a: ${secret}\n`,
  (secret) => `forges:\n  a: [${secret}]\n`,
  (secret) => `forges: ${secret}\n`,
  (secret) =>
    `forges:\n  a:\n    kind: github\n    token: ${secret}\nhttp:\n  port: ${secret}\nrules:\n  - name: ${secret}\n    on: ${secret}\n`,
];

async function describe(loading: Promise<LoadedConfig>): Promise<string> {
  try {
    const loaded = await loading;
    const lines = [...toSummaryLines(loaded), ...loaded.warnings.map(toProblemLine)];
    return [...lines, JSON.stringify(toRedactedConfig(loaded))].join('\n');
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return [error.message, error.stack, JSON.stringify(error.problems), JSON.stringify(error)].join('\n');
  }
}

function assertHidden(output: string, secret: string): void {
  for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) {
    assert.ok(!output.includes(form), 'the secret is shown');
  }
}

test('no secret that is quoted in the file occurs in errors, summary or redacted configuration', async (t) => {
  const directory = await createConfigDirectory(t);
  await fc.assert(
    fc.asyncProperty(Secret, fc.constantFrom(...PLACES), async (secret, place) => {
      assertHidden(await describe(directory.load(place(JSON.stringify(secret)))), secret);
    }),
    { numRuns: 300 },
  );
});

test('no secret that stands bare in the file occurs in errors, summary or redacted configuration', async (t) => {
  const directory = await createConfigDirectory(t);
  await fc.assert(
    fc.asyncProperty(BareSecret, fc.constantFrom(...PLACES), async ({ secret, written }, place) => {
      assertHidden(await describe(directory.load(place(written))), secret);
    }),
    { numRuns: 400 },
  );
});

const VARIABLES = [
  'FETTLE_ADMIN_TOKEN',
  'DATABASE_URL',
  'GITEA_TOKEN',
  'GITEA_WEBHOOK_SECRET',
  'GITHUB_TOKEN',
  'GITHUB_WEBHOOK_SECRET',
  'FETTLE_FORGES_HOME_TOKEN',
  'FETTLE_FORGES_HOME_SECRET',
  'FETTLE_FORGES_HOME_TOKN',
  'FETTLE_ADMIN_TOKN',
  'REFERRED',
];

test('no secret from the environment occurs in errors, summary or redacted configuration', async (t) => {
  const directory = await createConfigDirectory(t);
  const file =
    'forges:\n  home: { kind: gitea, url: "${env:REFERRED}", token: "x${env:REFERRED}" }\n  b: { kind: github }\n';
  await fc.assert(
    fc.asyncProperty(Secret, fc.subarray(VARIABLES), fc.boolean(), async (secret, names, hasFile) => {
      const environment = Object.fromEntries(names.map((name) => [name, secret]));
      assertHidden(await describe(directory.load(hasFile ? file : '', environment)), secret);
    }),
    { numRuns: 300 },
  );
});

test('any bytes as a file give a configuration or a ConfigError, never another error', async (t) => {
  const directory = await createConfigDirectory(t);
  const words = [
    'forges',
    ':',
    ' ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    'a',
    'kind',
    'null',
    '1',
    '&a',
    '*a',
    '<<',
    '!!set',
    '? ',
    '|',
    '${',
    '#',
    ',',
  ];
  const Text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(Text, async (text) => {
      assert.equal(typeof (await describe(directory.load(text))), 'string');
    }),
    { numRuns: 400 },
  );
});
