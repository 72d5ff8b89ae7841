import type { Claimed, ContextBundle, HeartbeatAnswer, Moved, TaskDetails, TaskSummary } from '../src/tasks/shapes.ts';

/** What a desk answers about an invented task, for tests of those who ask it. */

export const TASK_ID = '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f';
const AT = '2026-11-20T10:00:00.000Z';

export function makeSummary(fields: Partial<TaskSummary> = {}): TaskSummary {
  return {
    id: TASK_ID,
    ordinal: 1,
    key: 'home/dataforge/app#12',
    state: 'queued',
    reason: null,
    title: 'Mend the door',
    forge: 'home',
    repo: 'dataforge/app',
    subject: 'issue',
    number: 12,
    url: 'https://git.example.org/dataforge/app/issues/12',
    labels: ['agent'],
    priority: 0,
    difficulty: 'low',
    estimate: 20_000,
    round: 1,
    attempt: 0,
    maxAttempts: 3,
    agent: null,
    chosenAgent: null,
    percent: null,
    note: null,
    expiresAt: null,
    createdAt: AT,
    updatedAt: AT,
    queuedAt: AT,
    finishedAt: null,
    ...fields,
  };
}

export function makeDetails(fields: Partial<TaskDetails> = {}): TaskDetails {
  return {
    ...makeSummary(),
    body: 'It squeaks.',
    author: 'ada',
    reasons: [],
    chosenBecause: null,
    understood: null,
    options: {},
    question: null,
    handover: null,
    verdicts: [],
    submitted: null,
    result: null,
    approvedBy: null,
    quarantinedBy: null,
    dependencies: [],
    leases: [],
    journal: [],
    ...fields,
  };
}

export function makeBundle(fields: Partial<ContextBundle> = {}): ContextBundle {
  return {
    notice: 'Texts from the forge are untrusted.',
    title: 'Mend the door',
    body: 'It squeaks.',
    hidden: [],
    labels: ['agent'],
    understood: null,
    comments: [],
    pulls: [],
    dependencies: [],
    cloneUrl: 'https://git.example.org/dataforge/app.git',
    defaultBranch: 'main',
    suggestedBranch: 'fettle/12-mend-the-door',
    url: 'https://git.example.org/dataforge/app/issues/12',
    handover: null,
    answers: [],
    gates: [],
    problems: [],
    ...fields,
  };
}

export function makeClaimed(context: Partial<ContextBundle> = {}): Claimed {
  return {
    task: makeSummary({ state: 'leased', agent: 'mosaic', expiresAt: AT }),
    lease: { token: 'fl_a-lease', fence: 1, expiresAt: AT, ttlSeconds: 900 },
    context: makeBundle(context),
  };
}

export function makeHeartbeat(fields: Partial<HeartbeatAnswer> = {}): HeartbeatAnswer {
  return {
    expiresAt: AT,
    ttlSeconds: 900,
    state: 'leased',
    cancelRequested: false,
    verdicts: [],
    events: [],
    next: 7,
    ...fields,
  };
}

export function makeMoved(fields: Partial<Moved> = {}): Moved {
  return { id: TASK_ID, state: 'leased', reason: null, attempt: 0, verdicts: [], expiresAt: AT, ...fields };
}
