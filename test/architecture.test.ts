import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/**
 * Who may import whom. A folder may import itself, its own group's shared ground and everything in the groups before; siblings do not
 * import each other's insides. Tests may import anything.
 */
const GROUPS: readonly (readonly string[])[] = [
  ['core', 'version.ts'],
  ['config'],
  ['network', 'logging', 'metrics'],
  ['forges', 'store'],
  ['jobs'],
  ['tasks', 'mirrors', 'pulls'],
  ['rules', 'actions'],
  ['ingest', 'stream', 'hooks', 'mcp', 'replay', 'schedules'],
  ['http', 'cli'],
  ['hub'],
  ['hub.ts'],
  ['main.ts'],
];

/** Imports between siblings that are part of the design, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const root = join(import.meta.dirname, '..');
const sources = globSync('src/**/*.ts', { cwd: root }).filter((path) => !/\.(test|testsuite)\.ts$/.test(path));

function folderOf(path: string): string {
  return relative('src', path).split('/')[0] ?? '';
}

function rankOf(folder: string): number {
  return GROUPS.findIndex((group) => group.includes(folder));
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const found = text.matchAll(/(?:from|import\()\s*'(\.[^']+)'|new URL\('(\.[^']+\.ts)'/g);
  return [...found].map((match) => join(dirname(path), match[1] ?? match[2] ?? ''));
}

test('every folder of src has a place in the table of layers', () => {
  const unknown = [...new Set(sources.map(folderOf))].filter((folder) => rankOf(folder) === -1);
  assert.deepEqual(unknown, [], `Add ${unknown.join(', ')} to GROUPS in this file and to ARCHITECTURE.md.`);
});

test('imports follow the layers', () => {
  const offences = sources.flatMap((path) => {
    const from = folderOf(path);
    return importsOf(path)
      .filter((target) => target.startsWith('src/'))
      .filter((target) => {
        const to = folderOf(target);
        return to !== from && rankOf(to) >= rankOf(from) && EXCEPTIONS[`${from} → ${to}`] === undefined;
      })
      .map((target) => `${path} imports ${target}: ${from} stands at or below ${folderOf(target)}`);
  });
  assert.deepEqual(offences, [], 'Move what is shared to a lower folder, or pass it in from src/main.ts.');
});

/** Each dangerous thing goes through one place; whatever else reaches for it is listed here with its reason, or is wrong. */
const GUARDED = [
  {
    what: 'Outgoing HTTP',
    pattern: /\bfetch\(|from 'undici'|\b(http|https)\.(request|get)\(/,
    allowed: ['src/network/', 'src/cli/hub-client.ts'],
  },
  {
    what: 'Opening a socket',
    // Checks of addresses may come from node:net anywhere, and types from all of them.
    pattern: /^import (?!type |\{ (BlockList|isIP|isIPv[46]|, )+ \}).*'node:(net|tls|dgram|http2)'/m,
    allowed: ['src/network/'],
  },
  { what: 'Talking to a mail server', pattern: /'nodemailer['/]/, allowed: ['src/actions/email/'] },
  {
    what: 'Running a process',
    pattern: /node:child_process|'execa'/,
    allowed: ['src/config/secrets.ts', 'src/store/embedded/', 'src/actions/exec/run-program.ts'],
  },
  { what: 'Comparing secrets', pattern: /timingSafeEqual/, allowed: ['src/forges/signature.ts', 'src/http/access/'] },
  { what: 'Opening the database', pattern: /from 'pg'|from '@electric-sql\/pglite/, allowed: ['src/store/'] },
  { what: 'Opening the inbox file', pattern: /from 'lmdb'/, allowed: ['src/ingest/inbox/'] },
  {
    what: 'Making a VerifiedDelivery',
    pattern: /as (unknown as )?(VerifiedDelivery|ParsedDelivery)/,
    allowed: ['src/forges/verify.ts'],
  },
  { what: 'Evaluating code', pattern: /\beval\(|new Function\(|node:vm/, allowed: [] },
  { what: 'Printing past the logger', pattern: /console\.\w+\(/, allowed: [] },
];

for (const { what, pattern, allowed } of GUARDED) {
  test(`${what} happens in one place only`, () => {
    const offences = sources
      .filter((path) => !allowed.some((prefix) => path.startsWith(prefix)))
      .filter((path) => pattern.test(readFileSync(join(root, path), 'utf8')));
    assert.deepEqual(offences, [], `${what} is allowed only in ${allowed.join(', ') || 'no file'}; go through that.`);
  });
}

test('no file of src is longer than 400 lines', () => {
  const long = sources.filter((path) => readFileSync(join(root, path), 'utf8').split('\n').length > 401);
  assert.deepEqual(long, [], 'Split by noun.');
});
