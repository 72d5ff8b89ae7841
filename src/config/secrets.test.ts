import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createConfigDirectory } from '../../test/config-directory.ts';
import { parseReferences } from './references.ts';
import { createSecretResolver } from './secrets.ts';
import { splitWords } from './shell-words.ts';

async function createResolver(t: TestContext, environment: Record<string, string> = {}) {
  const { path } = await createConfigDirectory(t);
  const resolver = createSecretResolver({
    environment: { PATH: process.env['PATH'], ...environment },
    directory: path,
  });
  return { path, resolve: (value: string) => resolver.resolve(value) };
}

test('a reference to the environment stands for the variable, also within other text', async (t) => {
  const { resolve } = await createResolver(t, { USER_NAME: 'ada', PASS: 'p}w' });
  assert.deepEqual(await resolve('${env:PASS}'), { value: 'p}w' });
  assert.deepEqual(await resolve('postgres://${env:USER_NAME}:${env:PASS}@db/x'), { value: 'postgres://ada:p}w@db/x' });
  assert.deepEqual(await resolve('$${env:PASS} $x'), { value: '${env:PASS} $x' });
  assert.deepEqual(await resolve('plain'), { value: 'plain' });
});

test('what a reference stands for is not resolved again', async (t) => {
  const { resolve } = await createResolver(t, { A: '${env:B}', B: 'b' });
  assert.deepEqual(await resolve('${env:A}'), { value: '${env:B}' });
});

test('a reference to a file gives its content without line breaks at its end', async (t) => {
  const { path, resolve } = await createResolver(t);
  await writeFile(join(path, 'secret'), ' two\nlines \r\n\n');
  assert.deepEqual(await resolve('${file:secret}'), { value: ' two\nlines ' });
  assert.deepEqual(await resolve(`\${file:${join(path, 'secret')}}`), { value: ' two\nlines ' });
});

test('a reference to a command runs it without a shell and gives what it prints', async (t) => {
  const { path, resolve } = await createResolver(t, { GREETING: 'hello' });
  assert.deepEqual(await resolve(`\${cmd:printf '%s-%s\\n' "a b" $GREETING;}`), { value: 'a b-$GREETING;' });
  assert.deepEqual(await resolve('${cmd:printenv GREETING}'), { value: 'hello' });
  assert.deepEqual(await resolve('${cmd:printf "%s" "}"}'), { value: '}' });
  assert.deepEqual(await resolve('${cmd:pwd -P}'), await resolve(path));
});

test('a command runs once however often it is referred to', async (t) => {
  const { path, resolve } = await createResolver(t);
  await writeFile(join(path, 'count'), '#!/bin/sh\necho run >> runs\nwc -l < runs\n');
  await chmod(join(path, 'count'), 0o700);
  const [one, other] = await Promise.all([resolve('${cmd:./count}'), resolve('x${cmd:./count}')]);
  assert.match('value' in one ? one.value : '', /^\s*1$/);
  assert.match('value' in other ? other.value : '', /^x\s*1$/);
});

const FAILURES = [
  { value: '${env:NONE}', says: /^\$\{env:NONE\} cannot be resolved: this environment variable is not set$/ },
  { value: '${env:BLANK}', says: /not set/ },
  { value: '${file:none}', says: /ENOENT/ },
  { value: '${file:empty}', says: /it is empty/ },
  { value: '${file:large}', says: /64 KiB/ },
  { value: '${cmd:false}', says: /exit code 1$/ },
  { value: '${cmd:./no-such-command}', says: /cannot be run \(ENOENT\)/ },
  { value: '${cmd:head -c 100000 /dev/zero}', says: /64 KiB/ },
  { value: '${cmd:echo}', says: /it is empty/ },
  { value: '${NAME}', says: /\$\{env:NAME\}/ },
  { value: '${vault:x}', says: /not shown/ },
  { value: '${env:}', says: /not shown/ },
  { value: 'abc${env:NAME', says: /not shown/ },
];

for (const { value, says } of FAILURES) {
  test(`${value} cannot be resolved and says why`, async (t) => {
    const { path, resolve } = await createResolver(t, { BLANK: '' });
    await writeFile(join(path, 'empty'), '\n');
    await writeFile(join(path, 'large'), Buffer.alloc(65_537, 'x'));
    const result = await resolve(value);
    assert.match('problem' in result ? result.problem : '', says);
  });
}

test('what a failing command prints is in no message', async (t) => {
  const { resolve } = await createResolver(t);
  const result = await resolve(`\${cmd:sh -c 'printf "%s%s" hun ter2; printf "%s%s" hun ter2 >&2; exit 3'}`);
  assert.match('problem' in result ? result.problem : '', /exit code 3/);
  assert.doesNotMatch(JSON.stringify(result), /hunter2/);
});

test('commands are split into words as a shell does', () => {
  const cases: [string, string[] | undefined][] = [
    ['pass show x', ['pass', 'show', 'x']],
    ['  a\t b  ', ['a', 'b']],
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`a'b'"c"`, ['abc']],
    [`'' ""`, ['', '']],
    [`"a\\"b" "a\\nb" 'a\\b'`, ['a"b', 'a\\nb', 'a\\b']],
    [`'a`, undefined],
    [`"a`, undefined],
    ['a\\', undefined],
    ['', []],
  ];
  for (const [command, words] of cases) assert.deepEqual(splitWords(command), words, command);
});

test('any words survive being quoted and split', () => {
  const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (words) => {
      assert.deepEqual(splitWords(words.map(quote).join(' ')), words);
    }),
  );
});

test('any text survives as a literal once its ${ is escaped', () => {
  const tricky = fc.array(fc.constantFrom('$', '{', '}', '${', '${env:A}', 'x', '\\', '"'), { maxLength: 12 });
  fc.assert(
    fc.property(tricky, (parts) => {
      const text = parts.join('');
      const pieces = parseReferences(text.replaceAll('${', () => '$${')) ?? [];
      assert.equal(pieces.map((piece) => ('literal' in piece ? piece.literal : '?')).join(''), text);
    }),
  );
});
