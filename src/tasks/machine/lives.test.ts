import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assertSound, assertSoundTask } from '../../../test/task-invariants.ts';
import {
  after,
  ASSIGNED,
  at,
  CHOSEN,
  claim,
  FACTS,
  FREE,
  LABELED,
  LEASE_MS,
  live,
  NOBODY,
  OPEN,
  OPEN_TO_ALL,
  OPTIONS,
  proofOf,
  READ,
  RESULT,
  START,
  UNDERSTOOD,
  UNOPENED,
  WAITING,
} from '../../../test/task-machine.ts';
import { FettleError } from '../../core/errors.ts';
import { TASK_STATES, type TaskState } from '../../core/vocabulary.ts';
import type { Task } from '../contract.ts';
import type { Decision, LeaseProof, TaskCommand } from './contract.ts';
import { decide } from './decide.ts';

/** Random lives of a task: commands in any order, proofs of any lease, time that jumps. */

type Life = readonly Step[];
type Step =
  | { readonly kind: 'claim' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'command'; readonly command: TaskCommand }
  /** `behind`: how many leases before the last one the proof is of; -1 is one that never was. */
  | { readonly kind: 'agent'; readonly command: AgentCommand; readonly behind: number; readonly isThief: boolean };
type AgentCommand = Unproven<Extract<TaskCommand, { readonly lease: LeaseProof }>>;
type Unproven<T> = T extends unknown ? Omit<T, 'lease'> : never;

const PEOPLE = ['approve', 'reject', 'cancel', 'requeue', 'quarantine'] as const;
const REQUEUE = { kind: 'requeue', by: 'ops', note: null } as const;
const COMMENT = { id: '7', author: 'ada', body: 'By date.', at: START, url: null };

const reason = fc.constantFrom(ASSIGNED, { ...ASSIGNED, seq: 7 }, LABELED, {
  by: 'api' as const,
  value: '',
  actor: 'ops',
  at: START,
});
const note = fc.constantFrom(null, 'Look again.');
const selection = fc.constantFrom(CHOSEN, CHOSEN, OPEN_TO_ALL, NOBODY);
const blockers = fc.constantFrom(FREE, FREE, WAITING);
const verdicts = fc.array(
  fc.record({
    gate: fc.constant('checks'),
    state: fc.constantFrom('passed' as const, 'passed' as const, 'pending' as const, 'rejected' as const),
    detail: fc.constant(''),
  }),
  { minLength: 1, maxLength: 2 },
);
const options = fc
  .tuple(
    fc.constantFrom('none' as const, 'none' as const, 'before' as const, 'after' as const, 'both' as const),
    fc.constantFrom([], [{ kind: 'checks' as const }]),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([approval, gates, maxAttempts]) => ({ ...OPTIONS, approval, gates, maxAttempts }));

const opening = fc.record({
  kind: fc.constant('open' as const),
  reason,
  options,
  priority: fc.constant(0),
  facts: fc.constant(FACTS),
});
const reading = fc.record({
  kind: fc.constant('read' as const),
  facts: fc.constant(FACTS),
  understanding: fc.constant(UNDERSTOOD),
  selection,
  blockers,
});
const judging = fc.record({ kind: fc.constant('judge' as const), fence: fc.integer({ min: 1, max: 4 }), verdicts });
const other: fc.Arbitrary<TaskCommand> = fc.oneof(
  fc.constant({ kind: 'expire' as const }),
  fc.record({ kind: fc.constant('block' as const), blockers }),
  fc.record({ kind: fc.constant('select' as const), selection }),
  fc.constant({ kind: 'answer' as const, comment: COMMENT, permission: 'write' }),
  fc.record({ kind: fc.constantFrom(...PEOPLE), by: fc.constant('ops'), note }),
  fc.record({ kind: fc.constant('waive' as const), by: fc.constant('ops'), note, blockers }),
  fc.record({
    kind: fc.constant('withdraw' as const),
    by: fc.constantFrom('assignee' as const, 'label' as const),
    value: fc.constantFrom('mosaic', 'agent'),
    actor: fc.constantFrom(null, 'ada'),
  }),
  fc.record({
    kind: fc.constant('close' as const),
    how: fc.constantFrom('closed' as const, 'merged' as const, 'deleted' as const),
    actor: fc.constant('ada'),
  }),
  fc.constant({ kind: 'reopen' as const, actor: null }),
  fc.record({
    kind: fc.constant('news' as const),
    what: fc.constant('commented'),
    by: fc.constant('ada'),
    data: fc.constant({}),
    isToBeRead: fc.boolean(),
    comment: fc.constant(COMMENT),
  }),
);
const verb: fc.Arbitrary<AgentCommand> = fc.oneof(
  fc.constantFrom<AgentCommand>({ kind: 'heartbeat' }, { kind: 'heartbeat', note: 'Reading.', percent: 5 }),
  fc.record({ kind: fc.constant('ask' as const), question: fc.constantFrom('Which order?', 'Which way?') }),
  fc.record({ kind: fc.constant('complete' as const), result: fc.constantFrom(RESULT, { summary: 'Other.' }) }),
  fc.record({
    kind: fc.constant('fail' as const),
    error: fc.constant('No.'),
    retryable: fc.constantFrom(true, true, false),
  }),
  fc.constantFrom<AgentCommand>({ kind: 'release' }, { kind: 'release', handover: 'Half done.' }),
);
const toStep = (command: TaskCommand): Step => ({ kind: 'command', command });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'claim' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 60_000, LEASE_MS) }) },
  { weight: 2, arbitrary: opening.map(toStep) },
  { weight: 4, arbitrary: reading.map(toStep) },
  { weight: 2, arbitrary: judging.map(toStep) },
  { weight: 5, arbitrary: other.map(toStep) },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('agent' as const),
      command: verb,
      behind: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, -1),
      isThief: fc.constantFrom(false, false, false, false, false, true),
    }),
  },
);
const life: fc.Arbitrary<Life> = fc
  .tuple(opening.map(toStep), fc.array(step, { maxLength: 50, size: 'max' }))
  .map(([first, rest]) => [first, ...rest]);

/** What a life came to: the last task, when that was, and all on the way. */
interface Lived {
  readonly task: Task;
  readonly nowAt: string;
  readonly states: ReadonlySet<TaskState>;
}

function run(steps: Life): Lived {
  let task = UNOPENED;
  let elapsedMs = 0;
  const states = new Set<TaskState>();
  // As they come from a database: plain objects that nothing else refers to.
  for (const each of structuredClone(steps)) {
    if (each.kind === 'wait') elapsedMs += each.ms;
    else task = take(task, each, after(elapsedMs)).task;
    if (task.round > 0) states.add(task.state);
  }
  return { task, nowAt: after(elapsedMs), states };
}

function take(task: Task, each: Exclude<Step, { kind: 'wait' }>, nowAt: string): Pick<Decision, 'task'> {
  if (each.kind === 'claim') {
    if (task.state !== 'queued') return { task };
    assert.equal(task.leaseUntil, null, 'what can be claimed is held by nobody');
    const decision = claim(task, nowAt);
    assert.equal(decision.entries.length, 1);
    assertSoundTask(decision.task);
    return decision;
  }
  const command = each.kind === 'agent' ? prove(task, each) : each.command;
  const decision = attempt(task, command, nowAt);
  if (decision === undefined) return { task };
  assertSound(task, decision, nowAt);
  if ('lease' in command) assertFenced(task, command, decision, nowAt);
  return decision;
}

function prove(task: Task, { command, behind, isThief }: Extract<Step, { kind: 'agent' }>): TaskCommand {
  const proof = proofOf(task.fence - behind);
  return { ...command, lease: isThief ? { ...proof, principal: 'thief' } : proof };
}

/** Undefined when it is refused; only what somebody asked for may be. */
function attempt(task: Task, command: TaskCommand, nowAt: string): Decision | undefined {
  const frozen = structuredClone(task);
  try {
    const decision = decide(task, command, at(nowAt));
    const again = decide(structuredClone(task), command, at(nowAt));
    assert.deepEqual(again, decision, 'the same row, command and time give the same decision');
    return decision;
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    const codes = 'lease' in command ? ['lease_stale', 'task_cancelled', 'task_not_movable'] : ['task_not_movable'];
    assert(codes.includes(error.code), `${command.kind} is refused with ${error.code}`);
    assert('lease' in command || 'by' in command, `${command.kind} is never refused`);
    if (error.code !== 'task_not_movable') assert.equal(error.holder?.state, task.state);
    return undefined;
  } finally {
    assert.deepEqual(task, frozen, 'the row itself is left alone');
  }
}

/** Who does not hold the task changes nothing of it, but for what is kept of work that came too late. */
function assertFenced(
  before: Task,
  command: Extract<TaskCommand, { readonly lease: LeaseProof }>,
  { task, entries, refusal }: Decision,
  nowAt: string,
): void {
  const isLast = command.lease.hash === before.leaseHash && command.lease.principal === before.principal;
  const isAlive = before.leaseUntil !== null && before.leaseUntil > nowAt;
  if ((isLast && isAlive) || task === before) return;
  assert(isLast && command.kind === 'complete', 'a proof that is stale changes nothing');
  if (before.state === 'cancelled' && refusal === undefined) {
    assert(before.closed === 'closed' || before.closed === 'merged');
    return;
  }
  assert.notEqual(refusal, undefined);
  assert.deepEqual(
    entries.map(({ kind }) => kind),
    ['late'],
  );
  const { handover, revision, lastEntry, updatedAt } = before;
  assert.deepEqual({ ...task, handover, revision, lastEntry, updatedAt }, before);
}

describe('the life of a task', () => {
  it('keeps to its rules whatever happens, and in whatever order', () => {
    const seen = new Set<TaskState>();
    fc.assert(
      fc.property(life, (steps) => {
        for (const state of run(steps).states) seen.add(state);
      }),
      { numRuns: 600 },
    );
    assert.deepEqual(
      TASK_STATES.filter((state) => !seen.has(state)),
      [],
      'every state is reached',
    );
  });

  it('never gets stuck: a person can always make it claimable again', () => {
    fc.assert(
      fc.property(life, (steps) => {
        const { task, nowAt } = run(steps);
        const restart: readonly TaskCommand[] = task.state === 'succeeded' ? [OPEN, REQUEUE] : [REQUEUE];
        const released = live(task, restart, nowAt);
        const ready = live(released, [READ, { kind: 'waive', by: 'ops', note: null, blockers: FREE }], nowAt);
        const allowed =
          ready.state === 'awaiting_approval'
            ? live(ready, [{ kind: 'approve', by: 'ops', note: null }], nowAt)
            : ready;
        assert.equal(allowed.state, 'queued');
      }),
      { numRuns: 150 },
    );
  });

  it('ends when its subject is closed, and its holder is told to stop', () => {
    fc.assert(
      fc.property(life, (steps) => {
        const { task, nowAt } = run(steps);
        const closed = live(task, [{ kind: 'close', how: 'closed', actor: null }], nowAt);
        assertSoundTask(closed);
        assert.notEqual(closed.finishedAt, null);
        if (closed.state !== 'cancelled' || closed.leaseHash === null) return;
        const lease = proofOf(closed.fence);
        const heard = decide(closed, { kind: 'heartbeat', lease }, at(nowAt));
        assert.equal(heard.task, closed);
      }),
      { numRuns: 150 },
    );
  });
});
