import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deriveEdges, type ForeignEdge, type SnapshotRecord, type TimedSnapshot } from './edges.ts';

function toSnapshot(second: number, labels: string[] | undefined, fields: Partial<TimedSnapshot> = {}): TimedSnapshot {
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return {
    subject: 'issue',
    number: 1,
    at,
    labels,
    assignees: undefined,
    opened: false,
    touched: undefined,
    base: {},
    ...fields,
  };
}

/** All edges that a series of snapshots gives, as `verb:value`. */
function edgesOf(snapshots: TimedSnapshot[], foreign?: readonly ForeignEdge[]): string[] {
  let records: readonly SnapshotRecord[] = [];
  const found: string[] = [];
  for (const snapshot of snapshots) {
    const derived = deriveEdges(records, snapshot, foreign);
    records = derived.records;
    found.push(...derived.edges.map((edge) => `${edge.verb}:${edge.value}${edge.assumed ? '?' : ''}`));
  }
  return found;
}

test('what is there at opening was gained, on labels and assignees alike', () => {
  assert.deepEqual(edgesOf([toSnapshot(1, ['a'], { opened: true, assignees: ['ada'] })]), [
    'labeled:a',
    'assigned:ada',
  ]);
});

test('a label fires once and not at each later edit', () => {
  const series = [
    toSnapshot(1, [], { opened: true }),
    toSnapshot(2, ['a'], { touched: 'labels' }),
    toSnapshot(3, ['a']),
    toSnapshot(4, ['a']),
  ];
  assert.deepEqual(edgesOf(series), ['labeled:a']);
});

test('a lost delivery is made up for by the next one', () => {
  assert.deepEqual(edgesOf([toSnapshot(1, [], { opened: true }), toSnapshot(9, ['a', 'b'])]), [
    'labeled:a',
    'labeled:b',
  ]);
});

test('a first sight that names no change gives nothing', () => {
  assert.deepEqual(edgesOf([toSnapshot(1, ['a'], { assignees: ['ada'] }), toSnapshot(2, ['a'])]), []);
});

test('a first sight that names a change is told by the history, or assumed', () => {
  const first = toSnapshot(1, ['a', 'b'], { touched: 'labels', assignees: ['ada'] });
  assert.deepEqual(edgesOf([first]), ['labeled:a?', 'labeled:b?']);
  assert.deepEqual(edgesOf([first], [{ verb: 'labeled', value: 'b' }]), ['labeled:b']);
});

test('a late snapshot is compared with its neighbours', () => {
  const opened = toSnapshot(1, [], { opened: true });
  assert.deepEqual(edgesOf([opened, toSnapshot(3, ['a']), toSnapshot(2, ['a'])]), ['labeled:a'], 'found already');
  assert.deepEqual(
    edgesOf([opened, toSnapshot(3, []), toSnapshot(2, ['a'])]),
    ['labeled:a', 'unlabeled:a'],
    'came and went',
  );
  assert.deepEqual(
    edgesOf([toSnapshot(2, ['a']), toSnapshot(1, ['a'], { opened: true })]),
    ['labeled:a'],
    'the opening came late',
  );
});

test('fields that a payload does not tell are carried forward', () => {
  const series = [
    toSnapshot(1, ['a'], { opened: true, assignees: [] }),
    toSnapshot(2, undefined, { assignees: ['ada'] }),
    toSnapshot(3, ['a', 'b']),
  ];
  assert.deepEqual(edgesOf(series), ['labeled:a', 'assigned:ada', 'labeled:b']);
});

test('a repeated snapshot gives nothing, and the memory of a subject is bounded', () => {
  const series = Array.from({ length: 40 }, (_, second) =>
    toSnapshot(second, [`l${second}`], { opened: second === 0 }),
  );
  let records: readonly SnapshotRecord[] = [];
  for (const snapshot of series) {
    records = deriveEdges(records, snapshot, undefined).records;
    assert.deepEqual(deriveEdges(records, snapshot, undefined).edges, []);
  }
  assert.equal(records.length, 16);
  assert.deepEqual(deriveEdges(records, toSnapshot(1, ['x']), undefined).edges, [], 'older than the memory');
});

test('after any series in any order of arrival, gains minus losses are what the newest snapshot holds', () => {
  const labels = fc.subarray(['a', 'b', 'c']);
  fc.assert(
    fc.property(fc.array(labels, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (series, order) => {
      const opened = toSnapshot(0, [], { opened: true });
      const snapshots = series.map((values, index) => toSnapshot(index + 1, values));
      const shuffled = snapshots
        .map((snapshot) => ({ snapshot, key: order.next().value }))
        .toSorted((one, two) => one.key - two.key);
      const balance = new Map<string, number>();
      for (const edge of edgesOf([opened, ...shuffled.map(({ snapshot }) => snapshot)])) {
        const [verb, value = ''] = edge.split(':');
        balance.set(value, (balance.get(value) ?? 0) + (verb === 'labeled' ? 1 : -1));
      }
      for (const value of ['a', 'b', 'c'])
        assert.equal(balance.get(value) ?? 0, series.at(-1)?.includes(value) ? 1 : 0);
    }),
  );
});
