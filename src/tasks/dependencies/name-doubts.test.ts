import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIssue } from '../understanding/read-issue.ts';
import { listNameDoubts } from './name-doubts.ts';
import type { Standings } from './references.ts';

const OWN = { repo: 'mosaic/stack', number: 145 };
const TITLES: Standings = new Map([
  ['mosaic/stack#144', { state: 'closed', title: '[COORD-004] Agent profiles' }],
  ['mosaic/stack#147', { state: 'open', title: '[COORD-007] Webhook receiver' }],
  ['mosaic/other#3', { state: 'open', title: null }],
]);

function listDoubts(blockedBy: string): string[] {
  return listNameDoubts(readIssue(`## Dependencies\n- Blocked by: ${blockedBy}\n`), OWN, TITLES);
}

test('a number whose issue has another name than the text gives it is doubted', () => {
  const doubt =
    'Dependencies: the text calls #147 COORD-004, but its title is “[COORD-007] Webhook receiver”. Is the number right?';
  assert.deepEqual(listDoubts('#147 (COORD-004)'), [doubt]);
  assert.deepEqual(listDoubts('#144 (COORD-004), #147 [COORD-004]'), [doubt]);
});

for (const text of [
  '#144 (COORD-004)',
  '#147 (COORD-007)',
  '#147',
  '#147 (the receiver)',
  '#147, COORD-004',
  '#999 (COORD-004)',
  'mosaic/other#3 (COORD-004)',
]) {
  test(`there is no doubt about ${text}`, () => {
    assert.deepEqual(listDoubts(text), []);
  });
}

test('a number within another is not taken for it', () => {
  assert.deepEqual(listDoubts('#144, #1447 (COORD-009)'), []);
});
