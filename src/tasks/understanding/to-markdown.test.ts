import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toIssueBody } from '../../../test/issue-bodies.ts';
import { mergeEstimate } from './merge-estimate.ts';
import { readIssue } from './read-issue.ts';
import { toUnderstoodMarkdown } from './to-markdown.ts';

test('what was understood is told with its source, and what does not fit with a hint', () => {
  const body = toIssueBody({
    complexity: 'medium (20,000 tokens)',
    tests: 'medium (10,000 tokens)',
    documentation: 'medium (3,000 tokens)',
    total: '46,800 tokens',
    difficulty: 'medium',
    blockedBy: '#147 (COORD-004), home/other#3',
    blocks: '#148',
  });
  assert.equal(
    toUnderstoodMarkdown(readIssue(body)),
    `- Estimate: **52,000 tokens** (by the formula, 95 % sure)
- Difficulty: **medium** (from its section, 95 % sure)
- Parts: files to modify 1; implementation complexity medium; test requirements medium; documentation medium
- Recommended agent: haiku
- Blocked by: #147, home/other#3
- Blocks: #148
- Acceptance criteria: 1 of 3 done

What does not fit:

- Total estimated: the text states 46,800 tokens, but its parts give 52,000 by the formula; the larger, 52,000, is taken.

*To correct or complete this, edit the issue: it is read again.*`,
  );
});

test('what is missing is named, never filled in', () => {
  assert.equal(
    toUnderstoodMarkdown(readIssue('Please help.')),
    `- Estimate: not told
- Difficulty: not told

*To correct or complete this, edit the issue: it is read again.* Lines such as \`Total estimated: 46,800 tokens\` and \`Difficulty: medium\` are understood.`,
  );
});

test('the lines that are proposed are understood', () => {
  const read = readIssue('Total estimated: 46,800 tokens\nDifficulty: medium\n');
  assert.equal(read.estimate?.value, 46_800);
  assert.equal(read.difficulty?.value, 'medium');
});

test('a guess says why', () => {
  const merged = mergeEstimate(readIssue('Please help.'), { difficulty: 'high', reason: 'It *touches* @everybody.' });
  assert.match(
    toUnderstoodMarkdown(merged),
    /- Difficulty: \*\*high\*\* \(guessed by the estimator, 50 % sure\): It \\\*touches\\\* @\u200beverybody\./,
  );
});

test('texts of the issue are literal, and call nobody', () => {
  const hostile = '@admin <img src=x> [x](https://evil.example) `a` /close';
  const markdown = toUnderstoodMarkdown(
    readIssue(`## Difficulty\n${hostile}\n\n## Dependencies\n- Blocked by: ${hostile}\n`),
  );
  assert.doesNotMatch(markdown, /@admin/);
  assert.doesNotMatch(markdown, /(?<!\\)</);
  assert.doesNotMatch(markdown, /(?<!\\)\]/);
  assert.doesNotMatch(markdown, /^\s*\//m);
});

test('long lists are cut', () => {
  const references = Array.from({ length: 1_000 }, (_, index) => `#${index + 1}`).join(' ');
  const markdown = toUnderstoodMarkdown(readIssue(`## Dependencies\n- Blocked by: ${references}\n`));
  assert.match(markdown, /#19, #20 and 980 more$/m);
  assert.ok(markdown.length < 2_000);
});
