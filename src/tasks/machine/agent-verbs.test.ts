import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  after,
  at,
  CHOSEN,
  claim,
  LEASE_MS,
  live,
  OPEN,
  OPTIONS,
  proofOf,
  READ,
  RESULT,
  START,
  UNOPENED,
  WAITING,
} from '../../../test/task-machine.ts';
import { FettleError } from '../../core/errors.ts';
import type { Task } from '../contract.ts';
import type { Decision, TaskCommand } from './contract.ts';
import { decide } from './decide.ts';

const QUEUED = live(UNOPENED, [OPEN, READ]);
const HELD = live(QUEUED, ['claim']);
const LEASE = proofOf(1);
const ASKED = live(HELD, [{ kind: 'ask', lease: LEASE, question: 'Which order?' }]);

function follows(decision: Decision): readonly string[] {
  return decision.follow.map(({ kind }) => kind);
}

function refusalOf(task: Task, command: TaskCommand, nowAt: string): FettleError {
  try {
    decide(task, command, at(nowAt));
  } catch (error) {
    if (error instanceof FettleError) return error;
  }
  throw new assert.AssertionError({ message: `${command.kind} was not refused` });
}

describe('a claim', () => {
  it('is told with the lease it made', () => {
    const { task, entries, events, follow } = claim(QUEUED, after(5));
    assert.equal(task.updatedAt, after(5));
    assert.deepEqual(entries, [
      { kind: 'claimed', by: 'sonnet', isNews: false, data: { fence: 1, attempt: 0, until: after(5 + LEASE_MS) } },
    ]);
    assert.deepEqual([events, follow], [['task.claimed'], [{ kind: 'report' }]]);
  });
});

describe('a heartbeat', () => {
  it('without news changes nothing but the time of the lease', () => {
    const decision = decide(HELD, { kind: 'heartbeat', lease: LEASE }, at(after(60_000)));
    assert.deepEqual(decision.task, { ...HELD, leaseUntil: after(60_000 + LEASE_MS) });
    assert.deepEqual([decision.entries, decision.events, decision.follow], [[], [], []]);
  });

  it('with a note or a percentage is reported, once', () => {
    const news = { kind: 'heartbeat', lease: LEASE, note: 'Writing tests.', percent: 40 } as const;
    const first = decide(HELD, news, at(after(1)));
    assert.deepEqual([first.task.note, first.task.percent], ['Writing tests.', 40]);
    assert.deepEqual([first.entries.map(({ kind }) => kind), follows(first)], [['note'], ['report']]);
    const second = decide(first.task, news, at(after(2)));
    assert.deepEqual([second.task.revision, second.entries], [first.task.revision, []]);
  });

  it('keeps what it does not mention', () => {
    const noted = live(HELD, [{ kind: 'heartbeat', lease: LEASE, note: 'Reading.', percent: 10 }]);
    assert.equal(live(noted, [{ kind: 'heartbeat', lease: LEASE, percent: 20 }]).note, 'Reading.');
  });

  it('never shortens a lease, whatever the clock says', () => {
    const decision = decide(HELD, { kind: 'heartbeat', lease: LEASE }, at(after(-60_000)));
    assert.equal(decision.task, HELD);
  });

  it('after the time of the lease is refused, although nobody noted its end', () => {
    const refusal = refusalOf(HELD, { kind: 'heartbeat', lease: LEASE }, after(LEASE_MS));
    assert.equal(refusal.code, 'lease_stale');
    assert.deepEqual(refusal.holder, { state: 'leased', agent: null, fence: 1, expiresAt: null });
    assert.match(refusal.message, /Your lease is over/);
  });

  it('one moment earlier is in time', () => {
    const decision = decide(HELD, { kind: 'heartbeat', lease: LEASE }, at(after(LEASE_MS - 1)));
    assert.equal(decision.task.leaseUntil, after(2 * LEASE_MS - 1));
  });

  it('of an older lease is told who holds the task now', () => {
    const expired = live(HELD, [{ kind: 'expire' }], after(LEASE_MS));
    const again = claim(expired, after(LEASE_MS), 'opus').task;
    const refusal = refusalOf(again, { kind: 'heartbeat', lease: LEASE }, after(LEASE_MS + 1));
    assert.equal(refusal.code, 'lease_stale');
    assert.deepEqual(refusal.holder, { state: 'leased', agent: 'opus', fence: 2, expiresAt: after(2 * LEASE_MS) });
    assert.match(refusal.message, /opus holds it now/);
  });

  it('with the token of somebody else is refused', () => {
    const stolen = { kind: 'heartbeat', lease: { ...LEASE, principal: 'thief' } } as const;
    assert.equal(refusalOf(HELD, stolen, START).code, 'lease_stale');
  });

  it('of a holder whose task was called off is answered, so that it learns so', () => {
    const cancelled = live(HELD, [{ kind: 'cancel', by: 'ops', note: null }]);
    const decision = decide(cancelled, { kind: 'heartbeat', lease: LEASE, note: 'Still here.' }, at(after(1)));
    assert.equal(decision.task, cancelled);
  });

  it('of a holder whose task was quarantined is refused with the reason', () => {
    const quarantined = live(HELD, [{ kind: 'quarantine', by: 'ops', note: null }]);
    assert.match(refusalOf(quarantined, { kind: 'heartbeat', lease: LEASE }, START).message, /out of circulation/);
  });
});

describe('a question', () => {
  it('is asked where the people are, and keeps the lease', () => {
    const decision = decide(HELD, { kind: 'ask', lease: LEASE, question: 'Which order?' }, at(after(5)));
    assert.deepEqual([decision.task.state, decision.task.question], ['needs_input', 'Which order?']);
    assert.equal(decision.task.leaseUntil, after(5 + LEASE_MS));
    assert.deepEqual(decision.events, ['task.asked']);
    assert.deepEqual(decision.follow, [
      { kind: 'report' },
      { kind: 'say', text: 'sonnet asks:\n\nWhich order?', mention: 'bob' },
    ]);
  });

  it('calls the author of the issue when nobody on the forge asked for the task', () => {
    const byToken = { ...OPEN, reason: { by: 'api', value: '', actor: 'ops-token', at: START } } as const;
    const held = live(UNOPENED, [byToken, READ, 'claim']);
    const decision = decide(held, { kind: 'ask', lease: LEASE, question: 'Which order?' }, at(START));
    assert.deepEqual(decision.follow[1], { kind: 'say', text: 'sonnet asks:\n\nWhich order?', mention: 'ada' });
  });

  it('asked again is the same question, another one is refused', () => {
    const again = { kind: 'ask', lease: LEASE, question: 'Which order?' } as const;
    assert.equal(decide(ASKED, again, at(START)).task, ASKED);
    assert.equal(refusalOf(ASKED, { ...again, question: 'Which way?' }, START).code, 'task_not_movable');
  });

  it('outlives the lease and costs no attempt', () => {
    const decision = decide(ASKED, { kind: 'expire' }, at(after(LEASE_MS)));
    const { state, question, attempt, leaseUntil } = decision.task;
    assert.deepEqual([state, question, attempt, leaseUntil], ['needs_input', 'Which order?', 0, null]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.expired'], 'expired']);
  });

  it('stays when its asker gives the task back', () => {
    const { task, leaseEnded } = decide(ASKED, { kind: 'release', lease: LEASE, handover: 'Half done.' }, at(START));
    assert.deepEqual([task.state, task.question, task.handover], ['needs_input', 'Which order?', 'Half done.']);
    assert.equal(leaseEnded, 'released');
  });

  it('is dropped when its asker finds the answer and completes', () => {
    const { task } = decide(ASKED, { kind: 'complete', lease: LEASE, result: RESULT }, at(START));
    assert.deepEqual([task.state, task.question], ['succeeded', null]);
  });
});

describe('a lease that runs out', () => {
  it('puts the task back with an attempt less, for whoever can', () => {
    const decision = decide(HELD, { kind: 'expire' }, at(after(LEASE_MS)));
    const { task } = decision;
    assert.deepEqual([task.state, task.attempt, task.leaseUntil, task.fence], ['queued', 1, null, 1]);
    assert.deepEqual([task.chosenAgent, task.chosenUntil, task.queuedAt], ['glm', after(LEASE_MS), after(LEASE_MS)]);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.expired', 'task.ready'], 'expired']);
  });

  it('does not when a heartbeat came first', () => {
    const kept = live(HELD, [{ kind: 'heartbeat', lease: LEASE }], after(LEASE_MS - 1));
    assert.equal(decide(kept, { kind: 'expire' }, at(after(LEASE_MS))).task, kept);
  });

  it('is over once', () => {
    const expired = live(HELD, [{ kind: 'expire' }], after(LEASE_MS));
    assert.equal(decide(expired, { kind: 'expire' }, at(after(LEASE_MS))).task, expired);
  });

  it('ends the task with the last attempt, and people are told', () => {
    let task = QUEUED;
    let nowMs = 0;
    for (const attempt of [1, 2]) {
      task = claim(task, after(nowMs)).task;
      nowMs += LEASE_MS;
      task = live(task, [{ kind: 'expire' }], after(nowMs));
      assert.deepEqual([task.state, task.attempt], ['queued', attempt]);
    }
    const last = claim(task, after(nowMs)).task;
    const decision = decide(last, { kind: 'expire' }, at(after(nowMs + LEASE_MS)));
    assert.deepEqual([decision.task.state, decision.task.attempt], ['dead', 3]);
    assert.equal(decision.task.finishedAt, after(nowMs + LEASE_MS));
    assert.deepEqual(decision.events, ['task.expired', 'task.dead']);
    assert.deepEqual(decision.follow[1], {
      kind: 'say',
      text: 'This is given up. sonnet was not heard from any more. That was the last of 3 attempts.',
      mention: 'bob',
    });
  });

  it('leads to what the task waits for meanwhile', () => {
    const waiting = live(HELD, [{ kind: 'block', blockers: WAITING }]);
    assert.equal(waiting.state, 'leased');
    const { task } = decide(waiting, { kind: 'expire' }, at(after(LEASE_MS)));
    assert.deepEqual([task.state, task.reason, task.attempt], ['blocked', 'Waits for 2 others.', 1]);
  });
});

describe('a failure', () => {
  it('that may succeed another time costs an attempt and tells the next one', () => {
    const decision = decide(HELD, { kind: 'fail', lease: LEASE, error: 'No disk.', retryable: true }, at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.attempt], ['queued', 1]);
    assert.equal(task.handover, 'The attempt before this one failed: No disk.');
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.ready'], 'failed']);
  });

  it('for good ends the task, and people are told', () => {
    const decision = decide(
      HELD,
      { kind: 'fail', lease: LEASE, error: 'Not possible.', retryable: false },
      at(after(5)),
    );
    assert.deepEqual([decision.task.state, decision.task.reason], ['failed', 'Not possible.']);
    assert.equal(decision.task.attempt, 1);
    assert.deepEqual([decision.events, follows(decision)], [['task.failed'], ['report', 'say']]);
  });

  it('in the last attempt leaves the task dead', () => {
    const held = live(UNOPENED, [{ ...OPEN, options: { ...OPTIONS, maxAttempts: 1 } }, READ, 'claim']);
    const { task } = decide(held, { kind: 'fail', lease: LEASE, error: 'No disk.', retryable: true }, at(START));
    assert.deepEqual([task.state, task.reason], ['dead', 'sonnet failed: No disk. There is only one attempt.']);
  });
});

describe('giving a task back', () => {
  it('costs no attempt and leaves a note for the next one', () => {
    const noted = live(HELD, [{ kind: 'heartbeat', lease: LEASE, note: 'Reading.', percent: 10 }]);
    const decision = decide(noted, { kind: 'release', lease: LEASE, handover: 'Branch task/12.' }, at(after(5)));
    const { task } = decision;
    assert.deepEqual([task.state, task.attempt, task.handover], ['queued', 0, 'Branch task/12.']);
    assert.deepEqual([task.note, task.percent, task.agent], [null, null, 'sonnet']);
    assert.deepEqual([decision.events, decision.leaseEnded], [['task.released', 'task.ready'], 'released']);
  });

  it('without a note keeps the one that was there', () => {
    const again = live(HELD, [{ kind: 'release', lease: LEASE, handover: 'Branch task/12.' }, 'claim']);
    assert.equal(live(again, [{ kind: 'release', lease: proofOf(2) }]).handover, 'Branch task/12.');
  });

  it('twice is refused', () => {
    const released = live(HELD, [{ kind: 'release', lease: LEASE }]);
    assert.equal(refusalOf(released, { kind: 'release', lease: LEASE }, START).code, 'lease_stale');
  });

  it('does not keep it for the agent that had its turn, while others are kept waiting for the chosen one', () => {
    assert.equal(QUEUED.chosenUntil, after(60_000));
    const released = live(HELD, [{ kind: 'release', lease: LEASE }], after(5));
    assert.deepEqual([released.chosenAgent, released.chosenUntil], [CHOSEN.agent, after(5)]);
  });
});
