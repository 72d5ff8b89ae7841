import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createId } from './id.ts';

test('ids are UUIDs of version 7, all different, and sort in the order in which they were made', () => {
  const ids = Array.from({ length: 5_000 }, createId);
  for (const id of ids) assert.match(id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(ids.toSorted(), ids);
});
