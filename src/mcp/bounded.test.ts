import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWER_CHARACTERS, toBounded, toFitting } from './bounded.ts';

const sizeOf = (value: unknown) => JSON.stringify(value).length;

test('what is short stays as it is', () => {
  const value = { body: 'It squeaks.', labels: ['bug'], none: null, count: 3, isOpen: true };
  assert.deepEqual(toBounded(value), value);
});

test('long texts are cut deep inside, and say how much is missing', () => {
  const { comments } = toBounded({ comments: [{ body: 'x'.repeat(ANSWER_CHARACTERS) }] });
  assert.match(comments[0]?.body ?? '', /^x{16000}… \[cut here, 44000 characters more\]$/);
});

test('the more there is, the shorter each text becomes', () => {
  const many = Array.from({ length: 100 }, () => ({ body: 'x'.repeat(5_000) }));
  const bounded = toBounded({ many });
  assert.ok(sizeOf(bounded) <= ANSWER_CHARACTERS);
  assert.ok(bounded.many.length >= 64);
});

test('a text is not cut within a character', () => {
  const text = toBounded({ text: `${'x'.repeat(15_999)}${'😀'.repeat(40_000)}` }).text;
  assert.ok(text.isWellFormed());
  assert.match(text, /x… \[cut/);
});

test('a list is cut where it is full, and never to nothing', () => {
  const items = Array.from({ length: 50 }, (_, index) => ({ index, body: 'x'.repeat(3_000) }));
  const fitting = toFitting(items);
  assert.ok(fitting.length > 10 && fitting.length < 50);
  assert.deepEqual(fitting, items.slice(0, fitting.length));
  assert.ok(sizeOf(fitting) <= ANSWER_CHARACTERS + items.length);
  assert.equal(toFitting(items, 100).length, 1);
  assert.deepEqual(toFitting([]), []);
});
