import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { BUNDLE_BYTES, cutToBytes, takeFitting, toJsonBytes } from './sizes.ts';

it('keeps all parts together below the limit, with room for the small ones', () => {
  const sum = Object.values(BUNDLE_BYTES).reduce((total, bytes) => total + bytes, 0);
  assert.ok(sum <= 256 * 1024 - 8_000, String(sum));
});

it('cuts any text to so many bytes of JSON, whole characters, and says so', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1_000 }), fc.integer({ min: 100, max: 2_000 }), (text, most) => {
      const cut = cutToBytes(text, most);
      assert.ok(toJsonBytes(cut) <= Math.max(most, toJsonBytes('')), `${toJsonBytes(cut)} > ${most}`);
      if (cut === text) return;
      assert.match(cut, /\[Cut here by Fettle: \d+ characters more\.\]$/);
      assert.ok(text.startsWith(cut.slice(0, cut.lastIndexOf('\n'))));
    }),
  );
  assert.ok(toJsonBytes(cutToBytes('\u0000'.repeat(1_000_000), 10_000)) <= 10_000);
});

it('takes what fits from either end', () => {
  const entries = ['a'.repeat(10), 'b'.repeat(10), 'c'.repeat(10)];
  assert.deepEqual(takeFitting(entries, 30, 'start'), entries.slice(0, 2));
  assert.deepEqual(takeFitting(entries, 30, 'end'), entries.slice(1));
  assert.deepEqual(takeFitting(entries, 5, 'end'), []);
});
