import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  after,
  at,
  claim,
  LEASE_MS,
  live,
  OPEN,
  OPTIONS,
  PATIENCE_MS,
  proofOf,
  READ,
  RESULT,
  START,
  UNOPENED,
} from '../../../test/task-machine.ts';
import { FettleError } from '../../core/errors.ts';
import type { GateVerdict, Task, TaskOptions } from '../contract.ts';
import { decide } from './decide.ts';

const LEASE = proofOf(1);
const COMPLETE = { kind: 'complete', lease: LEASE, result: RESULT } as const;
const OTHER = { ...COMPLETE, result: { summary: 'Something else.' } } as const;
const HANDOVER =
  'An earlier holder handed this in when its lease was over:\n\nSorted.\n\nBranch: task/12\n\nPull request: 14';

function held(options: Partial<TaskOptions> = {}): Task {
  return live(UNOPENED, [{ ...OPEN, options: { ...OPTIONS, ...options } }, READ, 'claim']);
}

const GATED = held({ gates: [{ kind: 'checks' }, { kind: 'command', argv: ['make', 'test'] }] });
const REVIEWED = held({ approval: 'after' });
const judge = (state: GateVerdict['state'], fence = 1) =>
  ({ kind: 'judge', fence, verdicts: [{ gate: 'checks', state, detail: 'build is red' }] }) as const;
const refusedWith = (code: string) => (error: unknown) => error instanceof FettleError && error.code === code;

describe('completing a task', () => {
  it('without gates is the end of it', () => {
    const decision = decide(held(), COMPLETE, at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.result, task.finishedAt], ['succeeded', RESULT, after(5)]);
    assert.deepEqual([task.leaseUntil, task.agent], [null, 'sonnet']);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.succeeded'], 'completed']);
    assert.deepEqual(decision.follow, [{ kind: 'report' }]);
  });

  it('twice with the same result is the same, whatever the order of its fields', () => {
    const done = live(held(), [COMPLETE]);
    const { summary, pull, branch } = RESULT;
    const again = { ...COMPLETE, result: { branch, pull, summary, data: undefined } };
    assert.equal(decide(done, again, at(after(LEASE_MS))).task, done);
  });

  it('twice with another result is refused', () => {
    assert.throws(() => decide(live(held(), [COMPLETE]), OTHER, at(START)), refusedWith('task_not_movable'));
  });

  it('that somebody else completed is refused', () => {
    const done = live(held(), [COMPLETE]);
    const foreign = { ...COMPLETE, lease: { ...LEASE, principal: 'thief' } };
    assert.throws(() => decide(done, foreign, at(START)), refusedWith('lease_stale'));
  });
});

describe('completing too late', () => {
  const calledOff: readonly (readonly [string, Task])[] = [
    ['a person called it off', live(held(), [{ kind: 'cancel', by: 'ops', note: null }])],
    ['it was unassigned', live(held(), [{ kind: 'withdraw', by: 'assignee', value: 'mosaic', actor: 'ada' }])],
    ['its issue was deleted', live(held(), [{ kind: 'close', how: 'deleted', actor: 'ada' }])],
  ];
  for (const [what, task] of calledOff)
    it(`is refused after ${what}, but the result is kept`, () => {
      const decision = decide(task, COMPLETE, at(after(5)));
      assert.equal(decision.refusal?.code, 'task_cancelled');
      assert.deepEqual(decision.refusal?.holder, { state: 'cancelled', agent: null, fence: 1, expiresAt: null });
      assert.deepEqual([decision.task.state, decision.task.handover], ['cancelled', HANDOVER]);
      assert.deepEqual(decision.entries, [
        { kind: 'late', by: 'sonnet', isNews: false, data: { result: RESULT, fence: 1 } },
      ]);
      assert.throws(() => decide(decision.task, COMPLETE, at(after(6))), refusedWith('task_cancelled'));
    });

  it('is refused when the lease is over, and the next holder is told of the work', () => {
    const late = decide(held(), COMPLETE, at(after(LEASE_MS)));
    assert.equal(late.refusal?.code, 'lease_stale');
    assert.equal(late.task.state, 'leased');
    const next = live(late.task, [{ kind: 'expire' }], after(LEASE_MS));
    assert.deepEqual([next.state, next.handover], ['queued', HANDOVER]);
  });

  it('keeps nothing once somebody else holds the task', () => {
    const expired = live(held(), [{ kind: 'expire' }], after(LEASE_MS));
    const again = claim(expired, after(LEASE_MS), 'opus').task;
    assert.throws(() => decide(again, COMPLETE, at(after(LEASE_MS))), refusedWith('lease_stale'));
  });

  for (const how of ['closed', 'merged'] as const)
    it(`is taken when the subject was ${how} meanwhile, since that may be what the work did`, () => {
      const closed = live(held(), [{ kind: 'close', how, actor: 'ada' }]);
      const decision = decide(closed, COMPLETE, at(after(5)));
      assert.deepEqual([decision.task.state, decision.task.result], ['succeeded', RESULT]);
      assert.deepEqual([decision.events, decision.leaseEnded], [['task.succeeded'], null]);
      assert.equal(decide(decision.task, COMPLETE, at(after(6))).task, decision.task);
    });
});

describe('gates', () => {
  const handedIn = decide(GATED, COMPLETE, at(after(5)));

  it('are checked while the agent keeps the task', () => {
    const { task, events, follow, leaseEnded } = handedIn;
    assert.deepEqual([task.state, task.submitted, task.leaseUntil], ['leased', RESULT, after(5 + LEASE_MS)]);
    assert.deepEqual(task.verdicts, [
      { gate: 'checks', state: 'pending', detail: 'Not checked yet.' },
      { gate: 'command make test', state: 'pending', detail: 'Not checked yet.' },
    ]);
    assert.deepEqual([events, leaseEnded], [['task.submitted'], null]);
    assert.deepEqual(follow, [{ kind: 'report' }, { kind: 'verify', fence: 1 }]);
  });

  it('take the same result again as the same, and no other', () => {
    assert.equal(decide(handedIn.task, COMPLETE, at(after(5))).task, handedIn.task);
    assert.throws(() => decide(handedIn.task, OTHER, at(after(5))), refusedWith('task_not_movable'));
  });

  it('that pass finish the task', () => {
    const decision = decide(handedIn.task, judge('passed'), at(after(9)));
    assert.deepEqual([decision.task.state, decision.task.result], ['succeeded', RESULT]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.succeeded'], 'completed']);
    assert.deepEqual(
      decision.entries.map(({ kind, by }) => [kind, by]),
      [
        ['passed', 'fettle'],
        ['succeeded', 'sonnet'],
      ],
    );
  });

  it('that pass hand over to a person where one is to look at it', () => {
    const task = live(held({ approval: 'after', gates: [{ kind: 'checks' }] }), [COMPLETE]);
    const decision = decide(task, judge('passed'), at(after(9)));
    assert.deepEqual([decision.task.state, decision.task.submitted], ['awaiting_approval', RESULT]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.blocked'], 'completed']);
  });

  it('that reject tell the holder why, give it time, and let it try again', () => {
    const decision = decide(handedIn.task, judge('rejected'), at(after(LEASE_MS)));
    const { task } = decision;
    assert.deepEqual([task.state, task.submitted, task.attempt], ['leased', null, 0]);
    assert.deepEqual([task.verdicts, task.leaseUntil], [judge('rejected').verdicts, after(2 * LEASE_MS)]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.rejected'], null]);
    assert.deepEqual(
      decision.entries.map(({ kind, isNews }) => [kind, isNews]),
      [['rejected', true]],
    );
    const again = decide(task, COMPLETE, at(after(LEASE_MS + 1)));
    assert.deepEqual(again.follow.at(-1), { kind: 'verify', fence: 1 });
  });

  it('that are pending are shown, without a line in the journal', () => {
    const first = decide(handedIn.task, judge('pending'), at(after(9)));
    assert.deepEqual([first.task.verdicts, first.entries], [judge('pending').verdicts, []]);
    assert.equal(decide(first.task, judge('pending'), at(after(10))).task, first.task);
  });

  it('say nothing about what was handed in under another fence', () => {
    assert.equal(decide(handedIn.task, judge('passed', 2), at(after(9))).task, handedIn.task);
    assert.equal(decide(GATED, judge('passed'), at(after(9))).task, GATED);
  });

  it('keep what was handed in when its holder is gone', () => {
    const decision = decide(handedIn.task, { kind: 'expire' }, at(after(5 + LEASE_MS)));
    const { task } = decision;
    assert.deepEqual([task.state, task.submitted, task.attempt], ['blocked', RESULT, 0]);
    assert.equal(task.reason, 'What was handed in is being checked.');
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.expired', 'task.blocked'], 'expired']);
    assert.equal(live(task, [judge('passed')]).state, 'succeeded');
    assert.equal(decide(task, COMPLETE, at(after(2 * LEASE_MS))).task, task);
  });

  it('that reject what a vanished holder left cost an attempt and tell the next one', () => {
    const left = live(handedIn.task, [{ kind: 'release', lease: LEASE }], after(9));
    assert.deepEqual([left.state, left.submitted], ['blocked', RESULT]);
    const { task } = decide(left, judge('rejected'), at(after(10)));
    assert.deepEqual([task.state, task.attempt, task.submitted], ['queued', 1, null]);
    assert.equal(task.handover, 'What was handed in before did not pass:\n- checks: build is red');
  });

  it('that reject when the time of the lease is over do not revive it', () => {
    const decision = decide(handedIn.task, judge('rejected'), at(after(5 + LEASE_MS)));
    assert.deepEqual([decision.task.state, decision.leaseEnded], ['queued', 'expired']);
  });

  it('are forgotten when the task is called off', () => {
    const cancelled = live(handedIn.task, [{ kind: 'cancel', by: 'ops', note: null }]);
    assert.equal(decide(cancelled, judge('passed'), at(after(9))).task, cancelled);
  });

  it('can be overruled by a person, either way', () => {
    const approved = live(handedIn.task, [{ kind: 'approve', by: 'ops', note: null }]);
    assert.deepEqual([approved.state, approved.result], ['succeeded', RESULT]);
    const rejected = live(handedIn.task, [{ kind: 'reject', by: 'ops', note: 'No tests.' }]);
    assert.deepEqual(
      [rejected.state, rejected.submitted, rejected.verdicts],
      ['leased', null, [{ gate: 'approval', state: 'rejected', detail: 'No tests.' }]],
    );
  });
});

describe('approval of what was done', () => {
  const submitted = decide(REVIEWED, COMPLETE, at(after(5)));

  it('is waited for without a lease', () => {
    const { task, events, leaseEnded } = submitted;
    assert.deepEqual([task.state, task.submitted, task.leaseUntil], ['awaiting_approval', RESULT, null]);
    assert.deepEqual([events, leaseEnded], [['task.submitted', 'task.blocked'], 'completed']);
  });

  it('lets it count', () => {
    const decision = decide(submitted.task, { kind: 'approve', by: 'ops', note: null }, at(after(9)));
    assert.deepEqual([decision.task.state, decision.task.result], ['succeeded', RESULT]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.succeeded'], null]);
  });

  it('refused, goes back to the queue with the note, first to who did it', () => {
    const decision = decide(submitted.task, { kind: 'reject', by: 'ops', note: 'No tests.' }, at(after(9)));
    const { task } = decision;
    assert.deepEqual([task.state, task.handover, task.submitted], ['queued', 'No tests.', null]);
    assert.deepEqual([task.chosenAgent, task.chosenUntil], ['sonnet', after(9 + PATIENCE_MS)]);
    assert.deepEqual([task.attempt, decision.events], [0, ['task.rejected', 'task.ready']]);
  });

  it('is what closing the issue says as well', () => {
    const decision = decide(submitted.task, { kind: 'close', how: 'closed', actor: 'ada' }, at(after(9)));
    assert.deepEqual([decision.task.state, decision.task.result], ['succeeded', RESULT]);
    assert.equal(decide(decision.task, COMPLETE, at(after(10))).task, decision.task);
  });

  it('is not what deleting it says', () => {
    assert.equal(live(submitted.task, [{ kind: 'close', how: 'deleted', actor: 'ada' }]).state, 'cancelled');
  });
});
