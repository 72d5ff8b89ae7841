import type { Task, TaskOptions, TaskReason, Understanding } from '../src/tasks/contract.ts';
import type {
  Blockers,
  DecideContext,
  Decision,
  LeaseProof,
  Selection,
  SubjectFacts,
  TaskCommand,
} from '../src/tasks/machine/contract.ts';
import { decide, toClaimed } from '../src/tasks/machine/decide.ts';

/** Tasks and commands for tests of the state machine, without a database. */

export const START = '2026-03-01T12:00:00.000Z';
export const LEASE_MS = 15 * 60_000;
export const PATIENCE_MS = 60_000;

/** A time so long after the start. */
export function after(ms: number): string {
  return new Date(Date.parse(START) + ms).toISOString();
}

export function at(nowAt: string): DecideContext {
  return { nowAt, patienceMs: PATIENCE_MS };
}

export const FACTS: SubjectFacts = {
  title: 'Sort the list',
  body: 'Let people sort the list by date.',
  url: 'https://git.example.org/dataforge/app/issues/12',
  author: 'ada',
  labels: ['agent'],
  repository: null,
};

export const OPTIONS: TaskOptions = {
  rule: 'coordinator',
  agent: null,
  skills: [],
  approval: 'none',
  gates: [],
  maxAttempts: 3,
  leaseMs: LEASE_MS,
};

export const ASSIGNED: TaskReason = { by: 'assignee', value: 'mosaic', actor: 'bob', at: START };
export const LABELED: TaskReason = { by: 'label', value: 'agent', actor: 'carol', at: START };

export const UNDERSTOOD: Understanding = {
  estimate: { value: 60_000, confidence: 1, from: 'formula' },
  difficulty: { value: 'medium', confidence: 1, from: 'section' },
  blockedBy: [],
  blocks: [],
  criteria: { total: 0, done: 0, items: [] },
  problems: [],
  confidence: 1,
};

export const CHOSEN: Selection = {
  agent: 'glm',
  isOpen: false,
  because: 'glm costs nothing.',
  capable: ['glm', 'sonnet'],
};
export const OPEN_TO_ALL: Selection = { agent: null, isOpen: true, because: 'Any agent may take it.', capable: [] };
export const NOBODY: Selection = { agent: null, isOpen: false, because: 'No agent is able to do it.', capable: [] };
export const FREE: Blockers = { count: 0, reason: null };
export const WAITING: Blockers = { count: 2, reason: 'Waits for #3 and #4.' };
export const RESULT = { summary: 'Sorted.', pull: '14', branch: 'task/12' };

/** The row of a task that was never opened. */
export const UNOPENED: Task = {
  id: '01900000-0000-7000-8000-000000000001',
  key: 'home/dataforge/app#12',
  forge: 'home',
  repo: 'dataforge/app',
  subject: 'issue',
  number: 12,
  repository: null,
  title: '',
  body: '',
  url: null,
  author: null,
  labels: [],
  reasons: [],
  round: 0,
  state: 'blocked',
  reason: null,
  closed: null,
  quarantinedBy: null,
  approvedBy: null,
  priority: 0,
  estimate: null,
  difficulty: null,
  understood: null,
  dependents: 0,
  blockers: 0,
  options: OPTIONS,
  chosenAgent: null,
  chosenBecause: null,
  chosenUntil: null,
  attempt: 0,
  fence: 0,
  agent: null,
  principal: null,
  leaseHash: null,
  leaseUntil: null,
  claimedAt: null,
  percent: null,
  note: null,
  question: null,
  handover: null,
  submitted: null,
  verdicts: null,
  result: null,
  lastEntry: 0,
  heardThrough: 0,
  revision: 0,
  createdAt: START,
  updatedAt: START,
  queuedAt: null,
  finishedAt: null,
};

/** The proof of the lease with this fence. */
export function proofOf(fence: number): LeaseProof {
  return { hash: `hash-${fence}`, principal: 'worker' };
}

/** What the database makes of a task that is claimed. */
export function claim(task: Task, nowAt: string, agent = 'sonnet'): Decision {
  const fence = task.fence + 1;
  const claimed: Task = {
    ...task,
    state: 'leased',
    reason: null,
    fence,
    agent,
    principal: 'worker',
    leaseHash: proofOf(fence).hash,
    claimedAt: nowAt,
    leaseUntil: new Date(Date.parse(nowAt) + task.options.leaseMs).toISOString(),
    percent: null,
    note: null,
    question: null,
    submitted: null,
    verdicts: null,
    revision: task.revision + 1,
    lastEntry: task.lastEntry + 1,
    heardThrough: task.lastEntry + 1,
  };
  return toClaimed(claimed, nowAt);
}

export const OPEN = { kind: 'open', reason: ASSIGNED, options: OPTIONS, priority: 0, facts: FACTS } as const;
export const READ = {
  kind: 'read',
  facts: FACTS,
  understanding: UNDERSTOOD,
  selection: CHOSEN,
  blockers: FREE,
} as const;

/** What a task comes to by these commands, one after the other; `claim` is the claim by sonnet. */
export function live(task: Task, commands: readonly (TaskCommand | 'claim')[], nowAt: string = START): Task {
  return commands.reduce(
    (now, command) => (command === 'claim' ? claim(now, nowAt) : decide(now, command, at(nowAt))).task,
    task,
  );
}
