import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type OrdinalList, type OrdinalPage, reduceOrdinalList, toEmptyList } from '../../web/src/list/ordinal-list.ts';

interface Item {
  readonly id: string;
  readonly ordinal: number;
  readonly version: number;
}

const LIMIT = 10;

/** A page as the hub gives it. */
function readPage(hub: ReadonlyMap<number, Item>, before: number | null): OrdinalPage<Item> {
  const items = [...hub.values()]
    .filter(({ ordinal }) => before === null || ordinal < before)
    .toSorted((a, b) => b.ordinal - a.ordinal)
    .slice(0, LIMIT);
  const isFull = items.length === LIMIT;
  return { items, before, next: isFull ? (items.at(-1)?.ordinal ?? null) : null, isFull };
}

test('whatever comes, changes and goes, a list has each item once, newest first, and what was just read as it is now', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('insert' as const), count: fc.integer({ min: 1, max: 25 }) }),
    fc.record({ kind: fc.constant('change' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('look' as const), at: fc.option(fc.nat()) }),
    fc.constant({ kind: 'older' as const }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 35 }), fc.array(step, { maxLength: 30 }), (head, steps) => {
      const hub = new Map<number, Item>();
      let newest = 0;
      const insert = (count: number) => {
        for (let index = 0; index < count; index += 1) {
          newest += 1;
          hub.set(newest, { id: `item ${newest}`, ordinal: newest, version: 0 });
        }
      };
      insert(head);
      let state: OrdinalList<Item> = toEmptyList();
      const read = (before: number | null) => {
        const page = readPage(hub, before);
        state = reduceOrdinalList(state, { kind: 'read', page });
        const from = page.before ?? Number.POSITIVE_INFINITY;
        const downTo = page.next ?? 0;
        const stretch = state.items.filter(({ ordinal }) => ordinal < from && ordinal >= downTo);
        assert.deepEqual(stretch, page.items);
      };
      read(null);
      for (const one of steps) {
        const known = [...hub.keys()];
        if (one.kind === 'insert') insert(one.count);
        else if (one.kind === 'look') {
          const seen = one.at === null ? undefined : state.items[one.at % Math.max(1, state.items.length)];
          read(seen === undefined ? null : seen.ordinal + 1);
        } else if (one.kind === 'older') {
          if (state.next !== null) read(state.next);
        } else if (known.length > 0) {
          const ordinal = known[one.at % known.length] ?? 0;
          const item = hub.get(ordinal);
          if (one.kind === 'remove') hub.delete(ordinal);
          else if (item !== undefined) hub.set(ordinal, { ...item, version: item.version + 1 });
        }
        const ordinals = state.items.map(({ ordinal }) => ordinal);
        assert.deepEqual(
          ordinals,
          [...new Set(ordinals)].toSorted((a, b) => b - a),
        );
        // Between the newest item that is known and the next page nothing is missing.
        const missing = [...hub.keys()].filter(
          (ordinal) => ordinal <= (ordinals[0] ?? 0) && ordinal >= (state.next ?? 0) && !ordinals.includes(ordinal),
        );
        assert.deepEqual(missing, []);
      }
      read(null);
      while (state.next !== null) read(state.next);
      const all = [...hub.values()].toSorted((a, b) => b.ordinal - a.ordinal);
      const kept = state.items.filter(({ ordinal }) => hub.has(ordinal));
      assert.deepEqual(
        kept.map(({ id }) => id),
        all.map(({ id }) => id),
      );
    }),
    { numRuns: 200 },
  );
});

test('a page below the top is no beginning, and one that answers an old question is no news', () => {
  const items = (from: number, to: number): Item[] =>
    Array.from({ length: from - to + 1 }, (_, index) => ({ id: `${from - index}`, ordinal: from - index, version: 0 }));
  const empty = toEmptyList<Item>();
  const below = { items: items(40, 31), before: 41, next: 31, isFull: true };
  assert.equal(reduceOrdinalList(empty, { kind: 'read', page: below }), empty);

  const top = { items: items(90, 81), before: null, next: 81, isFull: true };
  const state = reduceOrdinalList(empty, { kind: 'read', page: top });
  assert.equal(reduceOrdinalList(state, { kind: 'read', page: below }), state);
});

test('an older page that cannot be read says why and leaves what is shown', () => {
  const problem = { title: 'Away', detail: 'Later.', code: 'store_unavailable', status: 503 };
  const item = { id: 'one', ordinal: 1, version: 0 };
  const page = { items: [item], before: null, next: 1, isFull: true };
  const read = reduceOrdinalList(toEmptyList<Item>(), { kind: 'read', page });
  const asked = reduceOrdinalList(read, { kind: 'older-asked' });
  assert.equal(asked.older, 'loading');
  const failed = reduceOrdinalList(asked, { kind: 'older-failed', problem });
  assert.equal(failed.older, problem);
  assert.deepEqual(failed.items, [item]);
});
