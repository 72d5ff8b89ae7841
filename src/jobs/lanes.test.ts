import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClaimedRun } from '../store/run-claims.ts';
import { createLanes } from './lanes.ts';

let made = 0;
function toRun(destination: string, orderKey: string | null = null): ClaimedRun {
  made += 1;
  return { id: `run ${made}`, action: 'act', destination, orderKey } as ClaimedRun;
}
const toIds = (runs: readonly ClaimedRun[]) => runs.map(({ id }) => id);

describe('lanes', () => {
  it('let as many begin at a destination as it takes, in the order of the claim', () => {
    const lanes = createLanes({ concurrency: () => 10, ofAction: () => 2 });
    const runs = [1, 2, 3, 4].map(() => toRun('there'));
    const elsewhere = toRun('elsewhere');
    lanes.add([...runs, elsewhere]);
    const begun = lanes.begin();
    assert.deepEqual(toIds(begun), toIds([...runs.slice(0, 2), elsewhere]));
    assert.deepEqual(lanes.held().get('there'), { runs: 4, atATime: 2 });
    for (const [index, run] of begun.slice(0, 2).entries()) {
      lanes.end(run);
      assert.deepEqual(toIds(lanes.begin(run)), toIds(runs.slice(index + 2, index + 3)));
    }
    assert.equal(lanes.waiting(), 0);
  });

  it('let the runs of a key begin one after the other, also at several destinations', () => {
    const lanes = createLanes({ concurrency: () => 10, ofAction: () => 5 });
    const [first, second, other, third] = [toRun('a', 'k'), toRun('a', 'k'), toRun('a', 'l'), toRun('b', 'k')];
    lanes.add([first, second, other, third]);
    assert.deepEqual(toIds(lanes.begin()), toIds([first, other]));
    lanes.end(other);
    assert.deepEqual(lanes.begin(other), []);
    lanes.end(first);
    assert.deepEqual(toIds(lanes.begin(first)), toIds([second]));
    lanes.end(second);
    assert.deepEqual(toIds(lanes.begin(second)), toIds([third]));
  });

  it('let another destination have what the process has free again', () => {
    const lanes = createLanes({ concurrency: () => 1, ofAction: () => 5 });
    const [first, second] = [toRun('a'), toRun('b')];
    lanes.add([first, second]);
    assert.deepEqual(toIds(lanes.begin()), toIds([first]));
    lanes.end(first);
    assert.deepEqual(toIds(lanes.begin(first)), toIds([second]));
  });

  it('give back what was not begun, and count an end once', () => {
    const lanes = createLanes({ concurrency: () => 10, ofAction: () => 1 });
    const [first, second, third] = [toRun('a'), toRun('a'), toRun('b')];
    lanes.add([first, second, third]);
    lanes.begin();
    assert.deepEqual(toIds(lanes.remove(({ destination }) => destination === 'a')), toIds([second]));
    lanes.end(first);
    lanes.end(first);
    assert.deepEqual(lanes.begin(first), []);
    assert.deepEqual([...lanes.held().keys()], ['b']);
    assert.deepEqual(
      lanes.remove((_run, waitedMs) => waitedMs < 0),
      [],
    );
  });
});
