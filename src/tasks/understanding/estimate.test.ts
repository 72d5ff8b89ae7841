import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type IssueParts, toIssueBody } from '../../../test/issue-bodies.ts';
import { estimateTokens } from './formula.ts';
import { readIssue } from './read-issue.ts';

const readParts = (parts: IssueParts) => readIssue(toIssueBody(parts));

test('the formula gives the published figures', () => {
  for (const [files, complexity, tests, documentation, tokens] of [
    [1, 'low', 'low', 'none', 28_600],
    [1, 'medium', 'medium', 'medium', 52_000],
    [2, 'medium', 'medium', 'medium', 61_100],
    [3, 'high', 'high', 'heavy', 92_300],
    [0, 'low', 'low', 'light', 22_100],
  ] as const) {
    assert.equal(estimateTokens({ files, complexity, tests, documentation }), tokens);
  }
});

describe('a total that its parts do not give', () => {
  const medium = { complexity: 'medium (20,000 tokens)', tests: 'medium (10,000)', documentation: 'medium (3k)' };

  for (const [files, total, stated, worked] of [
    ['1 (src/coordinator/assignment.py)', '46,800 tokens', '46,800', '52,000'],
    ['2 (monitor.py, rotate.py)', '49,400 tokens', '49,400', '61,100'],
  ] as const) {
    test(`of ${stated} is not believed, and both figures are named`, () => {
      const read = readParts({ ...medium, difficulty: 'medium', files, total });
      assert.equal(read.estimate?.value, Number(worked.replace(',', '')));
      assert.equal(read.estimate?.from, 'formula');
      assert.deepEqual(read.problems, [
        `Total estimated: the text states ${stated} tokens, but its parts give ${worked} by the formula; the larger, ${worked}, is taken.`,
      ]);
    });
  }

  test('but is more is taken, in doubt', () => {
    const read = readParts({ ...medium, total: '80k', difficulty: 'medium' });
    assert.equal(read.estimate?.value, 80_000);
    assert.equal(read.estimate?.from, 'section');
    assert.equal(read.estimate?.confidence, 0.5);
    assert.equal(read.confidence, 0.5);
    assert.match(
      read.problems.join(),
      /states 80,000 tokens, but its parts give 52,000 .* the larger, 80,000, is taken/,
    );
  });
});

describe('an estimate without all parts', () => {
  test('is the total, and says what cannot be checked', () => {
    const read = readParts({ documentation: 'plenty' });
    assert.equal(read.estimate?.value, 28_600);
    assert.equal(read.documentation, undefined);
    assert.deepEqual(read.problems, [
      'Documentation: “plenty” is none of none, light, medium, heavy.',
      'Total estimated: 28,600 cannot be checked without Documentation.',
    ]);
  });

  test('and without a total is none', () => {
    const read = readParts({ documentation: 'plenty', total: 'TBD' });
    assert.equal(read.estimate, undefined);
    assert.equal(read.confidence, 0);
    assert.ok(
      read.problems.includes(
        'There is no estimate: it cannot be worked out without Documentation, and no total is stated.',
      ),
    );
  });

  test('is the total alone where nothing else is told', () => {
    for (const body of ['## Context Estimate\n46,800 tokens\n', '## Context Estimate\n- Total: 46.8k\n']) {
      const read = readIssue(body);
      assert.equal(read.estimate?.value, 46_800);
      assert.deepEqual(read.problems, []);
    }
  });
});

test('an estimate without a total is worked out', () => {
  const read = readParts({ total: 'n/a' });
  assert.deepEqual(read.estimate, { value: 28_600, confidence: 0.95, from: 'formula' });
});

describe('a total', () => {
  for (const [text, tokens] of [
    ['46,800 tokens', 46_800],
    ['46800', 46_800],
    ['46.8k', 46_800],
    ['46,8k', 46_800],
    ['46.8 K tokens', 46_800],
    ['46 800', 46_800],
    ['46\u00a0800 tokens', 46_800],
    ['46\u202f800', 46_800],
    ['46_800', 46_800],
    ["46'800", 46_800],
    ['46.800', 46_800],
    ['~46,800', 46_800],
    ['≈ 46.8k', 46_800],
    ['about 46,800 (low confidence)', 46_800],
    ['0.0468M', 46_800],
    ['1.234k', 1_234],
    ['1,234,567', 1_234_567],
    ['46.8k.', 46_800],
  ] as const) {
    test(`of ${JSON.stringify(text)} is ${tokens}`, () => {
      const read = readIssue(`## Context Estimate\n- Total estimated: ${text}\n`);
      assert.equal(read.estimate?.value, tokens);
      assert.deepEqual(read.problems, []);
    });
  }

  for (const text of ['40-50k', '40k–50k tokens', '40,000 to 50,000', '40k - 50k']) {
    test(`of ${text} is its upper end, in doubt`, () => {
      const read = readIssue(`## Context Estimate\n- Total estimated: ${text}\n`);
      assert.equal(read.estimate?.value, 50_000);
      assert.equal(read.estimate?.confidence, 0.5);
      assert.deepEqual(read.problems, [`Total estimated: “${text}” is a range: its upper end, 50,000, is taken.`]);
    });
  }

  for (const text of [
    'many',
    '-5',
    '0',
    '46.8',
    '52,0000',
    '1e9',
    '12345678901234567890',
    '999,999,999',
    'Infinity',
    '0x10',
    '12abc',
  ]) {
    test(`of ${text} is not guessed`, () => {
      const read = readIssue(`## Context Estimate\n- Total estimated: ${text}\n`);
      assert.equal(read.estimate, undefined);
      assert.equal(read.problems.length, 1);
      assert.match(read.problems[0] ?? '', /^Total estimated: “/);
    });
  }
});

describe('the files', () => {
  for (const [text, files] of [
    ['2 (a.ts, b.ts)', 2],
    ['3 files', 3],
    ['0', 0],
    ['**4**', 4],
  ] as const) {
    test(`${text} are ${files}`, () => {
      const read = readParts({ files: text, total: 'n/a' });
      assert.equal(read.files?.value, files);
      assert.deepEqual(read.problems, ['Total estimated: no value is given.']);
    });
  }

  test('may be a range, or at least so many', () => {
    assert.equal(readParts({ files: '2-4' }).files?.value, 4);
    assert.equal(readParts({ files: '3+' }).files?.confidence, 0.5);
  });

  for (const text of ['several', 'a.ts, b.ts', '10,000,000', '1.5', '']) {
    test(`“${text}” are not guessed`, () => {
      const read = readParts({ files: text });
      assert.equal(read.files, undefined);
      assert.match(read.problems.join('\n'), /^Files to modify: /m);
      assert.match(read.problems.join('\n'), /cannot be checked without Files to modify/);
    });
  }
});

test('tokens beside a level that are not those of the formula are flagged', () => {
  const read = readParts({ complexity: 'low (25,000 tokens)' });
  assert.deepEqual(read.problems, [
    'Implementation complexity: 25,000 tokens stand beside “low”, which is 10,000 by the formula.',
  ]);
});

test('fields that are said twice and differently take the greater', () => {
  const read = readIssue('## Context Estimate\n- Total: 10k\n- Total estimated: 20k\n- Total: 15k\n');
  assert.equal(read.estimate?.value, 20_000);
  assert.equal(read.estimate?.confidence, 0.5);
  assert.deepEqual(read.problems, ['Total estimated: “20000” and “10000” are both said; 20000 is taken.']);
});
