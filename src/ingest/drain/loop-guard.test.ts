import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Match, PlannedRun } from '../../rules/match.ts';
import type { UnsequencedEvent } from '../../rules/rule-set.ts';
import { createLoopGuard, type Pause } from './loop-guard.ts';

const START_MS = Date.parse('2026-03-01T12:00:00Z');

function toMatch(destination: string): Match {
  return { rule: 'answers', source: null, triggers: [], runs: [{ destination } as PlannedRun] };
}

function toEvent(number: number): UnsequencedEvent {
  const repo = { fullName: 'dataforge/app', owner: 'dataforge', name: 'app' };
  return { type: 'comment.created', forge: 'home', repo, number } as UnsequencedEvent;
}

test('a rule that writes to one place too often in a minute is paused there, and only there', () => {
  const pauses: Pause[] = [];
  const guard = createLoopGuard(
    () => 3,
    (pause) => pauses.push(pause),
  );
  const check = (number: number, atMs = START_MS) => guard.check(toMatch('forge:home'), toEvent(number), atMs);
  for (let i = 0; i < 3; i++) assert.equal(check(1), undefined);
  assert.match(check(1) ?? '', /paused for home\/dataforge\/app#1/);
  assert.equal(check(2), undefined);
  assert.deepEqual(
    pauses.map(({ rule, scope }) => [rule, scope]),
    [['answers', 'home/dataforge/app#1']],
  );
  assert.ok(check(1, START_MS + 3_600_000) !== undefined, 'time alone does not end a pause');
  guard.setPaused([]);
  assert.equal(check(1, START_MS + 3_600_000), undefined);
});

test('what is spread over time, or does not write to a forge, is never paused', () => {
  const guard = createLoopGuard(
    () => 3,
    () => assert.fail('nothing is paused'),
  );
  for (let i = 0; i < 100; i++) {
    assert.equal(guard.check(toMatch('matrix'), toEvent(1), START_MS), undefined);
    assert.equal(guard.check(toMatch('forge:home'), toEvent(1), START_MS + i * 30_000), undefined);
  }
});
