import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event } from '../../src/core/event.ts';
import { EMPTY_FEED, type FeedState, MAX_SHOWN, MAX_WAITING, reduceFeed } from '../../web/src/feed/feed-state.ts';

function toEvent(seq: number): Event {
  return {
    seq,
    id: `00000000-0000-7000-8000-${String(seq).padStart(12, '0')}`,
    v: 1,
    type: 'push',
    forge: 'home',
    kind: 'gitea',
    origin: 'webhook',
    receivedAt: '2026-03-14T09:26:53.000Z',
  };
}

/** Events from one number down to another, both included. */
function toEvents(from: number, to: number): Event[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => toEvent(from - index));
}

function load(from: number, to: number): FeedState {
  const next = to > 1 ? to : null;
  return reduceFeed(EMPTY_FEED, { kind: 'loaded', events: toEvents(from, to), next, isHubEmpty: from === 0 });
}

const seqsOf = (events: readonly Event[]) => events.map(({ seq }) => seq);

test('whatever arrives, is held and is let in, the feed has every event once, newest first, down to where the next page begins', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 700 }), isHeld: fc.boolean() }),
    fc.constant({ kind: 'release' as const }),
    fc.constant({ kind: 'repeat' as const }),
    fc.constant({ kind: 'older' as const }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 250 }), fc.array(step, { maxLength: 20 }), (head, steps) => {
      let newest = head;
      let state = load(head, Math.max(1, head - 99));
      for (const one of steps) {
        if (one.kind === 'arrive') {
          const events = toEvents(newest + one.count, newest + 1).toReversed();
          newest += one.count;
          state = reduceFeed(state, { kind: 'arrived', events, isHeld: one.isHeld });
        } else if (one.kind === 'repeat') {
          state = reduceFeed(state, {
            kind: 'arrived',
            events: toEvents(newest, Math.max(1, newest - 5)),
            isHeld: true,
          });
        } else if (one.kind === 'release') {
          state = reduceFeed(state, { kind: 'released' });
        } else if (state.next !== null) {
          const to = Math.max(1, state.next - 100);
          const older = toEvents(state.next - 1, to);
          state = reduceFeed(state, { kind: 'older-loaded', events: older, next: to > 1 ? to : null });
        }
        assert.ok(state.waiting.length <= MAX_WAITING);
        assert.deepEqual(seqsOf(state.events), seqsOf(toEvents(state.events[0]?.seq ?? 0, state.next ?? 1)));
        const oldestWaiting = state.waiting.at(-1)?.seq;
        if (oldestWaiting !== undefined) {
          assert.deepEqual(seqsOf(state.waiting), seqsOf(toEvents(newest, oldestWaiting)));
          if (!state.hasOverflowed) assert.equal(oldestWaiting, (state.events[0]?.seq ?? 0) + 1);
        }
      }
      state = reduceFeed(state, { kind: 'released' });
      assert.equal(state.events[0]?.seq ?? 0, newest);
      assert.deepEqual(state.waiting, []);
    }),
    { numRuns: 60 },
  );
});

test('events that the stream brought while the first page was on its way are neither lost nor shown twice', () => {
  const early = reduceFeed(EMPTY_FEED, { kind: 'arrived', events: toEvents(12, 9), isHeld: false });
  assert.deepEqual(early.events, []);
  const loaded = reduceFeed(early, { kind: 'loaded', events: toEvents(10, 1), next: null, isHubEmpty: false });
  assert.deepEqual(seqsOf(loaded.events), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test('the first event of a hub is shown at once, even to somebody who scrolled through the instructions', () => {
  const empty = load(0, 1);
  assert.equal(empty.isHubEmpty, true);
  const state = reduceFeed(empty, { kind: 'arrived', events: [toEvent(1)], isHeld: true });
  assert.deepEqual(seqsOf(state.events), [1]);
  assert.equal(state.isHubEmpty, false);
});

test('a feed that grew for days keeps a bounded number of events and reads the rest again when asked', () => {
  let state = load(0, 1);
  for (let newest = 0; newest < MAX_SHOWN * 2; newest += 500) {
    state = reduceFeed(state, { kind: 'arrived', events: toEvents(newest + 500, newest + 1), isHeld: false });
  }
  assert.equal(state.events.length, MAX_SHOWN);
  assert.equal(state.next, state.events.at(-1)?.seq);
});

test('an older page that cannot be read says why and leaves what is shown', () => {
  const problem = { title: 'Away', detail: 'Later.', code: 'store_unavailable', status: 503 };
  const state = reduceFeed(reduceFeed(load(250, 151), { kind: 'older-asked' }), { kind: 'older-failed', problem });
  assert.equal(state.older, problem);
  assert.equal(state.events.length, 100);
});
