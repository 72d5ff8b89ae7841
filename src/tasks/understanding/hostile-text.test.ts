import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type IssueParts, toIssueBody } from '../../../test/issue-bodies.ts';
import type { Understanding } from '../contract.ts';
import { estimateTokens } from './formula.ts';
import { listHidden } from './hidden-texts.ts';
import { mergeEstimate } from './merge-estimate.ts';
import { readIssue } from './read-issue.ts';
import { toUnderstoodMarkdown } from './to-markdown.ts';

const FORGE = { forgeUrl: 'https://git.example.org/' };
const LONG = 500_000;
const repeat = (piece: string, length = LONG) => piece.repeat(Math.ceil(length / piece.length));

/** Everything that is done with a text, and what must hold of the answers whatever it holds. */
function readWhole(body: string): Understanding {
  const read = readIssue(body, FORGE);
  assert.ok(read.problems.length <= 31);
  assert.ok(read.problems.every((problem) => problem.length <= 300 && !problem.includes('\n')));
  assert.ok(read.blockedBy.length <= 200 && read.blocks.length <= 200);
  assert.ok(read.criteria.items.length <= 50 && read.criteria.items.length <= read.criteria.total);
  assert.ok(read.criteria.done <= read.criteria.total);
  assert.ok(read.confidence >= 0 && read.confidence < 1);
  assert.ok(JSON.stringify(read).length < 200_000);
  assert.ok(toUnderstoodMarkdown(read).length < 30_000);
  const hidden = listHidden(body);
  assert.ok(hidden.length <= 110 && hidden.every((text) => text.length <= 1_100));
  return read;
}

/**
 * Texts that would take minutes if anything were done again for each of their parts; the time limit of the test is far above what they
 * take and far below that.
 */
describe('a text of 500 kB', () => {
  for (const [what, body] of Object.entries({
    'ten thousand checkboxes': `## Acceptance Criteria\n${'- [ ] Something that is to be done, and then some more\n'.repeat(10_000)}`,
    'ten thousand references': `## Dependencies\n${Array.from({ length: 10_000 }, (_, index) => `- Blocked by: home/app#${index + 1} (a title of it, and then some more words)\n`).join('')}`,
    'ten thousand references on one line': `Blocked by: ${Array.from({ length: 70_000 }, (_, index) => `#${index + 1}`).join(', ')}`,
    'one reference again and again': `## Dependencies\nBlocked by: ${repeat('#12 ')}`,
    'lists within lists': Array.from({ length: 990 }, (_, depth) => `${' '.repeat(depth)}- [ ] x`).join('\n'),
    'list markers on one line': repeat('- '),
    'one line of letters': repeat('a'),
    'one line of spaces': `${repeat(' ')}x`,
    'spaces behind a label': `Difficulty: ${repeat(' ')}low`,
    stars: repeat('*'),
    underscores: `a${repeat('_')}a: b`,
    hashes: repeat('#'),
    headings: repeat('## Difficulty\nlow\n'),
    'open comments': repeat('<!-- '),
    'open comments within sentences': repeat('x <!-- '),
    'open tags': repeat('<a '),
    'open attributes': repeat('<a title="'),
    'open code elements': repeat('<code>'),
    'backticks of all lengths': Array.from({ length: 1_000 }, (_, length) => '`'.repeat(length)).join(' '),
    'backticks that do not match': `${repeat('`a')}\`\``,
    'struck out': repeat('~~a '),
    escapes: repeat('\\`'),
    fences: repeat('```\n'),
    'open brackets': repeat('['),
    'open brackets behind a reference': `## Dependencies\n- Blocked by: #1 ${repeat('(')} #2`,
    phrases: repeat('blocked by '),
    'phrases with references': repeat('blocked by #12 '),
    addresses: repeat('depends on https://git.example.org/a/b/issues/1 '),
    'one long address': `depends on https://git.example.org/${repeat('a/issues/')}`,
    'slashes before a reference': `blocked by ${repeat('a/')}#1`,
    digits: `Total estimated: ${repeat('1')}`,
    'groups of digits': `Total estimated: ${repeat('1,000,')}`,
    bars: repeat('|'),
    quotes: repeat('> '),
    'link definitions': repeat('[a b]: # (c)\n'),
    'line ends': repeat('\n'),
    'carriage returns': repeat('\r'),
    tabs: `${repeat('\t')}x`,
    pictures: repeat('👩‍💻'),
    'zero-width spaces': repeat('\u200b'),
    'halves of pairs': repeat('\ud83d'),
    'null characters': repeat('\u0000'),
  })) {
    test(`of ${what} is read`, { timeout: 20_000 }, () => {
      assert.ok(body.length >= 490_000);
      readWhole(body);
    });
  }
});

test('of a text beyond a million characters the rest is not read, which is said', () => {
  const read = readWhole(`${repeat('word ', 1_000_000)}\n## Difficulty\nlow\n`);
  assert.equal(read.difficulty, undefined);
  assert.deepEqual(read.problems, ['The text is too long: only its first 1,000,000 characters are read.']);
});

const PIECES = [
  '## Objective',
  '## Context Estimate',
  '## Difficulty',
  '## Dependencies',
  '## Acceptance Criteria',
  '### x',
  '\n',
  '\n\n',
  '\r\n',
  '- ',
  '- [ ] ',
  '- [x] ',
  '1. ',
  '  ',
  '    ',
  '\t',
  '> ',
  '```',
  '`',
  '~~',
  '<!--',
  '-->',
  '<b>',
  '</b>',
  '<pre>',
  '[a]: # (b)',
  '---',
  '===',
  'Files to modify: ',
  'Implementation complexity: ',
  'Test requirements: ',
  'Documentation: ',
  'Total estimated: ',
  'Recommended agent: ',
  'low',
  'easy',
  'medium',
  'high',
  'hard',
  'none',
  'light',
  '46,800',
  '46.8k',
  '1',
  '-',
  '~',
  '(20,000 tokens)',
  'Blocked by',
  'blocks',
  ': ',
  '#12',
  'home/app#3',
  'https://git.example.org/home/app/issues/4',
  ', ',
  ' and ',
  'not ',
  '|',
  '*',
  '**',
  '_',
  '\\',
  '"',
  '@ada',
  '\u200b',
  '\u202e',
  '😀',
  '\ud83d',
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join('')),
);

test('any text is read, twice alike, to a bounded answer', () => {
  fc.assert(
    fc.property(anyText, (body) => {
      assert.deepEqual(readWhole(body), readIssue(body, FORGE));
    }),
    { numRuns: 1_000 },
  );
});

test('what is said in comments changes nothing', () => {
  fc.assert(
    fc.property(anyText, (secret) => {
      const inside = secret.replaceAll('-->', '').replaceAll('--!>', '');
      const body = toIssueBody({ blockedBy: '#12' });
      assert.deepEqual(
        readIssue(body.replace('## Difficulty', `<!--${inside}\n-->\n\n## Difficulty`)),
        readIssue(body),
      );
    }),
  );
});

const level = fc.constantFrom('low', 'medium', 'high', 'easy', 'hard', 'Low', 'MEDIUM');
const LEVELS = { low: 'low', easy: 'low', medium: 'medium', high: 'high', hard: 'high' } as const;
const toLevel = (word: string) => LEVELS[word.toLowerCase() as keyof typeof LEVELS];

test('an issue in the format is read as it was written, and never estimated below the formula', () => {
  const parts = fc.record({
    files: fc.integer({ min: 0, max: 200 }),
    complexity: level,
    tests: level,
    documentation: fc.constantFrom('none', 'light', 'medium', 'heavy'),
    total: fc.integer({ min: 1, max: 5_000_000 }),
    difficulty: level,
    blockers: fc.uniqueArray(fc.integer({ min: 1, max: 99_999 }), { maxLength: 20 }),
  });
  fc.assert(
    fc.property(parts, ({ files, blockers, total, ...words }) => {
      const written: IssueParts = {
        ...words,
        files: String(files),
        total: `${total.toLocaleString('en-US')} tokens`,
        blockedBy: blockers.length === 0 ? 'none' : blockers.map((number) => `#${number}`).join(', '),
      };
      const read = readWhole(toIssueBody(written));
      const worked = estimateTokens({
        files,
        complexity: toLevel(words.complexity),
        tests: toLevel(words.tests),
        documentation: words.documentation,
      });
      assert.equal(read.files?.value, files);
      assert.equal(read.difficulty?.value, toLevel(words.difficulty));
      assert.equal(read.estimate?.value, Math.max(total, worked));
      assert.equal(
        read.problems.some((problem) => problem.startsWith('Total estimated: the text states')),
        total !== worked,
      );
      assert.deepEqual(
        read.blockedBy.map(({ value }) => value.number),
        blockers,
      );
    }),
  );
});

test('an estimator never changes what the text tells', () => {
  const answer = fc.record({
    estimate: fc.integer({ min: 1, max: 1_000_000 }),
    difficulty: fc.constantFrom('low', 'medium', 'high'),
  });
  fc.assert(
    fc.property(anyText, answer, (body, guess) => {
      const read = readIssue(body);
      const merged = mergeEstimate(read, guess);
      assert.deepEqual(merged.estimate?.value, read.estimate?.value ?? guess.estimate);
      assert.deepEqual(merged.difficulty?.value, read.difficulty?.value ?? guess.difficulty);
      assert.deepEqual(
        { ...merged, estimate: 0, difficulty: 0, confidence: 0 },
        { ...read, estimate: 0, difficulty: 0, confidence: 0 },
      );
    }),
  );
});
