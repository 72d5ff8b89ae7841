import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertSound } from '../../../test/task-invariants.ts';
import { FettleError } from '../../core/errors.ts';
import { TASK_STATES } from '../../core/vocabulary.ts';
import {
  after,
  at,
  CHOSEN,
  FREE,
  LEASE_MS,
  live,
  NOBODY,
  OPEN,
  OPTIONS,
  proofOf,
  READ,
  RESULT,
  START,
  UNOPENED,
  WAITING,
  LABELED,
} from '../../../test/task-machine.ts';
import type { Task, TaskGate, TaskOptions } from '../contract.ts';
import type { TaskCommand } from './contract.ts';
import { decide } from './decide.ts';

const LEASE = proofOf(1);
const person = (kind: 'approve' | 'reject' | 'cancel' | 'requeue' | 'quarantine') =>
  ({ kind, by: 'ops', note: null }) as const;
const openWith = (options: Partial<TaskOptions>) => ({ ...OPEN, options: { ...OPTIONS, ...options } }) as const;
const ASK = { kind: 'ask', lease: LEASE, question: 'Which order?' } as const;
const COMPLETE = { kind: 'complete', lease: LEASE, result: RESULT } as const;
const FAIL = { kind: 'fail', lease: LEASE, error: 'The tests do not run.', retryable: true } as const;
const RELEASE = { kind: 'release', lease: LEASE } as const;
const CLOSE = { kind: 'close', how: 'closed', actor: 'ada' } as const;
const CHECKS: readonly TaskGate[] = [{ kind: 'checks' }];
const COMMENT = { id: '7', author: 'ada', body: 'By date.', at: START, url: null };
const LATER = after(LEASE_MS);

/** Where a task can stand; the lease with the fence 1, where there was one, is that of `LEASE`. */
const SITUATIONS: Readonly<Record<string, Task>> = {
  unopened: UNOPENED,
  unread: live(UNOPENED, [OPEN]),
  waiting: live(UNOPENED, [OPEN, { ...READ, blockers: WAITING }]),
  incapable: live(UNOPENED, [OPEN, { ...READ, selection: NOBODY }]),
  quarantined: live(UNOPENED, [OPEN, READ, 'claim', person('quarantine')]),
  unapproved: live(UNOPENED, [openWith({ approval: 'before' }), READ]),
  queued: live(UNOPENED, [OPEN, READ]),
  leased: live(UNOPENED, [OPEN, READ, 'claim']),
  overdue: { ...live(UNOPENED, [OPEN, READ, 'claim']), leaseUntil: START },
  checked: live(UNOPENED, [openWith({ gates: CHECKS }), READ, 'claim', COMPLETE]),
  unverified: live(UNOPENED, [openWith({ gates: CHECKS }), READ, 'claim', COMPLETE, RELEASE]),
  asked: live(UNOPENED, [OPEN, READ, 'claim', ASK]),
  askedOnly: live(UNOPENED, [OPEN, READ, 'claim', ASK, RELEASE]),
  submitted: live(UNOPENED, [openWith({ approval: 'after' }), READ, 'claim', COMPLETE]),
  expired: live(live(UNOPENED, [OPEN, READ, 'claim']), [{ kind: 'expire' }], LATER),
  succeeded: live(UNOPENED, [OPEN, READ, 'claim', COMPLETE]),
  failed: live(UNOPENED, [OPEN, READ, 'claim', { ...FAIL, retryable: false }]),
  cancelled: live(UNOPENED, [OPEN, READ, 'claim', person('cancel')]),
  closed: live(UNOPENED, [OPEN, READ, 'claim', CLOSE]),
  dead: live(UNOPENED, [openWith({ maxAttempts: 1 }), READ, 'claim', FAIL]),
};

const COMMANDS: Readonly<Record<string, TaskCommand>> = {
  heartbeat: { kind: 'heartbeat', lease: LEASE },
  note: { kind: 'heartbeat', lease: LEASE, note: 'Reading.', percent: 10 },
  foreign: { kind: 'heartbeat', lease: proofOf(2) },
  ask: { ...ASK, question: 'And which way?' },
  complete: COMPLETE,
  completeOther: { ...COMPLETE, result: { summary: 'Something else.' } },
  failAgain: FAIL,
  failForGood: { ...FAIL, retryable: false },
  release: RELEASE,
  expire: { kind: 'expire' },
  read: { ...READ, facts: { ...READ.facts, title: 'Sort all lists' } },
  block: { kind: 'block', blockers: { count: 1, reason: 'Waits for #5.' } },
  unblock: { kind: 'block', blockers: FREE },
  select: { kind: 'select', selection: { ...CHOSEN, agent: 'opus' } },
  selectNobody: { kind: 'select', selection: NOBODY },
  passed: { kind: 'judge', fence: 1, verdicts: [{ gate: 'checks', state: 'passed', detail: '' }] },
  refused: { kind: 'judge', fence: 1, verdicts: [{ gate: 'checks', state: 'rejected', detail: 'red' }] },
  answer: { kind: 'answer', comment: COMMENT, permission: 'write' },
  open: OPEN,
  openMore: { ...OPEN, reason: LABELED },
  withdraw: { kind: 'withdraw', by: 'assignee', value: 'Mosaic', actor: 'ada' },
  close: CLOSE,
  delete: { ...CLOSE, how: 'deleted' },
  reopen: { kind: 'reopen', actor: 'ada' },
  news: { kind: 'news', what: 'commented', by: 'ada', data: {}, isToBeRead: false, comment: COMMENT },
  approve: person('approve'),
  reject: person('reject'),
  cancel: person('cancel'),
  requeue: person('requeue'),
  quarantine: person('quarantine'),
  waive: { kind: 'waive', by: 'ops', note: null, blockers: FREE },
};

/** What a cell may say. */
const OUTCOMES: Readonly<Record<string, string>> = {
  '.': 'unchanged',
  B: 'blocked',
  Q: 'queued',
  L: 'leased',
  I: 'needs_input',
  A: 'awaiting_approval',
  S: 'succeeded',
  F: 'failed',
  C: 'cancelled',
  D: 'dead',
  x: 'lease_stale',
  kx: 'lease_stale, kept',
  c: 'task_cancelled',
  kc: 'task_cancelled, kept',
  m: 'task_not_movable',
};

/** One line per command, one column per situation. */
const GRID = `
              unopened unread waiting incapable quarantined unapproved queued leased overdue checked unverified asked askedOnly submitted expired succeeded failed cancelled closed dead
heartbeat     x        x      x       x         x           x          x      .      x       .       x          .     x         x         x       x         x      .         .      x
note          x        x      x       x         x           x          x      L      x       L       x          I     x         x         x       x         x      .         .      x
foreign       x        x      x       x         x           x          x      x      x       x       x          x     x         x         x       x         x      x         x      x
ask           x        x      x       x         x           x          x      I      x       m       x          m     x         x         x       x         x      c         c      x
complete      x        x      x       x         kx          x          x      S      kx      .       .          S     kx        .         kx      .         kx     kc        S      kx
completeOther x        x      x       x         kx          x          x      S      kx      m       m          S     kx        m         kx      m         kx     kc        S      kx
failAgain     x        x      x       x         x           x          x      Q      x       Q       x          Q     x         x         x       x         x      c         c      x
failForGood   x        x      x       x         x           x          x      F      x       F       x          F     x         x         x       x         x      c         c      x
release       x        x      x       x         x           x          x      Q      x       B       x          I     x         x         x       x         x      c         c      x
expire        .        .      .       .         .           .          .      .      Q       .       .          .     .         .         .       .         .      .         .      .
read          .        Q      Q       Q         B           A          Q      L      L       L       B          I     I         A         Q       .         .      .         .      .
block         .        B      B       B         B           B          B      L      L       L       B          I     I         A         B       .         .      .         .      .
unblock       .        .      Q       .         .           .          .      .      .       .       .          .     .         .         .       .         .      .         .      .
select        .        B      B       Q         B           A          Q      L      L       L       B          I     I         A         Q       .         .      .         .      .
selectNobody  .        B      B       .         B           B          B      L      L       L       B          I     I         A         B       .         .      .         .      .
passed        .        .      .       .         .           .          .      .      .       S       S          .     .         .         .       .         .      .         .      .
refused       .        .      .       .         .           .          .      .      .       L       Q          .     .         .         .       .         .      .         .      .
answer        .        .      .       .         .           .          .      .      .       .       .          L     Q         .         .       .         .      .         .      .
open          B        .      .       .         .           .          .      .      .       .       .          .     .         .         .       B         B      B         B      B
openMore      B        B      B       B         B           A          Q      L      L       L       B          I     I         A         Q       B         B      B         B      B
withdraw      .        C      C       C         C           C          C      C      C       C       C          C     C         C         C       S         F      C         C      D
close         .        C      C       C         C           C          C      C      C       S       S          C     C         S         C       .         .      .         .      .
delete        .        C      C       C         C           C          C      C      C       C       C          C     C         C         C       .         .      .         .      .
reopen        .        .      .       .         .           .          .      .      .       .       .          .     .         .         .       B         B      .         B      B
news          .        B      B       B         B           A          Q      L      L       L       B          I     I         A         Q       .         .      .         .      .
approve       m        m      m       m         m           Q          m      m      m       S       S          m     m         S         m       m         m      m         m      m
reject        m        m      m       m         m           C          m      m      m       L       Q          m     m         Q         m       m         m      m         m      m
cancel        m        C      C       C         C           C          C      C      C       C       C          C     C         C         C       m         m      .         .      m
requeue       m        .      .       .         Q           .          .      Q      Q       Q       Q          Q     Q         Q         Q       m         Q      Q         Q      Q
quarantine    m        B      B       B         .           B          B      B      B       B       B          B     B         B         B       m         m      m         m      m
waive         m        .      Q       .         .           .          .      .      .       .       .          .     .         .         .       m         m      m         m      m
`;

function toOutcome(task: Task, command: TaskCommand): string {
  try {
    const decision = decide(task, command, at(START));
    assertSound(task, decision, START);
    if (decision.refusal !== undefined) return `${decision.refusal.code}, kept`;
    return decision.task === task ? 'unchanged' : decision.task.state;
  } catch (error) {
    if (error instanceof FettleError) return error.code;
    throw error;
  }
}

describe('a task in every situation', () => {
  const [header = '', ...lines] = GRID.trim().split('\n');
  const situations = header.trim().split(/\s+/);
  const rows = lines.map((line) => line.trim().split(/\s+/));

  it('is covered by the grid', () => {
    assert.deepEqual(situations, Object.keys(SITUATIONS));
    assert.deepEqual(
      rows.map(([name]) => name),
      Object.keys(COMMANDS),
    );
    const seen = new Set(Object.values(SITUATIONS).map(({ state }) => state));
    assert.deepEqual(
      TASK_STATES.filter((state) => !seen.has(state)),
      [],
    );
  });

  for (const [name = '', ...cells] of rows)
    it(`answers ${name}`, () => {
      const command = COMMANDS[name];
      assert(command !== undefined);
      const entries = Object.entries(SITUATIONS);
      const wanted = entries.map(([situation], index) => [situation, OUTCOMES[cells[index] ?? '']]);
      const found = entries.map(([situation, task]) => [situation, toOutcome(task, command)]);
      assert.deepEqual(Object.fromEntries(found), Object.fromEntries(wanted));
    });
});
