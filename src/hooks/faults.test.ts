import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForgeHook } from '../forges/write-contract.ts';
import { type ExpectedHook, findHookAt, toFinding } from './faults.ts';

const URL = 'https://hub.example.org/webhook/home';
const HOOK: ForgeHook = { id: '1', url: URL, active: true, events: ['issues', 'push'], contentType: 'json' };
const EXPECTED: ExpectedHook = { url: URL, taken: ['push'], asked: ['push'], wanted: ['push'], secret: 'present' };

test('the hook of a place is the one known by its id, else the one that sends here', () => {
  const other = { ...HOOK, id: '2' };
  const moved = { ...HOOK, id: '3', url: 'https://elsewhere.example.org/' };
  assert.deepEqual(findHookAt([HOOK, other], URL, '2'), { hook: other, doubles: [HOOK] });
  assert.deepEqual(
    findHookAt([HOOK, moved], URL, '3'),
    { hook: HOOK, doubles: [] },
    'the place has one that sends here',
  );
  assert.deepEqual(findHookAt([moved], URL, '3'), { hook: moved, doubles: [] });
  assert.deepEqual(findHookAt([moved], URL, '1'), { hook: undefined, doubles: [] });
});

test('every way in which a hook can differ is told', () => {
  const find = (hook: Partial<ForgeHook>, expected: Partial<ExpectedHook> = {}, doubles: ForgeHook[] = []) =>
    toFinding({ ...HOOK, ...hook }, doubles, { ...EXPECTED, ...expected });
  assert.deepEqual(find({}), { state: 'ok', detail: '' });
  assert.equal(toFinding(undefined, [], EXPECTED).state, 'missing');
  assert.deepEqual(find({ active: false, problem: 'Too many failures.' }), {
    state: 'disabled',
    detail: 'Too many failures.',
  });
  assert.deepEqual(find({ problem: 'The last delivery was answered 502.' }).state, 'silent');
  for (const [hook, expected, doubles, words] of [
    [{ url: 'https://user:hunter2@evil.example.org/x?token=hunter2' }, {}, [], /sends to evil\.example\.org/],
    [{ events: ['issues'] }, {}, [], /leaves out push/],
    [{}, { wanted: ['push', 'star'] }, [], /also understands star/],
    [{ contentType: 'form' }, {}, [], /JSON/],
    [{ hindrance: 'a branch filter keeps other pushes back' }, {}, [], /branch filter/],
    [{}, { secret: 'refused' }, [], /no longer accepted/],
    [{}, { secret: 'unknown' }, [], /made it anew/],
    [{}, {}, [HOOK, HOOK], /3 webhooks/],
    [{ events: [] }, { taken: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, [], /a, b, c, d, e and 2 more/],
  ] as const) {
    const { state, detail } = find(hook, expected, [...doubles]);
    assert.equal(state, 'changed');
    assert.match(detail, words);
    assert.ok(!detail.includes('hunter2'));
  }
  assert.deepEqual(find({}, { secret: 'older' }).state, 'ok', 'it is still accepted');
});
