import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMap, type Document } from 'yaml';
import { FILE_VERSION } from './file-schema.ts';
import { upgradeDocument, UPGRADERS } from './upgrade.ts';
import { readYaml } from './yaml-source.ts';

/** Pretends that version 2 renamed `http.port` to `http.listen` and version 3 changed nothing. */
const IMAGINED = {
  1: (document: Document) => {
    const http = document.get('http');
    if (!isMap(http)) return;
    const pair = http.items.find(({ key }) => String(key) === 'port');
    if (pair !== undefined) pair.key = document.createNode('listen');
  },
  2: () => undefined,
};

test('a file of version 1, named or not, passes through every upgrade and keeps its positions', () => {
  for (const head of ['version: 1\n', '\n']) {
    const source = readYaml(`${head}http:\n  port: 8000\n`, 'fettle.yaml', (document) =>
      upgradeDocument(document, 3, IMAGINED),
    );
    assert.deepEqual(source.value, { version: 3, http: { listen: 8000 } }, head);
    assert.deepEqual(source.locate(['http', 'listen']), { line: 3, column: 9 });
  }
});

test('a file of the present or a later version, or of none at all, is left as it is', () => {
  for (const text of ['version: 3\nhttp: { port: 1 }\n', 'version: 4\n', 'version: x\n', 'version: 0\n', '']) {
    const plain = readYaml(text, 'fettle.yaml', () => undefined).value;
    assert.deepEqual(readYaml(text, 'fettle.yaml', (document) => upgradeDocument(document, 3, IMAGINED)).value, plain);
  }
});

test('there is an upgrade for every version before the present one', () => {
  const older = Array.from({ length: FILE_VERSION - 1 }, (_, i) => String(i + 1));
  assert.deepEqual(Object.keys(UPGRADERS), older);
  const document = (text: string) => () => readYaml(text, 'f', (one) => upgradeDocument(one, 5, {}));
  assert.throws(document('version: 1\n'), /No upgrader/);
});
