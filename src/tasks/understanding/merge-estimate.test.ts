import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toIssueBody } from '../../../test/issue-bodies.ts';
import { EstimatorAnswer, mergeEstimate } from './merge-estimate.ts';
import { readIssue } from './read-issue.ts';

const FREE = readIssue('Please make the page faster.');

test('an estimator fills in what the text does not tell', () => {
  const merged = mergeEstimate(FREE, { estimate: 40_000, difficulty: 'high', confidence: 0.6, reason: 'Many\nfiles.' });
  assert.deepEqual(merged.estimate, { value: 40_000, confidence: 0.6, from: 'estimator', line: 'Many files.' });
  assert.deepEqual(merged.difficulty, { value: 'high', confidence: 0.6, from: 'estimator', line: 'Many files.' });
  assert.equal(merged.confidence, 0.6);
});

test('an estimator never overrules the text', () => {
  const read = readIssue(toIssueBody());
  assert.deepEqual(mergeEstimate(read, { estimate: 1, difficulty: 'high', confidence: 1 }), read);
});

test('an estimator fills in one of two', () => {
  const merged = mergeEstimate(readIssue('## Difficulty\nlow\n'), { estimate: 10_000, difficulty: 'high' });
  assert.equal(merged.difficulty?.value, 'low');
  assert.deepEqual(merged.estimate, { value: 10_000, confidence: 0.5, from: 'estimator' });
  assert.equal(merged.confidence, 0.5);
});

test('an estimator is never as sure as a section', () => {
  const merged = mergeEstimate(FREE, { estimate: 10_000, difficulty: 'low', confidence: 1 });
  assert.ok(merged.confidence < 0.95);
});

test('what an estimator leaves out stays unknown', () => {
  assert.deepEqual(mergeEstimate(FREE, {}), FREE);
});

test('an answer may use both vocabularies, and more than is asked', () => {
  assert.deepEqual(EstimatorAnswer.parse({ difficulty: 'hard', model: 'x' }), { difficulty: 'high' });
  assert.deepEqual(EstimatorAnswer.parse({ estimate: 1_000 }), { estimate: 1_000 });
});

for (const answer of [
  { estimate: 0 },
  { estimate: -1 },
  { estimate: 1.5 },
  { estimate: '40k' },
  { estimate: 1e12 },
  { difficulty: 'gigantic' },
  { difficulty: 3 },
  { confidence: 95 },
  { reason: 'x'.repeat(3_000) },
  'none',
  null,
]) {
  test(`an answer of ${JSON.stringify(answer).slice(0, 60)} is refused`, () => {
    assert.equal(EstimatorAnswer.safeParse(answer).success, false);
  });
}
