import assert from 'node:assert/strict';
import type { Store } from '../../src/store/store.ts';
import { toTask } from '../../src/store/tasks.ts';
import type { Task } from '../../src/tasks/contract.ts';
import { toStateWords } from '../../src/tasks/report/state-words.ts';
import type { FakeSubject } from '../fake-forge/contract.ts';
import { assertSoundTask } from '../task-invariants.ts';
import type { Hold } from '../tasks/contention-lanes.ts';
import { proveSingleHolders } from '../tasks/contention-proof.ts';
import type { PatientWebhooks } from './patient-webhooks.ts';
import { type ActRecord, CARELESS, type ClaimRecord, type TaskCrew } from './task-crew.ts';
import { BOTS, WORK_LABEL } from './task-people.ts';

/** What is to be compared. Nothing may be under way any more, and every task is over. */
export interface TaskEvidence {
  readonly store: Store;
  readonly subjects: readonly FakeSubject[];
  readonly crew: Pick<TaskCrew, 'claims' | 'acts' | 'attempts' | 'lostClaims'>;
  readonly webhooks: Pick<PatientWebhooks, 'deliveries' | 'oddAnswers'>;
  /** The label that shows that a task succeeded. */
  readonly doneLabel: string;
}

interface Entry {
  readonly number: number;
  readonly kind: string;
  readonly isNews: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Lease {
  readonly taskId: string;
  readonly fence: number;
  readonly agent: string;
  readonly ended: string | null;
  readonly claimedAt: Date;
}

/**
 * The check with which the crash test of tasks ends, against what the forge, the people and the agents know themselves:
 *
 *   deliveries  what was answered 200 is stored, each change was taken once, and no run is dead
 *   tasks       one for each issue that was ever work, in the state that what happened last asks for
 *   leases      one holder at a time, by the records and by the agents; every claim has its lease, every lease its end
 *   journal     numbered without gaps; what an agent was told is taken is in it once, what was refused is not
 *   news        each holder was told all of it, in order, once
 *   forge       one comment for each task, with its last state; every question asked once
 */
export async function assertTaskBooks(evidence: TaskEvidence): Promise<Readonly<Record<string, unknown>>> {
  const { store, subjects, crew, webhooks, doneLabel } = evidence;
  const db = store.unlimitedDb;
  await assertDeliveries(store, webhooks);
  const runs = await db
    .selectFrom('runs')
    .select(['action', 'state', 'reason'])
    .where('state', 'not in', ['succeeded', 'unchanged', 'skipped'])
    .execute();
  assert.deepEqual(runs, [], 'every run came to its end');

  const tasks = (await db.selectFrom('tasks').selectAll().execute()).map(toTask);
  const leases = await readLeases(store);
  const entries = await readEntries(store);
  const issues = new Map(subjects.filter(({ kind }) => kind === 'issue').map((issue) => [issue.number, issue]));
  for (const task of tasks) {
    assertSoundTask(task);
    const own = entries.get(task.id) ?? [];
    assert.deepEqual(
      own.map(({ number }) => number),
      Array.from({ length: task.lastEntry }, (_, index) => index + 1),
      'the journal has no gaps',
    );
    const issue = issues.get(task.number ?? 0);
    assert.ok(issue !== undefined, `${task.key} is an issue`);
    assertSaid(task, issue, crew.acts);
  }
  for (const issue of issues.values()) {
    const own = tasks.filter(({ subject, number }) => subject === 'issue' && number === issue.number);
    assert.ok(own.length <= 1, `issue ${issue.number} has one task at most`);
    assertAsForgeSays(issue, own[0], doneLabel);
  }
  for (const task of tasks)
    assertAsAgentsSay(task, { acts: crew.acts, leases: leases.filter(({ taskId }) => taskId === task.id) });
  assertClaims(crew, leases);
  assertJournal(crew.acts, [...entries.values()].flat());
  for (const claim of crew.claims) assertNews(claim, crew.acts, entries.get(claim.task) ?? []);
  const { ended, holds } = await proveSingleHolders(store, toHolds(crew, leases));
  const states = Object.fromEntries(
    [...Map.groupBy(tasks, ({ state }) => state)].map(([state, of]) => [state, of.length]),
  );
  const verbs = Object.fromEntries(
    [...Map.groupBy(crew.acts, ({ verb, status }) => `${verb} ${status}`)].map(([verb, of]) => [verb, of.length]),
  );
  return { deliveries: webhooks.deliveries.length, states, leases: ended, holds, lostClaims: crew.lostClaims(), verbs };
}

async function assertDeliveries(store: Store, { deliveries, oddAnswers }: TaskEvidence['webhooks']): Promise<void> {
  assert.deepEqual(oddAnswers, [], 'every delivery is answered 200 or 503');
  const rows = await store.unlimitedDb
    .selectFrom('deliveries')
    .select(['id', 'forge_delivery_id', 'state', 'error'])
    .execute();
  assert.deepEqual(
    rows.filter(({ error }) => error !== null),
    [],
    'every delivery is understood',
  );
  const stored = Map.groupBy(rows, (row) => row.forge_delivery_id ?? 'none');
  for (const { deliveryId, answered, broken, isEcho, change } of deliveries) {
    const own = stored.get(deliveryId) ?? [];
    const what = `${change.event} ${change.eventType} ${deliveryId}`;
    assert.ok(
      answered.every((id) => own.some((row) => row.id === id)),
      `${what} is stored as it was answered`,
    );
    assert.ok(own.length <= answered.length + broken, `${what} is stored no more often than it was sent`);
    assert.equal(own.filter(({ state }) => state === 'accepted').length, isEcho ? 0 : 1, `${what} is taken once`);
    stored.delete(deliveryId);
  }
  assert.equal(stored.size, 0, 'nothing is stored that was not sent');
}

async function readLeases(store: Store): Promise<readonly Lease[]> {
  return await store.unlimitedDb
    .selectFrom('task_leases')
    .select(['task_id as taskId', 'fence', 'agent', 'ended', 'claimed_at as claimedAt'])
    .orderBy('fence')
    .execute();
}

async function readEntries(store: Store): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const rows = await store.unlimitedDb.selectFrom('task_entries').selectAll().orderBy('number').execute();
  const entries = rows.map((row) => ({
    taskId: row.task_id,
    number: row.number,
    kind: row.kind,
    isNews: row.is_news,
    data: (typeof row.data === 'string' ? JSON.parse(row.data) : row.data) as Entry['data'],
  }));
  return Map.groupBy(entries, ({ taskId }) => taskId);
}

/** What the forge shows of a task, and what the last deeds there make of it. */
function assertAsForgeSays(issue: FakeSubject, task: Task | undefined, doneLabel: string): void {
  const bots: readonly string[] = Object.values(BOTS);
  const reasons = [
    ...issue.assignees.filter((login) => bots.includes(login)),
    ...issue.labels.filter((label) => label === WORK_LABEL),
  ].toSorted();
  const about = `issue ${issue.number}, ${issue.state}, asked for by ${reasons.join(' and ') || 'nobody'}, and its task, ${task?.state}`;
  const sticky = issue.comments.filter(isSticky);
  assert.equal(issue.labels.includes(doneLabel), task?.state === 'succeeded', `${about}: the label shows it`);
  assert.equal(sticky.length, task === undefined ? 0 : 1, `${about}: one comment shows it`);
  if (task === undefined) {
    assert.deepEqual(reasons, [], `${about}: it is work`);
    return;
  }
  assert.ok(
    issue.history.some(({ value }) => bots.includes(value) || value === WORK_LABEL),
    `${about}: somebody asked for it`,
  );
  assert.match(
    sticky[0]?.body ?? '',
    new RegExp(`^\\*\\*${toStateWords(task).headline}\\*\\*`),
    `${about}: the comment`,
  );
  const standing = task.reasons.filter(({ by }) => by === 'assignee' || by === 'label').map(({ value }) => value);
  assert.deepEqual(standing.toSorted(), reasons, `${about}: the reasons are those that stand on the forge`);
  assert.ok(['succeeded', 'failed', 'cancelled', 'dead'].includes(task.state), `${about}: it is over`);
  if (issue.state === 'open' && reasons.length > 0) assert.notEqual(task.state, 'cancelled', about);
}

/** Whether a task ended as its last holder was told. */
function assertAsAgentsSay(
  task: Task,
  { acts, leases }: { readonly acts: readonly ActRecord[]; readonly leases: readonly Lease[] },
): void {
  const taken = acts.filter(
    ({ claim, status }) => claim.task === task.id && claim.fence === task.fence && status === 200,
  );
  const last = taken.findLast(({ verb }) => verb !== 'heartbeat' && verb !== 'ask');
  const { ended } = leases.at(-1) ?? {};
  const about = `${task.key} is ${task.state}; its last holder was answered ${last?.text}, its last lease ${ended}`;
  switch (task.state) {
    case 'succeeded':
      assert.equal(last?.text, task.result?.summary, about);
      break;
    case 'failed':
      assert.ok(last?.verb === 'fail' && last.isRetryable === false && last.text === task.reason, about);
      break;
    case 'dead':
      assert.equal(task.attempt, task.options.maxAttempts, about);
      assert.ok(ended === 'expired' || (ended === 'failed' && last?.isRetryable === true), about);
      break;
    default:
      assert.notEqual(ended, null, about);
  }
}

/** The comments that people are notified of. */
function assertSaid(task: Task, issue: FakeSubject, acts: readonly ActRecord[]): void {
  const said = issue.comments.filter((comment) => comment.author.login === 'fettle' && !isSticky(comment));
  for (const { verb, text, status, isRetryable } of acts.filter(({ claim }) => claim.task === task.id)) {
    const times = said.filter(({ body }) => text !== '' && body.includes(text)).length;
    const isSaid = status === 200 && (verb === 'ask' || (verb === 'fail' && isRetryable === false));
    if (isSaid) assert.equal(times, 1, `"${text}" is a comment on ${task.key}`);
    // A last attempt that failed is told as well.
    else
      assert.ok(times <= (status === 200 && verb === 'fail' ? 1 : 0), `"${text}" is ${times} comments on ${task.key}`);
  }
}

function assertClaims({ claims, attempts, lostClaims }: TaskEvidence['crew'], leases: readonly Lease[]): void {
  const name = ({ fence, agent }: Lease | ClaimRecord, task: string) => `${task} ${fence} ${agent}`;
  const claimed = new Set(claims.map((claim) => name(claim, claim.task)));
  assert.equal(claimed.size, claims.length, 'each lease was given once');
  const given = new Set(leases.map((lease) => name(lease, lease.taskId)));
  assert.deepEqual(
    [...claimed].filter((one) => !given.has(one)),
    [],
    'every claim that was answered has its lease',
  );
  const unheard = leases.filter((lease) => !claimed.has(name(lease, lease.taskId)));
  for (const lease of unheard) {
    const { agent, ended } = lease;
    const own = attempts.filter((attempt) => attempt.startsWith(`${agent}:`)).join('\n');
    const about = `whoever repeats under a key hears of each lease in the end: ${JSON.stringify(lease)}\n${own}`;
    assert.equal(agent, CARELESS, about);
    assert.ok(['released', 'expired', 'withdrawn'].includes(ended ?? ''), `a lease nobody heard of was ${ended}`);
  }
  assert.ok(unheard.length <= lostClaims(), 'no more leases are unheard of than answers were lost');
  for (const { ended, taskId, fence } of leases) assert.notEqual(ended, null, `lease ${fence} of ${taskId} has an end`);
  for (const own of Map.groupBy(claims, ({ task }) => task).values()) {
    for (const later of own)
      for (const earlier of own)
        if (earlier.answeredAtMs < later.sentAtMs) assert.ok(earlier.fence < later.fence, 'fences grow');
  }
}

/** When each agent was sure to hold a task: from the answer of its claim until it last said something that was taken. */
function toHolds({ claims, acts }: TaskEvidence['crew'], leases: readonly Lease[]): Hold[] {
  return claims.flatMap((claim) => {
    const own = acts.filter((act) => act.claim === claim && act.status === 200);
    const ended = leases.find(({ taskId, fence }) => taskId === claim.task && fence === claim.fence)?.ended;
    const taken = own.filter(({ verb, expiresAtMs }) => verb !== 'heartbeat' || expiresAtMs !== null);
    const endedAtMs =
      ended === 'expired'
        ? Math.max(claim.expiresAtMs, ...own.map(({ expiresAtMs }) => expiresAtMs ?? 0))
        : taken.at(-1)?.sentAtMs;
    if (endedAtMs === undefined) return [];
    const { task, fence, agent, answeredAtMs } = claim;
    return [{ task, fence, agent, beganNs: toNanoseconds(answeredAtMs), endedNs: toNanoseconds(endedAtMs) }];
  });
}

function toNanoseconds(ms: number): bigint {
  return BigInt(ms) * 1_000_000n;
}

/** What an agent said, as the journal words it. */
const TEXTS: Readonly<Record<string, (data: Entry['data']) => unknown>> = {
  asked: ({ question }) => question,
  submitted: ({ result }) => (result as { summary: string }).summary,
  succeeded: ({ result }) => (result as { summary: string }).summary,
  late: ({ result }) => (result as { summary: string }).summary,
  failed: ({ error }) => error,
  released: ({ handover }) => handover,
};
const KINDS = {
  ask: ['asked'],
  complete: ['submitted', 'succeeded'],
  fail: ['failed'],
  release: ['released'],
} as const;

function assertJournal(acts: readonly ActRecord[], entries: readonly Entry[]): void {
  const byText = Map.groupBy(
    entries.filter(({ kind }) => kind in TEXTS),
    ({ kind, data }) => TEXTS[kind]?.(data) ?? null,
  );
  const said = acts.filter(({ text }) => text !== '');
  for (const { verb, text, status } of said) {
    if (verb === 'heartbeat') continue;
    const kinds = (byText.get(text) ?? []).map(({ kind }) => kind);
    const expected: readonly string[] = KINDS[verb];
    const about = `"${text}", answered ${status}, is in the journal as ${kinds.join(', ') || 'nothing'}`;
    if (status === 200) {
      assert.ok(kinds.length > 0 && kinds.every((kind) => expected.includes(kind)), about);
      // What was handed in succeeds later, where there are gates.
      assert.equal(new Set(kinds).size, kinds.length, about);
    } else assert.ok(kinds.length === 0 || (verb === 'complete' && kinds.join() === 'late'), about);
    byText.delete(text);
  }
  // What was given back for somebody who did not listen has no hand-over.
  byText.delete(null);
  assert.deepEqual([...byText.keys()], [], 'the journal has nothing that no agent said');
}

/** Whether the holder was told, once and in order, of everything that happened until its last heartbeat. */
function assertNews(claim: ClaimRecord, acts: readonly ActRecord[], entries: readonly Entry[]): void {
  const heartbeats = acts.filter((act) => act.claim === claim && act.verb === 'heartbeat' && act.status === 200);
  const through = heartbeats.at(-1)?.next ?? 0;
  const from = entries.find(({ kind, data }) => kind === 'claimed' && data['fence'] === claim.fence)?.number;
  assert.ok(from !== undefined, `claim ${claim.fence} of ${claim.task} is in the journal`);
  const due = entries.filter(({ isNews, number }) => isNews && number > from && number <= through);
  assert.deepEqual(
    heartbeats.flatMap(({ news }) => news.map(({ number }) => number)),
    due.map(({ number }) => number),
    `${claim.agent} was told the news of ${claim.task} under ${claim.fence}`,
  );
}

function isSticky({ author, body }: FakeSubject['comments'][number]): boolean {
  return author.login === 'fettle' && body.includes('fettle:sticky=');
}
