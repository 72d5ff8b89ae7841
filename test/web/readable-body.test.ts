import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { indentJson } from '../../web/src/detail/indent-json.ts';
import { toReadableBody } from '../../web/src/detail/readable-body.ts';

test('indented JSON is what the language itself would print, for every value it can hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      assert.equal(indentJson(JSON.stringify(value)), JSON.stringify(value, null, 2));
    }),
  );
});

test('indenting keeps numbers, escapes and repeated keys exactly as they were sent', () => {
  const sent = '{"id":12345678901234567890,"id":1.0e5,"text":"\\u0041 \\"{[,:]}\\""}';
  assert.equal(
    indentJson(sent),
    '{\n  "id": 12345678901234567890,\n  "id": 1.0e5,\n  "text": "\\u0041 \\"{[,:]}\\""\n}',
  );
});

test('a body of nothing but brackets does not grow beyond measure', () => {
  const depth = 20_000;
  const indented = indentJson('['.repeat(depth) + ']'.repeat(depth));
  assert.ok(indented.length < depth * 2 * 130);
});

test('the payload of a form is found, and what is no JSON is left to be shown as received', () => {
  assert.equal(toReadableBody(new URLSearchParams({ payload: '{"a":[]}' }).toString()), '{\n  "a": []\n}');
  assert.equal(toReadableBody('plainly not JSON'), null);
});
