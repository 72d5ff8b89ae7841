import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Understanding } from '../contract.ts';
import { toReferenceText } from './dependencies.ts';
import { readIssue } from './read-issue.ts';

const FORGE = { forgeUrl: 'https://git.example.org/forge/' };

const read = (body: string) => readIssue(body, FORGE);
const inSection = (text: string) => read(`## Dependencies\n\n${text}\n`);
const blockedBy = (understood: Understanding) => understood.blockedBy.map(({ value }) => toReferenceText(value));
const blocks = (understood: Understanding) => understood.blocks.map(({ value }) => toReferenceText(value));

describe('a section of dependencies', () => {
  for (const [text, waitsFor, holdsUp] of [
    ['- Blocked by: #12', ['#12'], []],
    ['- Blocked by: #12, #13 and home/other#14\n- Blocks: #15', ['#12', '#13', 'home/other#14'], ['#15']],
    ['- **Blocked by:** #12\n- **Blocks:** #15', ['#12'], ['#15']],
    ['Blocked by #12; blocks #15', ['#12'], ['#15']],
    ['BLOCKED BY: #12', ['#12'], []],
    ['- Depends on #12', ['#12'], []],
    ['- Depends on: group/sub/project#12', ['group/sub/project#12'], []],
    ['- Blocked by:\n  - #12\n  - #13 (the parser)\n- Blocks:\n  - #15', ['#12', '#13'], ['#15']],
    ['Blocked by:\n\n- #12\n- #13\n\nBlocks:\n\n- #15', ['#12', '#13'], ['#15']],
    ['- [ ] Blocked by #12\n- [x] Blocked by #13', ['#12', '#13'], []],
    ['### Blocked by\n- #12\n### Blocks\n- #15', ['#12'], ['#15']],
    ['- #12\n- #13', ['#12', '#13'], []],
    ['- Blocked by: none\n- Blocks: #15', [], ['#15']],
    ['- Blocked by: #12/#13', ['#12', '#13'], []],
    ['- Blocked by: #12 (see also #99), #13', ['#12', '#13'], []],
    ['- Blocked by: #12. Background in #99.', ['#12'], []],
    ['- Blocked by: (#12)', ['#12'], []],
    ['- Blocked by: #12,\n  #13', ['#12', '#13'], []],
    ['- Blocked by: #12, #12, Home/Other#3, home/other#3', ['#12', 'Home/Other#3'], []],
    ['- Not blocked by #12', [], []],
    ['- No longer blocked by: #12', [], []],
    ["- Isn't blocked by #12", [], []],
    ['- ~~Blocked by: #12~~', [], []],
    ['- Blocked by: `#12`', [], []],
    ['- Blocked by: <!-- #12 --> none', [], []],
    ['```\n- Blocked by: #12\n```', [], []],
    ['<!-- Blocked by: #12 -->', [], []],
    ['None.', [], []],
  ] as const) {
    test(JSON.stringify(text), () => {
      const understood = inSection(text);
      assert.deepEqual(blockedBy(understood), waitsFor);
      assert.deepEqual(blocks(understood), holdsUp);
    });
  }

  test('is sure of what is labelled, less of what is only listed', () => {
    assert.equal(inSection('- Blocked by: #12').blockedBy[0]?.confidence, 0.95);
    assert.equal(inSection('- #12').blockedBy[0]?.confidence, 0.8);
  });

  test('says what it names without a number', () => {
    for (const text of ['- Blocked by: COORD-004', '- Blocked by: 12', '- Blocked by: the review', '- the review']) {
      const understood = inSection(text);
      assert.deepEqual(blockedBy(understood), []);
      assert.equal(understood.problems.length, 1, text);
      assert.match(understood.problems[0] ?? '', /names no issue by its number, .* it is not waited for\.$/);
    }
    assert.match(inSection('- Blocked by: TBD').problems.join(), /leaves it open; it is not waited for/);
  });

  test('says which references go no way', () => {
    const understood = inSection('More about this in #12.');
    assert.deepEqual(blockedBy(understood), []);
    assert.deepEqual(understood.problems, [
      'Dependencies: “More about this in #12.” does not say which way it goes; nothing is waited for.',
    ]);
  });

  test('that names one both ways says so', () => {
    const understood = inSection('- Blocked by: #12\n- Blocks: #12');
    assert.deepEqual(understood.problems, ['Dependencies: #12 is said both to block this and to be blocked by it.']);
  });

  test('may be there twice: all of it counts, and it is flagged', () => {
    const understood = read('## Dependencies\n- Blocked by: #1\n## Dependencies\n- Blocked by: #2\n');
    assert.deepEqual(blockedBy(understood), ['#1', '#2']);
    assert.deepEqual(understood.problems, ['Dependencies: there are 2 such sections.']);
  });

  test('keeps the first two hundred of ten thousand, and says that there are more', () => {
    const understood = inSection(
      `Blocked by: ${Array.from({ length: 10_000 }, (_, index) => `#${index + 1}`).join(', ')}`,
    );
    assert.equal(understood.blockedBy.length, 200);
    assert.equal(understood.unlisted, 9_800);
    assert.ok(understood.blockedBy.every(({ line = '' }) => line.length <= 200));
    assert.deepEqual(understood.problems, ['Blocked by: 10,000 references are listed; only the first 200 are read.']);
  });
});

describe('a reference', () => {
  for (const [text, found] of [
    ['#12', '#12'],
    ['(#12)', '#12'],
    ['**#12**', '#12'],
    ['#12.', '#12'],
    ['home/app#12', 'home/app#12'],
    ['home/app.js#12', 'home/app.js#12'],
    ['[#12](https://git.example.org/forge/home/app/issues/12)', 'home/app#12'],
    ['[the parser](https://git.example.org/forge/home/app/issues/12)', 'home/app#12'],
    ['<https://git.example.org/forge/home/app/pulls/12>', 'home/app#12'],
    ['https://GIT.example.org/forge/home/app/issues/12#issuecomment-5', 'home/app#12'],
    ['https://git.example.org/forge/group/sub/app/-/issues/12', 'group/sub/app#12'],
    ['https://git.example.org/forge/group/app/-/merge_requests/12?tab=1', 'group/app#12'],
    ['#2147483647', '#2147483647'],
  ] as const) {
    test(`is ${text}`, () => {
      const understood = inSection(`- Blocked by: ${text}`);
      assert.deepEqual(blockedBy(understood), [found]);
      assert.deepEqual(understood.problems, []);
    });
  }

  for (const text of [
    '#',
    '#0',
    '#12ab34',
    '#ff0012',
    'word#12',
    '&#39;',
    '##12',
    String.raw`\#12`,
    '#2147483648',
    '#12345678901234567890',
    'home/#12',
    'home//app#12',
    '../app#12',
    'é#12',
    '@home/app#12',
    'https://git.example.org/forge/home/app/wiki#12',
    'https://git.example.org/forge/home/app/issues/new',
    'https://git.example.org/forge/home/app/issues/12.patch',
    `${'a'.repeat(400)}/b#12`,
  ]) {
    test(`is not ${text.slice(0, 60)}`, () => {
      assert.deepEqual(blockedBy(inSection(`- Blocked by: ${text}`)), []);
    });
  }

  for (const text of [
    'https://github.example/home/app/issues/12',
    'https://git.example.org/other/home/app/issues/12',
    'https://git.example.org.evil.example/forge/home/app/issues/12',
  ]) {
    test(`elsewhere is flagged: ${text}`, () => {
      const understood = inSection(`- Blocked by: ${text}`);
      assert.deepEqual(blockedBy(understood), []);
      assert.match(understood.problems.join(), /is not an issue of this forge; it is not waited for/);
    });
  }

  test('by address is of no known forge when the forge is not known', () => {
    const understood = readIssue('## Dependencies\n- Blocked by: https://git.example.org/forge/home/app/issues/12\n');
    assert.deepEqual(blockedBy(understood), []);
    assert.equal(understood.problems.length, 1);
  });
});

describe('free text', () => {
  for (const [text, waitsFor, holdsUp] of [
    ['This is blocked by #12 and #13.', ['#12', '#13'], []],
    ['Depends on #12, home/app#3 (the parser) and #14. See #99.', ['#12', 'home/app#3', '#14'], []],
    ['It depends upon issue #12.', ['#12'], []],
    ['Waiting for #12, then it blocks #15.', ['#12'], ['#15']],
    ['Blocked by the work in #12.', [], []],
    ['This is not blocked by #12.', [], []],
    ['Unblocked by #12.', [], []],
    ['Run `blocked by #12`.', [], []],
    ['See #12.', [], []],
    ['> blocked by #12', [], []],
  ] as const) {
    test(JSON.stringify(text), () => {
      const understood = read(`${text}\n`);
      assert.deepEqual(blockedBy(understood), waitsFor);
      assert.deepEqual(blocks(understood), holdsUp);
      assert.deepEqual(understood.problems, []);
      for (const { from, confidence } of understood.blockedBy) {
        assert.equal(from, 'text');
        assert.equal(confidence, 0.7);
      }
    });
  }

  test('of criteria is about the work, not about the issue', () => {
    assert.deepEqual(blockedBy(read('## Acceptance Criteria\n- [ ] A task blocked by #12 waits\n')), []);
  });
});
