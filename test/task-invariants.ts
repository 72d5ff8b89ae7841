import assert from 'node:assert/strict';
import type { Task } from '../src/tasks/contract.ts';
import type { Decision } from '../src/tasks/machine/contract.ts';

/** What must be true of every decision about a task, whatever it was. */

const OVER: readonly string[] = ['succeeded', 'failed', 'cancelled', 'dead'];

export function assertSound(before: Task, decision: Decision, nowAt: string): void {
  const { task, entries, events, follow, leaseEnded } = decision;
  assertSoundTask(task);
  assert(task.fence >= before.fence, 'the fence never falls');
  assert(task.round >= before.round, 'the round never falls');
  assert.equal(task.lastEntry, before.lastEntry + entries.length, 'entries are numbered without gaps');
  const wasHeld = before.leaseUntil !== null;
  const isHeld = task.leaseUntil !== null;
  if (task.fence === before.fence) {
    assert(wasHeld || !isHeld, 'a lease that is over does not come back');
    assert.equal(leaseEnded !== null, wasHeld && !isHeld, 'the end of a lease is told, and no other');
  }
  if (task.revision === before.revision) {
    const silent: Task = { ...task, leaseUntil: before.leaseUntil };
    assert.deepEqual(silent, before, 'without a new revision nothing but the time of the lease changes');
    assert.deepEqual([entries, events, follow], [[], [], []]);
    return;
  }
  assert.equal(task.revision, before.revision + 1);
  assert.equal(task.updatedAt, nowAt);
  if (task.state !== before.state)
    assert(
      follow.some(({ kind }) => kind === 'report'),
      'a new state is reported',
    );
  if (task.state !== before.state && task.state !== 'leased')
    assert(events.length > 0, `the stream is told that it is ${task.state}`);
  if (before.round === task.round && before.agent !== null)
    assert(task.agent !== null, 'the last holder is remembered');
}

export function assertSoundTask(task: Task): void {
  const isHeld = task.leaseUntil !== null;
  if (OVER.includes(task.state)) {
    assert(!isHeld, 'over means that nobody holds it');
    assert.notEqual(task.finishedAt, null);
    assert.equal(task.submitted, null);
  } else assert.equal(task.finishedAt, null);
  if (isHeld) {
    assert(task.state === 'leased' || task.state === 'needs_input', `held while ${task.state}`);
    assert(task.agent !== null && task.principal !== null && task.leaseHash !== null && task.fence > 0);
  }
  if (task.state === 'leased') assert(isHeld, 'leased means that somebody holds it');
  assert.equal(task.state === 'needs_input', task.question !== null, 'a question is open exactly in needs_input');
  assert.equal(task.state === 'succeeded', task.result !== null, 'a result is there exactly when it is done');
  assert(task.attempt <= task.options.maxAttempts, 'attempts are limited');
  if (!OVER.includes(task.state)) assert(task.attempt < task.options.maxAttempts, 'an attempt is left');
  if (task.submitted !== null)
    assert(['leased', 'blocked', 'awaiting_approval'].includes(task.state), `handed in while ${task.state}`);
  if (task.state === 'queued') {
    assert.equal(task.blockers, 0);
    assert.equal(task.quarantinedBy, null);
    assert.notEqual(task.understood, null);
    assert.notEqual(task.queuedAt, null);
    assert.notEqual(task.chosenUntil, null, 'somebody may claim it now or later');
    const { approval } = task.options;
    assert(approval === 'none' || approval === 'after' || task.approvedBy !== null, 'it was allowed to begin');
  }
  if (task.quarantinedBy !== null) assert(task.state === 'blocked' || OVER.includes(task.state));
  if (task.state === 'blocked' && task.round > 0) assert.notEqual(task.reason, null);
  assert(task.heardThrough <= task.lastEntry);
}
