import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { toIssueBody } from '../../../test/issue-bodies.ts';
import { readIssue } from './read-issue.ts';

const at = (heading: string, text: string) => readIssue(`## ${heading}\n\n${text}\n`);

describe('an issue in the published format', () => {
  const read = readIssue(toIssueBody({ blockedBy: '#142, mosaic/queue#7', blocks: '#150' }));

  test('is read whole and without problems', () => {
    assert.equal(read.objective?.value, 'Give each issue to the cheapest agent that is up to it.');
    assert.equal(read.estimate?.value, 28_600);
    assert.equal(read.difficulty?.value, 'low');
    assert.equal(read.files?.value, 1);
    assert.equal(read.complexity?.value, 'low');
    assert.equal(read.tests?.value, 'low');
    assert.equal(read.documentation?.value, 'none');
    assert.equal(read.agent?.value, 'haiku');
    assert.deepEqual(
      read.blockedBy.map(({ value }) => value),
      [
        { repo: null, number: 142 },
        { repo: 'mosaic/queue', number: 7 },
      ],
    );
    assert.deepEqual(
      read.blocks.map(({ value }) => value),
      [{ repo: null, number: 150 }],
    );
    assert.equal(read.criteria.total, 3);
    assert.equal(read.criteria.done, 1);
    assert.deepEqual(read.problems, []);
    assert.equal(read.confidence, 0.95);
  });

  test('says of each value where it comes from', () => {
    assert.deepEqual(read.difficulty, { value: 'low', confidence: 0.95, from: 'section', line: 'easy' });
    assert.equal(read.complexity?.line, 'Implementation complexity: low (10,000 tokens)');
    assert.equal(read.estimate?.from, 'section');
    assert.equal(read.blockedBy[0]?.line, 'Blocked by: #142, mosaic/queue#7');
  });

  test('may end its lines in any way', () => {
    const body = toIssueBody({ blockedBy: '#142' });
    assert.deepEqual(readIssue(body.replaceAll('\n', '\r\n')), readIssue(body));
    assert.deepEqual(readIssue(body.replaceAll('\n', '\r')), readIssue(body));
  });

  for (const [how, change] of Object.entries<(body: string) => string>({
    'deeper headings': (body) => body.replaceAll('## ', '#### '),
    'headings in capitals': (body) => body.replaceAll(/^## .*$/gm, (line) => line.toUpperCase()),
    'bold headings with colons': (body) => body.replaceAll(/^## (.*)$/gm, '## **$1:**'),
    'numbered headings': (body) => body.replaceAll(/^## (.*)$/gm, '## 3. $1'),
    'closed headings': (body) => body.replaceAll(/^## (.*)$/gm, '## $1 ##'),
    'underlined headings': (body) => body.replaceAll(/^## (.*)$/gm, '$1\n-----'),
    'other bullets': (body) => body.replaceAll(/^- /gm, '* '),
    'bold labels': (body) => body.replaceAll(/^- ([A-Z][a-z ]+):/gm, '- **$1:**'),
    'indented bullets': (body) => body.replaceAll(/^- /gm, '  + '),
  })) {
    test(`may have ${how}`, () => {
      const body = change(toIssueBody({ blockedBy: '#142' }));
      const strange = readIssue(body);
      assert.deepEqual(strange.problems, []);
      assert.equal(strange.estimate?.value, 28_600);
      assert.equal(strange.difficulty?.value, 'low');
      assert.deepEqual(
        strange.blockedBy.map(({ value }) => value.number),
        [142],
      );
      assert.equal(strange.criteria.total, 3);
    });
  }
});

test('the form that the manual shows is read as it says', () => {
  const manual = readFileSync(new URL('../../../docs/tasks.md', import.meta.url), 'utf8');
  const read = readIssue(/```markdown\n([^]*?)```/.exec(manual)?.[1] ?? '');
  assert.deepEqual(read.problems, []);
  assert.deepEqual(
    [read.estimate?.value, read.difficulty?.value, read.agent?.value, read.criteria.total],
    [59_800, 'medium', 'sonnet', 2],
  );
  assert.equal(read.blockedBy.length, 2);
  assert.equal(read.blocks.length, 1);
});

test('an empty text tells nothing, and has no problems', () => {
  for (const body of ['', '   \n\n', 'Please fix the login page.']) {
    assert.deepEqual(readIssue(body), {
      objective: undefined,
      estimate: undefined,
      difficulty: undefined,
      files: undefined,
      complexity: undefined,
      tests: undefined,
      documentation: undefined,
      agent: undefined,
      blockedBy: [],
      blocks: [],
      criteria: { total: 0, done: 0, items: [] },
      problems: [],
      confidence: 0,
    });
  }
});

describe('the difficulty', () => {
  for (const [text, value] of [
    ['low', 'low'],
    ['Easy', 'low'],
    ['**MEDIUM**', 'medium'],
    ['`medium`', 'medium'],
    ['🟡 medium', 'medium'],
    ['medium.', 'medium'],
    ['hard (needs care)', 'high'],
    ['- high', 'high'],
    ['medium\n\nBecause it is a high wall.', 'medium'],
    ['- [ ] easy\n- [x] medium\n- [ ] hard', 'medium'],
    ['~~low~~ high', 'high'],
    ['<!-- low, medium or high --> high', 'high'],
    ['<!--\nlow\n-->\nhigh', 'high'],
    ['> low\n\nhigh', 'high'],
    ['```\nlow\n```\nhigh', 'high'],
  ] as const) {
    test(`${JSON.stringify(text)} is ${value}`, () => {
      const read = at('Difficulty', text);
      assert.equal(read.difficulty?.value, value);
      assert.equal(read.difficulty?.confidence, 0.95);
      assert.deepEqual(read.problems, []);
    });
  }

  for (const [text, problem] of [
    ['gigantic', 'Difficulty: “gigantic” is none of low, medium, high (or easy, medium, hard).'],
    ['very high', 'Difficulty: “very high” is none of low, medium, high (or easy, medium, hard).'],
    ['not low', 'Difficulty: “not low” is none of low, medium, high (or easy, medium, hard).'],
    ['lowish', 'Difficulty: “lowish” is none of low, medium, high (or easy, medium, hard).'],
    ['TBD', 'Difficulty: “TBD” leaves it open.'],
    ['_No response_', 'Difficulty: no value is given.'],
    ['', 'Difficulty: the section is empty.'],
    ['<!-- low -->', 'Difficulty: the section is empty.'],
    ['low | medium | high', 'Difficulty: “low | medium | high” names every level: it was not filled in.'],
    ['- [ ] low\n- [ ] medium\n- [ ] high', 'Difficulty: “low, medium, high” names every level: it was not filled in.'],
    ['constructor', 'Difficulty: “constructor” is none of low, medium, high (or easy, medium, hard).'],
  ] as const) {
    test(`${JSON.stringify(text)} is not guessed`, () => {
      const read = at('Difficulty', text);
      assert.equal(read.difficulty, undefined);
      assert.deepEqual(read.problems, [problem]);
      assert.equal(read.confidence, 0);
    });
  }

  test('that names two levels is the harder one, in doubt', () => {
    const read = at('Difficulty', 'low to medium');
    assert.deepEqual(read.difficulty, { value: 'medium', confidence: 0.5, from: 'section', line: 'low to medium' });
    assert.deepEqual(read.problems, ['Difficulty: “low to medium” names several levels: medium is taken.']);
  });

  test('may stand behind the heading, or on a line of free text', () => {
    assert.equal(readIssue('## Difficulty: hard').difficulty?.value, 'high');
    const inText = readIssue('Please do this.\n\nDifficulty: hard\n').difficulty;
    assert.deepEqual(inText, { value: 'high', confidence: 0.7, from: 'text', line: 'Difficulty: hard' });
  });

  test('said twice alike is flagged as repeated, said differently as contradictory', () => {
    const alike = readIssue('## Difficulty\nlow\n## Difficulty\nlow\n');
    assert.deepEqual(alike.problems, ['Difficulty: there are 2 such sections.']);
    assert.equal(alike.difficulty?.confidence, 0.95);
    const unlike = readIssue('## Difficulty\nlow\n## Difficulty\nhigh\n');
    assert.equal(unlike.difficulty?.value, 'high');
    assert.equal(unlike.difficulty?.confidence, 0.5);
    assert.deepEqual(unlike.problems, [
      'Difficulty: there are 2 such sections.',
      'Difficulty: “high” and “low” are both said; high is taken.',
    ]);
  });

  test('in its section counts before one in free text, and the contradiction is flagged', () => {
    const read = readIssue('Difficulty: hard\n\n## Difficulty\nmedium\n');
    assert.equal(read.difficulty?.value, 'medium');
    assert.equal(read.difficulty?.confidence, 0.5);
    assert.deepEqual(read.problems, ['Difficulty: “medium” and “high” are both said; medium is taken.']);
  });

  test('that is far from the complexity is flagged', () => {
    const read = readIssue(toIssueBody({ difficulty: 'hard' }));
    assert.deepEqual(read.problems, ['Difficulty: “high” does not go with an implementation complexity of “low”.']);
  });
});

describe('sections', () => {
  test('go on below strange headings of a deeper level, and end at others', () => {
    const body = '## Acceptance Criteria\n### API\n- [ ] a\n### Page\n- [ ] b\n## Notes\n- [ ] c\n';
    assert.equal(readIssue(body).criteria.total, 2);
  });

  test('are not begun by what only looks like a heading', () => {
    for (const body of [
      '```md\n## Difficulty\nhigh\n```\n',
      '~~~~\n~~~\n## Difficulty\nhigh\n~~~~\n',
      '<!--\n## Difficulty\nhigh\n\n-->\n',
      '<pre>\n## Difficulty\n\nhigh\n</pre>\n',
      '> ## Difficulty\n> high\n',
      '    ## Difficulty\n    high\n',
      '####### Difficulty\nhigh\n',
      '[//]: # (Difficulty: high)\n',
      '`Difficulty:` as such is described in the manual: high\n'.replace('`Difficulty:`', '`x` Difficulty'),
      '<script>\n## Difficulty\nhigh\n</script>\n',
    ]) {
      const read = readIssue(body);
      assert.equal(read.difficulty, undefined, body);
    }
  });

  test('in the visible part of a fold are read', () => {
    const read = readIssue('<details><summary>Estimate</summary>\n\n## Difficulty\nhigh\n\n</details>\n');
    assert.equal(read.difficulty?.value, 'high');
  });

  test('after a comment that is never closed are hidden, which is said', () => {
    const read = readIssue('## Difficulty\nlow\n<!-- draft\n## Difficulty\nhigh\n');
    assert.equal(read.difficulty?.value, 'low');
    assert.deepEqual(read.problems, [
      'A comment is opened (<!--) and never closed: what follows it is hidden, and not read.',
    ]);
  });

  test('after a block of code in a list are read', () => {
    const read = readIssue('- Run\n  ```\n  make\n\n## Difficulty\nhigh\n');
    assert.equal(read.difficulty?.value, 'high');
  });

  test('nested in the estimate may be headings, as forms make them', () => {
    const body = `### Files to modify\n\n1\n\n### Implementation complexity\n\nmedium\n\n### Total estimated\n\n46.8k\n\n### Recommended agent\n\n_No response_\n`;
    const read = readIssue(body);
    assert.equal(read.files?.value, 1);
    assert.equal(read.complexity?.value, 'medium');
    assert.equal(read.estimate?.value, 46_800);
    assert.equal(read.agent, undefined);
  });

  test('of an estimate may be a table', () => {
    const read = readIssue(
      '## Context Estimate\n\n| Part | Value |\n|---|---|\n| Files to modify | 2 |\n| Complexity | **medium** |\n| Tests | medium |\n| Docs | medium |\n',
    );
    assert.equal(read.estimate?.value, 61_100);
    assert.deepEqual(read.problems, []);
  });
});

describe('the acceptance criteria', () => {
  test('are the boxes of their section', () => {
    const read = at('Acceptance Criteria', '- [ ] a\n  - [x] b\n1. [X] c\n- [-] d\n- [] e\n- [x]f\n- [ ]\n');
    assert.deepEqual(read.criteria, {
      total: 3,
      done: 2,
      items: [
        { text: 'a', isDone: false },
        { text: 'b', isDone: true },
        { text: 'c', isDone: true },
      ],
    });
  });

  test('without boxes are items that are not done, which is flagged', () => {
    const read = at('Acceptance Criteria', '- a\n- b\n');
    assert.equal(read.criteria.total, 2);
    assert.deepEqual(read.problems, ['Acceptance Criteria: the items have no checkboxes; all count as not done.']);
  });

  test('of a text without their section are its boxes, not those of tests', () => {
    const read = readIssue('- [x] a\n\n## Testing Requirements\n- [ ] b\n');
    assert.deepEqual(read.criteria, { total: 1, done: 1, items: [{ text: 'a', isDone: true }] });
  });

  test('do not count what is in code or comments', () => {
    const read = at('Acceptance Criteria', '- [ ] a\n\n```\n- [ ] b\n```\n<!--\n- [ ] c\n-->\n');
    assert.equal(read.criteria.total, 1);
  });

  test('keep the first fifty of ten thousand, each cut, and the total', () => {
    const read = at('Acceptance Criteria', `- [x] ${'long '.repeat(100)}\n`.repeat(60) + '- [x] short\n'.repeat(9_940));
    assert.equal(read.criteria.total, 10_000);
    assert.equal(read.criteria.done, 10_000);
    assert.equal(read.criteria.items.length, 50);
    assert.ok(read.criteria.items.every(({ text }) => text.length <= 300 && text.endsWith('…')));
  });
});

test('the agent that is recommended is one name, or none', () => {
  for (const [value, agent] of [
    ['sonnet', 'sonnet'],
    ['@glm', 'glm'],
    ['opus (over 80k)', 'opus'],
    ['none', undefined],
    ['any', undefined],
  ] as const) {
    const read = readIssue(toIssueBody({ agent: value }));
    assert.equal(read.agent?.value, agent, value);
    assert.deepEqual(read.problems, [], value);
  }
  const read = readIssue(toIssueBody({ agent: 'haiku or sonnet' }));
  assert.equal(read.agent, undefined);
  assert.deepEqual(read.problems, ['Recommended agent: “haiku or sonnet” is not the name of one agent.']);
});
