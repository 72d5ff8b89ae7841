import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  after,
  ASSIGNED,
  at,
  FACTS,
  LABELED,
  live,
  OPEN,
  OPTIONS,
  proofOf,
  READ,
  RESULT,
  START,
  UNOPENED,
} from '../../../test/task-machine.ts';
import type { TaskReason } from '../contract.ts';
import type { TaskCommand } from './contract.ts';
import { decide } from './decide.ts';

const BY_TOKEN: TaskReason = { by: 'api', value: '', actor: 'ops-token', at: START };
const UNASSIGN = { kind: 'withdraw', by: 'assignee', value: 'mosaic', actor: 'ada' } as const;
const UNLABEL = { kind: 'withdraw', by: 'label', value: 'agent', actor: null } as const;
const CLOSE = { kind: 'close', how: 'closed', actor: 'ada' } as const;
const REOPEN = { kind: 'reopen', actor: 'ada' } as const;
const COMPLETE = { kind: 'complete', lease: proofOf(1), result: RESULT } as const;
const QUEUED = live(UNOPENED, [OPEN, READ]);
const HELD = live(QUEUED, ['claim']);
const openFor = (reason: TaskReason) => ({ ...OPEN, reason }) as const;

describe('opening a task', () => {
  it('begins a round that waits for its text to be read', () => {
    const decision = decide(UNOPENED, { ...OPEN, priority: 5 }, at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.reason], ['blocked', 'Its text is being read.']);
    assert.deepEqual([task.round, task.priority, task.options, task.reasons], [1, 5, OPTIONS, [ASSIGNED]]);
    assert.deepEqual([task.title, task.author, task.labels], [FACTS.title, FACTS.author, FACTS.labels]);
    assert.deepEqual(decision.events, ['task.opened']);
    assert.deepEqual(decision.follow, [{ kind: 'report' }, { kind: 'read' }]);
    assert.deepEqual(decision.entries, [
      {
        kind: 'opened',
        by: 'bob',
        isNews: false,
        data: { reasons: [{ by: 'assignee', value: 'mosaic' }], round: 1, rule: 'coordinator' },
      },
    ]);
  });

  it('that is open adds a reason, and the same one only once', () => {
    const decision = decide(HELD, openFor(LABELED), at(after(5)));
    assert.deepEqual([decision.task.state, decision.task.round], ['leased', 1]);
    assert.deepEqual(decision.task.reasons, [ASSIGNED, LABELED]);
    assert.deepEqual(decision.events, []);
    const again = openFor({ ...LABELED, value: 'Agent', actor: 'dora', at: after(9) });
    assert.equal(decide(decision.task, again, at(after(9))).task, decision.task);
  });

  it('remembers the last event that gave a reason, which nobody sees', () => {
    const given = live(HELD, [openFor({ ...ASSIGNED, seq: 7 })]);
    assert.deepEqual([given.reasons, given.revision], [[{ ...ASSIGNED, seq: 7 }], HELD.revision + 1]);
    const { entries, follow } = decide(given, openFor({ ...ASSIGNED, seq: 9 }), at(after(5)));
    assert.deepEqual([entries, follow], [[], []]);
    assert.equal(decide(given, openFor({ ...ASSIGNED, seq: 5 }), at(after(5))).task, given);
  });

  it('that is over begins the next round with nothing of the last but the hand-over', () => {
    const cancelled = live(HELD, [UNASSIGN]);
    const late = decide(cancelled, COMPLETE, at(after(5))).task;
    const { task } = decide(late, { ...OPEN, options: { ...OPTIONS, maxAttempts: 1 } }, at(after(9)));
    assert.deepEqual([task.round, task.state, task.attempt, task.fence], [2, 'blocked', 0, 1]);
    assert.deepEqual([task.agent, task.leaseHash, task.understood, task.queuedAt], [null, null, null, null]);
    assert.deepEqual([task.finishedAt, task.options.maxAttempts], [null, 1]);
    assert.match(task.handover ?? '', /^An earlier holder/);
    assert.equal(live(task, [READ, 'claim']).fence, 2);
  });

  it('forgets a handover with the success it led to', () => {
    const done = live(HELD, [{ kind: 'release', lease: proofOf(1), handover: 'Half done.' }, 'claim']);
    const again = live(done, [{ ...COMPLETE, lease: proofOf(2) }, OPEN]);
    assert.deepEqual([again.handover, again.result], [null, null]);
  });

  it('again keeps reasons that still stand, but none that cannot be taken back', () => {
    const done = live(live(UNOPENED, [openFor(BY_TOKEN), openFor(ASSIGNED), READ, 'claim']), [COMPLETE]);
    const again = live(done, [openFor(LABELED)]);
    assert.deepEqual(again.reasons, [ASSIGNED, LABELED]);
  });

  it('does not end a quarantine', () => {
    const quarantined = live(QUEUED, [{ kind: 'quarantine', by: 'ops', note: null }, UNASSIGN]);
    assert.equal(quarantined.state, 'cancelled');
    const again = live(quarantined, [OPEN, READ]);
    assert.deepEqual([again.round, again.state, again.quarantinedBy], [2, 'blocked', 'ops']);
    assert.equal(live(again, [{ kind: 'requeue', by: 'ops', note: null }]).state, 'queued');
  });
});

describe('taking a reason back', () => {
  it('calls the task off with the last one, and its holder is told', () => {
    const decision = decide(HELD, UNASSIGN, at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.reason, task.reasons], ['cancelled', 'ada unassigned mosaic.', []]);
    assert.deepEqual([task.leaseUntil, task.finishedAt], [null, after(5)]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.cancelled'], 'withdrawn']);
    assert.deepEqual(
      decision.entries.map(({ kind, by, isNews }) => [kind, by, isNews]),
      [['withdrawn', 'ada', true]],
    );
  });

  it('leaves it to the reasons that are left', () => {
    const both = live(HELD, [openFor(LABELED)]);
    const decision = decide(both, UNASSIGN, at(after(5)));
    assert.deepEqual([decision.task.state, decision.task.reasons], ['leased', [LABELED]]);
    const last = live(decision.task, [UNLABEL]);
    assert.deepEqual([last.state, last.reason], ['cancelled', 'Somebody removed the label agent.']);
  });

  for (const by of ['command', 'api', 'rule'] as const)
    it(`leaves a task that was opened by ${by}`, () => {
      const both = live(UNOPENED, [OPEN, openFor({ ...BY_TOKEN, by })]);
      assert.equal(live(both, [UNASSIGN]).state, 'blocked');
    });

  it('that it never had changes nothing', () => {
    assert.equal(decide(HELD, UNLABEL, at(START)).task, HELD);
    assert.equal(decide(HELD, { ...UNASSIGN, value: 'other-bot' }, at(START)).task, HELD);
  });

  it('of a task that is over is remembered, so that it does not come back', () => {
    const decision = decide(live(HELD, [CLOSE]), UNASSIGN, at(after(5)));
    assert.deepEqual([decision.task.reasons, decision.entries, decision.follow], [[], [], []]);
    assert.equal(decide(decision.task, REOPEN, at(after(9))).task, decision.task);
    assert.equal(live(decision.task, [COMPLETE]).state, 'succeeded');
  });
});

describe('closing the subject', () => {
  const cases: readonly (readonly [string, TaskCommand, string])[] = [
    ['closed', CLOSE, 'ada closed the issue.'],
    ['merged', { ...CLOSE, how: 'merged', actor: null }, 'Somebody merged the issue.'],
    ['deleted', { ...CLOSE, how: 'deleted' }, 'ada deleted the issue.'],
  ];
  for (const [how, command, reason] of cases)
    it(`calls the task off when it was ${how}`, () => {
      const decision = decide(HELD, command, at(after(5)));
      assert.deepEqual([decision.task.state, decision.task.reason, decision.task.closed], ['cancelled', reason, how]);
      assert.deepEqual([decision.events, decision.leaseEnded], [['task.cancelled'], 'withdrawn']);
    });

  it('opens it again with the subject, in the next round', () => {
    const decision = decide(live(HELD, [CLOSE]), REOPEN, at(after(9)));
    assert.deepEqual([decision.task.state, decision.task.round, decision.task.closed], ['blocked', 2, null]);
    assert.deepEqual(decision.task.reasons, [ASSIGNED]);
    assert.deepEqual([decision.events, decision.follow.at(-1)], [['task.opened'], { kind: 'read' }]);
  });

  const over: readonly (readonly [string, readonly (TaskCommand | 'claim')[]])[] = [
    ['a person called off', [{ kind: 'cancel', by: 'ops', note: null }, REOPEN]],
    ['lost its subject', [{ ...CLOSE, how: 'deleted' }, REOPEN]],
    ['was unassigned', [UNASSIGN, REOPEN]],
  ];
  for (const [what, commands] of over)
    it(`does not open one again that ${what}`, () => {
      const task = live(HELD, commands);
      assert.deepEqual([task.state, task.round], ['cancelled', 1]);
    });
});
