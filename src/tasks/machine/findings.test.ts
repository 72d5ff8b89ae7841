import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  after,
  at,
  CHOSEN,
  FACTS,
  FREE,
  LEASE_MS,
  live,
  NOBODY,
  OPEN,
  OPEN_TO_ALL,
  OPTIONS,
  PATIENCE_MS,
  proofOf,
  READ,
  START,
  UNDERSTOOD,
  UNOPENED,
  WAITING,
} from '../../../test/task-machine.ts';
import type { TaskCommand } from './contract.ts';
import { decide } from './decide.ts';

const OPENED = live(UNOPENED, [OPEN]);
const QUEUED = live(OPENED, [READ]);
const HELD = live(QUEUED, ['claim']);
const BLOCK = { kind: 'block', blockers: WAITING } as const;
const UNBLOCK = { kind: 'block', blockers: FREE } as const;

describe('reading the text', () => {
  it('makes a task claimable, first for the agent that was chosen', () => {
    const decision = decide(OPENED, READ, at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.reason, task.queuedAt], ['queued', null, after(5)]);
    assert.deepEqual([task.estimate, task.difficulty, task.understood], [60_000, 'medium', UNDERSTOOD]);
    assert.deepEqual([task.chosenAgent, task.chosenUntil], ['glm', after(5 + PATIENCE_MS)]);
    assert.deepEqual([decision.events, decision.follow], [['task.ready'], [{ kind: 'report' }]]);
    assert.deepEqual(decision.entries, [
      {
        kind: 'read',
        by: 'fettle',
        isNews: false,
        data: {
          estimate: 60_000,
          difficulty: 'medium',
          confidence: 1,
          problems: [],
          agent: 'glm',
          because: CHOSEN.because,
          waits: null,
        },
      },
    ]);
  });

  it('again with the same text changes nothing', () => {
    assert.equal(decide(QUEUED, structuredClone(READ), at(after(5))).task, QUEUED);
  });

  it('keeps what the text does not tell unknown', () => {
    const { estimate: _estimate, difficulty: _difficulty, ...rest } = UNDERSTOOD;
    const { task } = decide(OPENED, { ...READ, understanding: { ...rest, confidence: 0 } }, at(START));
    assert.deepEqual([task.estimate, task.difficulty], [null, null]);
  });

  it('finds what it waits for', () => {
    const decision = decide(OPENED, { ...READ, blockers: WAITING }, at(START));
    assert.deepEqual([decision.task.state, decision.task.reason], ['blocked', 'Waits for #3 and #4.']);
    assert.deepEqual([decision.task.blockers, decision.events], [2, ['task.blocked']]);
  });

  it('leaves it to a person to allow it where one is to', () => {
    const opened = live(UNOPENED, [{ ...OPEN, options: { ...OPTIONS, approval: 'both' } }]);
    const decision = decide(opened, READ, at(START));
    assert.deepEqual([decision.task.state, decision.events], ['awaiting_approval', ['task.blocked']]);
  });

  it('after an edit takes nothing from its holder', () => {
    const edited = { ...READ, facts: { ...FACTS, title: 'Sort it all' }, blockers: WAITING };
    const { task, events, leaseEnded } = decide(HELD, edited, at(after(5)));
    assert.deepEqual([task.state, task.title, task.blockers], ['leased', 'Sort it all', 2]);
    assert.deepEqual([events, leaseEnded, task.leaseUntil], [[], null, HELD.leaseUntil]);
  });

  it('does nothing for a task that is over', () => {
    const cancelled = live(HELD, [{ kind: 'cancel', by: 'ops', note: null }]);
    assert.equal(decide(cancelled, READ, at(START)).task, cancelled);
  });
});

describe('what a task waits for', () => {
  it('takes it out of the queue, and back in when it is done', () => {
    const blocked = decide(QUEUED, BLOCK, at(after(5)));
    assert.deepEqual([blocked.task.state, blocked.task.reason], ['blocked', WAITING.reason]);
    assert.deepEqual(blocked.events, ['task.blocked']);
    const ready = decide(blocked.task, UNBLOCK, at(after(LEASE_MS)));
    assert.deepEqual([ready.task.state, ready.task.queuedAt], ['queued', after(LEASE_MS)]);
    assert.deepEqual([ready.task.chosenUntil, ready.events], [after(LEASE_MS + PATIENCE_MS), ['task.ready']]);
  });

  it('can change while it waits, which is shown but not announced', () => {
    const waiting = live(QUEUED, [BLOCK]);
    const decision = decide(waiting, { kind: 'block', blockers: { count: 1, reason: 'Waits for #4.' } }, at(START));
    assert.equal(decision.task.reason, 'Waits for #4.');
    assert.deepEqual([decision.events, decision.follow], [[], [{ kind: 'report' }]]);
  });

  it('is news for whoever holds the task, and no more', () => {
    const decision = decide(HELD, BLOCK, at(START));
    assert.deepEqual([decision.task.state, decision.task.blockers], ['leased', 2]);
    assert.deepEqual(
      decision.entries.map(({ kind, isNews }) => [kind, isNews]),
      [['blocked', true]],
    );
  });

  it('keeps its words when something else changes', () => {
    const waiting = live(QUEUED, [BLOCK]);
    assert.equal(live(waiting, [{ kind: 'select', selection: OPEN_TO_ALL }]).reason, WAITING.reason);
  });
});

describe('choosing an agent', () => {
  it('that nobody can be is said once, with the reason', () => {
    const decision = decide(OPENED, { ...READ, selection: NOBODY }, at(START));
    assert.deepEqual([decision.task.state, decision.task.reason], ['blocked', NOBODY.because]);
    assert.deepEqual(decision.follow, [
      { kind: 'report' },
      { kind: 'say', text: 'No agent can take this. No agent is able to do it.', mention: 'bob' },
    ]);
    const still = { ...NOBODY, because: 'Not glm: it lacks rust.' };
    const again = decide(decision.task, { kind: 'select', selection: still }, at(after(5)));
    assert.deepEqual([again.task.reason, again.follow], [still.because, [{ kind: 'report' }]]);
  });

  it('anew lets the task go on', () => {
    const incapable = live(OPENED, [{ ...READ, selection: NOBODY }]);
    const decision = decide(incapable, { kind: 'select', selection: CHOSEN }, at(after(5)));
    assert.deepEqual([decision.task.state, decision.task.chosenUntil], ['queued', after(5 + PATIENCE_MS)]);
    assert.deepEqual(decision.events, ['task.ready']);
  });

  it('leaves the task to all when no agents are known', () => {
    const open = live(OPENED, [{ ...READ, selection: OPEN_TO_ALL }], after(5));
    assert.deepEqual([open.state, open.chosenAgent, open.chosenUntil], ['queued', null, after(5)]);
    assert.equal(decide(open, { kind: 'select', selection: OPEN_TO_ALL }, at(after(9))).task, open);
  });

  it('again keeps the time of the one that was chosen, and gives another its own', () => {
    assert.equal(decide(QUEUED, { kind: 'select', selection: CHOSEN }, at(after(5))).task, QUEUED);
    const { task } = decide(QUEUED, { kind: 'select', selection: { ...CHOSEN, agent: 'opus' } }, at(after(5)));
    assert.deepEqual([task.chosenAgent, task.chosenUntil, task.queuedAt], ['opus', after(5 + PATIENCE_MS), START]);
  });

  it('takes nothing from its holder, but counts when it gives the task back', () => {
    const unable = live(HELD, [{ kind: 'select', selection: NOBODY }]);
    assert.equal(unable.state, 'leased');
    const decision = decide(unable, { kind: 'release', lease: proofOf(1) }, at(START));
    assert.deepEqual([decision.task.state, decision.events], ['blocked', ['task.released', 'task.blocked']]);
    assert.deepEqual(
      decision.follow.map(({ kind }) => kind),
      ['report', 'say'],
    );
  });
});

describe('what happens on the forge', () => {
  const comment = { id: '7', author: 'ada', body: 'By date.', at: START, url: null };
  const commented: TaskCommand = {
    kind: 'news',
    what: 'commented',
    by: 'ada',
    data: { body: 'By date.' },
    isToBeRead: false,
    comment,
  };
  const asked = live(HELD, [{ kind: 'ask', lease: proofOf(1), question: 'Which order?' }]);

  it('is told to the holder', () => {
    const decision = decide(HELD, commented, at(after(5)));
    assert.deepEqual(decision.entries, [{ kind: 'commented', by: 'ada', isNews: true, data: { body: 'By date.' } }]);
    assert.deepEqual([decision.events, decision.follow], [[], []]);
  });

  it('is read again when the text changed', () => {
    const edited: TaskCommand = { ...commented, what: 'edited', facts: { title: 'Sort it all' }, isToBeRead: true };
    const decision = decide(QUEUED, edited, at(after(5)));
    assert.deepEqual([decision.task.title, decision.task.body], ['Sort it all', FACTS.body]);
    assert.deepEqual(decision.follow, [{ kind: 'read' }]);
  });

  it('may be the answer while a question is open', () => {
    assert.deepEqual(decide(asked, commented, at(after(5))).follow, [{ kind: 'hear', comment }]);
  });

  it('answers the question, and its asker goes on', () => {
    const decision = decide(asked, { kind: 'answer', comment, permission: 'write' }, at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.question, task.reason], ['leased', null, null]);
    assert.equal(task.leaseUntil, asked.leaseUntil);
    assert.deepEqual(decision.events, ['task.answered']);
    assert.deepEqual(decision.entries, [
      {
        kind: 'answered',
        by: 'ada',
        isNews: true,
        data: { question: 'Which order?', permission: 'write', ...comment },
      },
    ]);
  });

  it('answers a question whose asker is gone, and the task is claimable again', () => {
    const alone = live(asked, [{ kind: 'expire' }], after(LEASE_MS));
    const decision = decide(alone, { kind: 'answer', comment, permission: 'write' }, at(after(LEASE_MS + 5)));
    assert.deepEqual([decision.task.state, decision.task.attempt], ['queued', 0]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.answered', 'task.ready'], null]);
  });

  it('does not revive the asker whose time is over', () => {
    const decision = decide(asked, { kind: 'answer', comment, permission: 'write' }, at(after(LEASE_MS)));
    assert.deepEqual([decision.task.state, decision.task.leaseUntil], ['queued', null]);
    assert.equal(decision.leaseEnded, 'expired');
  });

  it('answers once', () => {
    const answer = { kind: 'answer', comment, permission: 'write' } as const;
    const answered = live(asked, [answer]);
    assert.equal(decide(answered, answer, at(START)).task, answered);
  });
});
