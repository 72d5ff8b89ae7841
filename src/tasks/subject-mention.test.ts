import assert from 'node:assert/strict';
import { it } from 'node:test';
import { namesSubject } from './subject-mention.ts';

const ISSUE = {
  repo: 'dataforge/app',
  subject: 'issue',
  number: 12,
  url: 'https://git.example.org/dataforge/app/issues/12',
} as const;

it('finds a subject by its number, its full name and its address, and nothing that only looks like it', () => {
  for (const text of ['Closes #12', '#12', '(#12)', 'see dataforge/app#12.', 'DataForge/App#12', `at ${ISSUE.url}#c1`])
    assert.equal(namesSubject(text, ISSUE), true, text);
  for (const text of ['#123', '#1', '&#12;', 'other/app#12', 'x#12', '!12', `${ISSUE.url}3`, 'dataforge/app#120', ''])
    assert.equal(namesSubject(text, ISSUE), false, text);
  assert.equal(namesSubject('!12', { ...ISSUE, subject: 'pull' }), true);
  assert.equal(namesSubject('#12', { ...ISSUE, number: null }), false);
});

it('takes no longer for a huge text', () => {
  assert.equal(namesSubject('#'.repeat(1_000_000), ISSUE), false);
  assert.equal(namesSubject('dataforge/app#12x'.repeat(60_000), ISSUE), false);
});
