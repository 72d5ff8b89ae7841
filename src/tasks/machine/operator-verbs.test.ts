import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  after,
  ASSIGNED,
  at,
  FREE,
  LEASE_MS,
  live,
  OPEN,
  OPTIONS,
  PATIENCE_MS,
  proofOf,
  READ,
  START,
  UNOPENED,
  WAITING,
} from '../../../test/task-machine.ts';
import { FettleError } from '../../core/errors.ts';
import type { Task } from '../contract.ts';
import type { TaskCommand } from './contract.ts';
import { decide } from './decide.ts';

const person = (kind: 'approve' | 'reject' | 'cancel' | 'requeue' | 'quarantine', note: string | null = null) =>
  ({ kind, by: 'ops', note }) as const;
const QUEUED = live(UNOPENED, [OPEN, READ]);
const HELD = live(QUEUED, ['claim']);
const GUARDED = live(UNOPENED, [{ ...OPEN, options: { ...OPTIONS, approval: 'before' } }, READ]);
const FAIL = { kind: 'fail', lease: proofOf(1), error: 'No disk.', retryable: true } as const;

function assertRefused(task: Task, command: TaskCommand): void {
  assert.throws(
    () => decide(task, command, at(START)),
    (error) => error instanceof FettleError && error.code === 'task_not_movable',
  );
}

describe('approval before the beginning', () => {
  it('puts the task into the queue', () => {
    const decision = decide(GUARDED, person('approve', 'Go.'), at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.approvedBy, task.queuedAt], ['queued', 'ops', after(5)]);
    assert.equal(task.chosenUntil, after(5 + PATIENCE_MS));
    assert.deepEqual(decision.events, ['task.ready']);
    assert.deepEqual(
      decision.entries.map(({ kind, by, data }) => [kind, by, data]),
      [['approved', 'ops', { note: 'Go.' }]],
    );
  });

  it('is asked once in a round', () => {
    const held = live(GUARDED, [person('approve'), 'claim']);
    const expired = live(held, [{ kind: 'expire' }], after(LEASE_MS));
    assert.equal(expired.state, 'queued');
    assertRefused(expired, person('approve'));
    assert.equal(live(expired, [person('cancel'), OPEN]).approvedBy, null);
  });

  it('can be given while it waits for something else', () => {
    const waiting = live(GUARDED, [{ kind: 'block', blockers: WAITING }]);
    assert.equal(waiting.state, 'blocked');
    const approved = live(waiting, [person('approve')]);
    assert.deepEqual([approved.state, approved.approvedBy], ['blocked', 'ops']);
    assert.equal(live(approved, [{ kind: 'block', blockers: FREE }]).state, 'queued');
  });

  it('refused calls the task off', () => {
    const decision = decide(GUARDED, person('reject', 'Not now.'), at(after(5)));
    assert.deepEqual([decision.task.state, decision.task.reason], ['cancelled', 'Rejected by ops: Not now.']);
    assert.deepEqual(decision.events, ['task.cancelled']);
  });
});

describe('calling a task off', () => {
  it('ends the lease and says who did it', () => {
    const decision = decide(HELD, person('cancel', 'Wrong issue.'), at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.reason], ['cancelled', 'Called off by ops: Wrong issue.']);
    assert.deepEqual([task.leaseUntil, decision.leaseEnded, decision.events], [null, 'withdrawn', ['task.cancelled']]);
    assert.equal(decision.entries[0]?.isNews, true);
  });

  it('twice is once', () => {
    const cancelled = live(HELD, [person('cancel')]);
    assert.equal(decide(cancelled, person('cancel'), at(after(5))).task, cancelled);
  });
});

describe('putting a task back into the queue', () => {
  const dead = live(UNOPENED, [{ ...OPEN, options: { ...OPTIONS, maxAttempts: 1 } }, READ, 'claim', FAIL]);
  const over: readonly (readonly [string, Task])[] = [
    ['dead', dead],
    ['failed', live(HELD, [{ ...FAIL, retryable: false }])],
    ['cancelled', live(HELD, [person('cancel')])],
    ['closed', live(HELD, [{ kind: 'close', how: 'closed', actor: 'ada' }])],
  ];
  for (const [what, task] of over)
    it(`gives one that is ${what} all its attempts, in the same round`, () => {
      const decision = decide(task, person('requeue'), at(after(5)));
      const { state, attempt, round, finishedAt, closed, reasons } = decision.task;
      assert.deepEqual([state, attempt, round, finishedAt, closed], ['queued', 0, 1, null, null]);
      assert.deepEqual(reasons, [ASSIGNED]);
      const isRead = decision.follow.some(({ kind }) => kind === 'read');
      assert.deepEqual([decision.events, isRead], [['task.ready'], task.closed === null]);
    });

  it('reads one that was closed before it was read', () => {
    const closed = live(UNOPENED, [OPEN, { kind: 'close', how: 'closed', actor: null }]);
    const decision = decide(closed, person('requeue'), at(after(5)));
    assert.deepEqual([decision.task.state, decision.follow.at(-1)], ['blocked', { kind: 'read' }]);
  });

  it('is a reason of its own for one that has none any more', () => {
    const unassigned = live(HELD, [{ kind: 'withdraw', by: 'assignee', value: 'mosaic', actor: 'ada' }]);
    assert.deepEqual(live(unassigned, [person('requeue')], after(5)).reasons, [
      { by: 'api', value: '', actor: 'ops', at: after(5) },
    ]);
  });

  it('takes it from its holder', () => {
    const decision = decide(HELD, person('requeue'), at(after(5)));
    assert.deepEqual([decision.task.state, decision.task.leaseUntil], ['queued', null]);
    assert.deepEqual([decision.leaseEnded, decision.entries[0]?.isNews], ['withdrawn', true]);
  });

  it('gives one that waits its attempts back', () => {
    const failed = live(HELD, [FAIL, { kind: 'block', blockers: WAITING }]);
    assert.deepEqual([failed.state, failed.attempt], ['blocked', 1]);
    const { task } = decide(failed, person('requeue'), at(after(5)));
    assert.deepEqual([task.state, task.attempt, task.reason], ['blocked', 0, WAITING.reason]);
  });

  it('changes nothing of what stands in the queue as it should', () => {
    assert.equal(decide(QUEUED, person('requeue'), at(after(5))).task, QUEUED);
  });

  it('is refused for what is done and for what was never opened', () => {
    assertRefused(
      live(HELD, [{ kind: 'complete', lease: proofOf(1), result: { summary: 'Done.' } }]),
      person('requeue'),
    );
    assertRefused(UNOPENED, person('requeue'));
  });
});

describe('quarantine', () => {
  const quarantined = decide(HELD, person('quarantine', 'Odd text.'), at(after(5)));

  it('takes a task from its holder and out of circulation', () => {
    const { task, leaseEnded, events } = quarantined;
    assert.deepEqual([task.state, task.quarantinedBy], ['blocked', 'ops']);
    assert.equal(task.reason, 'Taken out of circulation by ops: Odd text.');
    assert.deepEqual([task.leaseUntil, leaseEnded, events], [null, 'withdrawn', ['task.blocked']]);
  });

  const without: readonly TaskCommand[] = [
    { ...READ, facts: { ...READ.facts, title: 'Harmless' } },
    { kind: 'block', blockers: WAITING },
    { kind: 'block', blockers: FREE },
    { kind: 'select', selection: READ.selection },
    { kind: 'waive', by: 'ops', note: null, blockers: FREE },
    OPEN,
  ];
  it('is ended by nothing but a requeue', () => {
    const still = live(quarantined.task, without);
    assert.deepEqual([still.state, still.quarantinedBy], ['blocked', 'ops']);
    const back = live(still, [person('requeue')]);
    assert.deepEqual([back.state, back.quarantinedBy], ['queued', null]);
  });

  it('leaves a task that waits to what it waits for', () => {
    const waiting = live(quarantined.task, [{ kind: 'block', blockers: WAITING }, person('requeue')]);
    assert.deepEqual([waiting.state, waiting.quarantinedBy, waiting.reason], ['blocked', null, 'Waits for 2 others.']);
  });

  it('takes what was handed in with it', () => {
    const submitted = live(UNOPENED, [
      { ...OPEN, options: { ...OPTIONS, approval: 'after' } },
      READ,
      'claim',
      { kind: 'complete', lease: proofOf(1), result: { summary: 'Done.' } },
      person('quarantine'),
    ]);
    assert.deepEqual([submitted.state, submitted.submitted], ['blocked', null]);
  });
});

describe('a waiver', () => {
  it('lets a task begin', () => {
    const waiting = live(QUEUED, [{ kind: 'block', blockers: WAITING }]);
    const decision = decide(waiting, { kind: 'waive', by: 'ops', note: 'It is fine.', blockers: FREE }, at(after(5)));
    assert.deepEqual([decision.task.state, decision.task.blockers], ['queued', 0]);
    assert.deepEqual([decision.events, decision.entries[0]?.by], [['task.ready'], 'ops']);
  });

  it('of one of several leaves the others', () => {
    const waiting = live(QUEUED, [{ kind: 'block', blockers: WAITING }]);
    const left = { count: 1, reason: 'Waits for #4.' };
    const { task } = decide(waiting, { kind: 'waive', by: 'ops', note: null, blockers: left }, at(after(5)));
    assert.deepEqual([task.state, task.reason], ['blocked', 'Waits for #4.']);
  });

  it('of nothing changes nothing', () => {
    assert.equal(decide(QUEUED, { kind: 'waive', by: 'ops', note: null, blockers: FREE }, at(START)).task, QUEUED);
  });
});
