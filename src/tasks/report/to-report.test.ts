import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UNOPENED } from '../../../test/task-machine.ts';
import { TASK_STATES } from '../../core/vocabulary.ts';
import type { Task } from '../contract.ts';
import type { TaskDependency } from '../shapes.ts';
import { type ReportFacts, toReport } from './to-report.ts';

const TASK: Task = {
  ...UNOPENED,
  title: 'Sort the list',
  round: 2,
  fence: 3,
  agent: 'glm',
  chosenAgent: 'glm',
  chosenBecause: 'It costs nothing.',
};

function report(task: Partial<Task>, facts: Partial<ReportFacts> = {}): string {
  return toReport({ task: { ...TASK, ...task }, dependencies: [], journal: [], understood: '', pull: null, ...facts });
}

describe('the report of a task', () => {
  it('has words for every state, and tells people what they can do', () => {
    const headlines = TASK_STATES.map((state) => report({ state }).split('\n')[0]);
    assert.equal(new Set(headlines).size, TASK_STATES.length, headlines.join('\n'));
    const commandOf = (task: Partial<Task>) => /`fettle tasks (\w+) 01900000-/.exec(report(task))?.[1];
    assert.equal(commandOf({ state: 'dead', attempt: 3 }), 'requeue');
    assert.match(report({ state: 'dead', attempt: 1 }), /^\*\*Given up after 1 attempt\*\*/);
    assert.equal(commandOf({ state: 'failed' }), 'requeue');
    assert.equal(commandOf({ state: 'awaiting_approval' }), 'approve');
    assert.equal(commandOf({ state: 'blocked', quarantinedBy: 'grace' }), 'requeue');
    assert.match(report({ state: 'blocked', quarantinedBy: 'grace' }), /^\*\*Taken out of circulation by `grace`\*\*/);
    assert.match(
      report({ state: 'blocked', reason: 'No agent is able to do it.' }),
      /\n\nNo agent is able to do it\.\n/,
    );
    assert.equal(commandOf({ state: 'succeeded' }), undefined);
  });

  it('says who was chosen and why, and which attempt it is', () => {
    assert.match(report({ state: 'queued', attempt: 1 }), /- Attempt 2 of 3\n- Chosen: `glm`\. It costs nothing\./);
    assert.match(report({ state: 'leased', attempt: 2 }), /- Attempt 3 of 3/);
    assert.doesNotMatch(report({ state: 'dead', attempt: 3, finishedAt: UNOPENED.createdAt }), /Attempt 3 of/);
    assert.match(report({ chosenAgent: null, chosenBecause: 'Nobody is able.' }), /- Nobody is able\./);
  });

  it('lists what it waits for, and no titles of other repositories', () => {
    const dependency = { repo: 'dataforge/app', title: 'Make *room*', waivedBy: null, task: null } as const;
    const dependencies: TaskDependency[] = [
      { ...dependency, number: 3, state: 'open', task: { id: UNOPENED.id, state: 'dead' } },
      { ...dependency, number: 4, state: 'closed' },
      { ...dependency, repo: 'secret/plans', number: 5, title: 'Buy them', state: 'open', waivedBy: 'grace' },
      { ...dependency, repo: 'secret/gone', number: 6, title: null, state: 'unknown' },
      { ...dependency, number: 7, title: null, state: 'cycle' },
    ];
    const text = report({ state: 'blocked' }, { dependencies });
    assert.match(text, /- #3 Make \\\*room\\\*: open, and its task is dead\n- #4 Make \\\*room\\\*: done\n/);
    assert.match(text, /- secret\/plans#5: open; waived by `grace`\n- secret\/gone#6: not found, or not to be seen/);
    assert.match(text, /- #7: waits for this one itself/);
    assert.match(text, /To begin all the same: `fettle tasks waive 01900000-/);
    assert.doesNotMatch(text, /Buy them/);
    const waived = dependencies.map((one) => ({ ...one, waivedBy: 'grace' }));
    assert.doesNotMatch(report({ state: 'blocked' }, { dependencies: waived }), /tasks waive/);
    const many = Array.from(
      { length: 100 },
      (_, index) => ({ ...dependency, number: index + 1, state: 'open' }) as const,
    );
    assert.match(report({ state: 'blocked' }, { dependencies: many }), /- #30 .*\n- … and 70 more/);
  });

  it('shows the verdicts of gates and the result, and links no pull request that is not known to be here', () => {
    const submitted = {
      summary: 'Sorted.',
      pull: 'https://evil.example/dataforge/app/pulls/2',
      branch: 'sort',
      commits: ['c3d0be41ecbe6695'],
    };
    const verdicts = [
      { gate: 'pull', state: 'passed', detail: 'Pull request 2 is open.' },
      { gate: 'checks', state: 'rejected', detail: 'Failed: <b>ci</b>.' },
    ] as const;
    const text = report({ state: 'leased', submitted, verdicts });
    assert.match(text, /- ✅ `pull`: Pull request 2 is open\.\n- ❌ `checks`: Failed: \\<b\\>ci\\<\/b\\>\./);
    assert.match(text, /- Pull request, as the agent names it: `https:\/\/evil\.example/);
    assert.match(text, /- Branch: `sort`\n- Commits: `c3d0be41ecbe`/);
    assert.match(report({ state: 'succeeded', result: submitted }, { pull: '#2' }), /- Pull request: #2\n/);
  });

  it('tells the last of what happened, without the notes', () => {
    const journal = Array.from({ length: 30 }, (_, index) => ({
      number: index + 1,
      at: '2026-03-14T09:30:00.000Z',
      kind: index % 2 === 0 ? 'note' : 'not_an_answer',
      by: 'eve',
      fence: null,
      data: {},
    }));
    const lines = report({}, { journal })
      .split('\n')
      .filter((line) => line.includes('not an answer'));
    assert.deepEqual([lines.length, lines[0]], [12, '- 2026-03-14 09:30 not an answer by `eve`']);
    assert.doesNotMatch(report({}, { journal }), / note by/);
  });
});
