import type { Kysely } from 'kysely';
import type { Database } from '../../src/store/schema.ts';
import { insertEntries } from '../../src/store/task-entries.ts';
import { declareEdges } from '../../src/store/task-dependencies.ts';
import { transact } from '../../src/store/transact.ts';
import type { NewEntry, Task } from '../../src/tasks/contract.ts';
import { readIssue } from '../../src/tasks/understanding/read-issue.ts';
import { toIssueBody } from '../issue-bodies.ts';
import { seedTasks } from '../seed-tasks.ts';
import { OPTIONS, RESULT } from '../task-machine.ts';
import { HOSTILE, toAgoTime, toLaterTime } from './seed-page-runs.ts';

/** Numbers of issues, so that no two seeded tasks are about the same. */
let lastNumber = 100;

/** Tasks of issues of `dataforge/app`, each as it is given. Returns their ids. */
export async function seedPageTasks(
  db: Kysely<Database>,
  tasks: readonly (Partial<Task> & { readonly journal?: readonly NewEntry[] })[],
): Promise<string[]> {
  const rows = tasks.map(({ journal = [], ...task }) => {
    lastNumber += 1;
    return {
      forge: 'gitea',
      repo: 'dataforge/app',
      number: lastNumber,
      key: `gitea/dataforge/app#${lastNumber}`,
      title: `Issue ${lastNumber}`,
      url: `https://git.example.org/dataforge/app/issues/${lastNumber}`,
      author: 'ada',
      createdAt: toAgoTime(60),
      updatedAt: toAgoTime(30),
      lastEntry: journal.length,
      ...task,
    };
  });
  const ids = await seedTasks(db, rows);
  await transact(db, async (trx) => {
    for (const [index, { journal = [] }] of tasks.entries()) {
      const task = { id: ids[index] ?? '', fence: rows[index]?.fence ?? 0, lastEntry: journal.length };
      await insertEntries(trx, task, journal, toAgoTime(20));
    }
  });
  return ids;
}

const entry = (kind: string, by: string | null, data: Record<string, unknown>): NewEntry => ({
  kind,
  by,
  isNews: false,
  data,
});

const BODY = toIssueBody({
  complexity: 'medium (20,000 tokens)',
  tests: 'medium (10,000 tokens)',
  documentation: 'medium (3,000 tokens)',
  total: '46,800 tokens',
  difficulty: 'medium',
  blockedBy: '#12',
});

/** A task of each state, as the machine leaves them. Returns their ids by state. */
export async function seedTaskOfEachState(db: Kysely<Database>): Promise<Record<string, string>> {
  const lease = {
    fence: 3,
    agent: 'glm',
    principal: 'worker',
    leaseHash: 'ab'.repeat(32),
    leaseUntil: toLaterTime(12),
    claimedAt: toAgoTime(10),
  };
  const over = { finishedAt: toAgoTime(5), round: 1 };
  const tasks: Record<string, Partial<Task> & { readonly journal?: readonly NewEntry[] }> = {
    blocked: { state: 'blocked', reason: 'Waits for #12 and #13.', blockers: 2, title: 'Sort the list' },
    queued: {
      state: 'queued',
      chosenAgent: 'glm',
      chosenBecause: 'glm costs nothing.',
      estimate: 52_000,
      difficulty: 'medium',
      understood: readIssue(BODY),
      body: BODY,
      queuedAt: toAgoTime(8),
      labels: ['agent'],
      reasons: [{ by: 'assignee', value: 'mosaic', actor: 'bob', at: toAgoTime(60) }],
    },
    leased: {
      state: 'leased',
      ...lease,
      percent: 40,
      note: `Writing tests ${HOSTILE}`,
      title: `Cache ${HOSTILE}`,
      url: 'javascript:document.title=1',
      priority: 5,
      journal: [
        entry('opened', 'bob', { by: 'assignee', value: 'mosaic' }),
        entry('claimed', 'glm', { fence: 3, attempt: 0 }),
        entry('note', 'glm', { note: `Writing tests ${HOSTILE}`, percent: 40 }),
      ],
    },
    needs_input: { state: 'needs_input', ...lease, agent: 'sonnet', question: 'Which of the two lists?' },
    awaiting_approval: {
      state: 'awaiting_approval',
      agent: null,
      submitted: { ...RESULT, pull: 'https://git.example.org/dataforge/app/pulls/14', commits: ['abcdef0'] },
      verdicts: [
        { gate: 'pull', state: 'passed', detail: 'Pull request 14 is open.' },
        { gate: 'checks', state: 'rejected', detail: 'The check `lint` failed.' },
      ],
      options: { ...OPTIONS, approval: 'after' },
    },
    failed: { state: 'failed', reason: 'There is no such list.', ...over },
    dead: { state: 'dead', reason: 'All 3 attempts failed or expired.', attempt: 3, ...over },
    succeeded: { state: 'succeeded', result: RESULT, ...over },
    cancelled: { state: 'cancelled', reason: 'Called off by bob.', ...over },
  };
  const ids = await seedPageTasks(db, Object.values(tasks));
  return Object.fromEntries(Object.keys(tasks).map((state, index) => [state, ids[index] ?? '']));
}

/** A task that waits for issues of its repository, with what is known of them. Returns its id. */
export async function seedWaitingTask(
  db: Kysely<Database>,
  on: readonly {
    readonly number: number;
    readonly title: string | null;
    readonly state: 'open' | 'closed' | 'unknown';
  }[],
): Promise<string> {
  const blockers = on.filter(({ state }) => state !== 'closed').length;
  const [id = ''] = await seedPageTasks(db, [
    {
      state: 'blocked',
      title: 'Waits',
      reason: 'Waits for others.',
      blockers,
      understood: readIssue('Please.'),
      difficulty: 'low',
      estimate: 10_000,
      chosenAgent: 'glm',
    },
  ]);
  const by = { forge: 'gitea', repo: 'dataforge/app', number: lastNumber };
  const edges = on.map(({ number, title, state }) => ({
    repo: by.repo,
    number: by.number,
    onRepo: by.repo,
    onNumber: number,
    title,
    state,
  }));
  await transact(db, async (trx) => await declareEdges(trx, by, edges));
  return id;
}
