import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EVENT_TYPE_NAMES } from '../../src/core/event-types.ts';
import { FORGE_KINDS } from '../../src/core/vocabulary.ts';
import { listSamples, readExpectation } from '../../src/forges/samples.ts';
import { EVENT_TYPES, toPhrase } from '../../web/src/event/event-types.ts';
import { toMarks } from '../../web/src/event/marks.ts';
import { toSpokenText, toSummary } from '../../web/src/event/summary.ts';
import { findSignInCode } from '../../web/src/sign-in/find-sign-in-code.ts';

const STORED = {
  seq: 1,
  id: '01a1fbdb-222f-73cc-9ebd-7f3b1f0c2a11',
  v: 1,
  forge: 'home',
  origin: 'webhook',
  receivedAt: '2026-03-14T09:26:53.000Z',
} as const;

test('the page listens for every type of event that the hub knows, in the same order', () => {
  assert.deepEqual(EVENT_TYPES, EVENT_TYPE_NAMES);
});

describe('the one line of an event', () => {
  for (const kind of FORGE_KINDS) {
    test(`says something about each sample of ${kind}`, () => {
      const drafts = listSamples(kind).flatMap((sample) =>
        readExpectation(sample).drafts.map((draft) => ({ sample, draft })),
      );
      assert.ok(drafts.length > 0);
      for (const { sample, draft } of drafts) {
        const event = { ...STORED, kind, ...draft };
        const { about, text, detail } = toSummary(event);
        assert.notEqual(text.trim(), '', `${sample.name}: ${draft.type}`);
        for (const part of [about, text, detail]) assert.doesNotMatch(part ?? '', /undefined|null|\[object|\n/);
        assert.ok(toSpokenText(event).includes(toPhrase(draft.type)));
      }
    });
  }
});

test('every flag of an event is shown as a mark with its meaning', () => {
  const marks = toMarks({
    ...STORED,
    kind: 'gitea',
    type: 'push',
    origin: 'replay',
    test: true,
    own: true,
    stale: true,
    assumed: true,
    permission: 'unknown',
  });
  assert.deepEqual(
    marks.map(({ name }) => name),
    ['test', 'own', 'stale', 'assumed', 'permission unknown', 'replay'],
  );
  assert.ok(marks.every(({ about }) => about.endsWith('.')));
});

test('a code is found in a whole link, in its fragment and by itself, and nothing else is taken for one', () => {
  assert.equal(findSignInCode(' http://127.0.0.1:8000/sign-in#abc_DEF-1 \n'), 'abc_DEF-1');
  assert.equal(findSignInCode('#abc'), 'abc');
  assert.equal(findSignInCode('abc'), 'abc');
  for (const text of ['', 'http://127.0.0.1:8000/sign-in', 'two words', '#']) assert.equal(findSignInCode(text), null);
});
