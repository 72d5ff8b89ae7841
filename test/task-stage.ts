import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Config } from '../src/config/config.ts';
import { toIsoTime } from '../src/core/clock.ts';
import { createForgeApi } from '../src/forges/api.ts';
import type { Action } from '../src/jobs/contract.ts';
import { insertEntries } from '../src/store/task-entries.ts';
import { claimTask } from '../src/store/task-claims.ts';
import type { Store } from '../src/store/store.ts';
import { findTask } from '../src/store/tasks.ts';
import { transact } from '../src/store/transact.ts';
import type { Task, TaskOptions, TaskReason } from '../src/tasks/contract.ts';
import type { LeaseProof, SubjectFacts, TaskCommand } from '../src/tasks/machine/contract.ts';
import { toClaimed } from '../src/tasks/machine/decide.ts';
import { type Move, moveTask, openTask, type TaskPorts, toTaskKey } from '../src/tasks/move.ts';
import { QUIET_ANNOUNCEMENTS } from './announcements.ts';
import type { FakeForge, FakeKind, FakeSubject } from './fake-forge/contract.ts';
import { startFakeForge } from './fake-forge/start.ts';
import { createWorld, type World } from './fake-forge/world.ts';
import { type ActionTrial, type ActionTrialEnd, runAction } from './run-action.ts';
import { FREE, OPEN_TO_ALL, OPTIONS, UNDERSTOOD } from './task-machine.ts';

/** A task about an issue of a fake forge, with a database, a held clock, and nobody who works on what follows but the test. */
export interface TaskStage {
  readonly forge: FakeForge;
  readonly world: World;
  readonly issue: FakeSubject;
  readonly ports: TaskPorts;
  /** May be changed while the test goes on. */
  readonly config: { -readonly [K in keyof Pick<Config, 'forges' | 'tasks' | 'exec' | 'agents'>]: Config[K] };
  readonly id: string;
  readonly task: () => Promise<Task>;
  readonly move: (command: TaskCommand) => Promise<Move>;
  /** Has it read, so that it can be claimed. */
  readonly read: () => Promise<Move>;
  readonly claim: (agent?: string) => Promise<LeaseProof>;
  /** What was claimed and handed in. */
  readonly submit: (result?: {
    readonly summary: string;
    readonly pull?: string;
    readonly branch?: string;
  }) => Promise<void>;
  readonly act: (action: Action, input?: object, trial?: ActionTrial) => Promise<ActionTrialEnd>;
  readonly pass: (ms: number) => void;
  readonly nowMs: () => number;
}

export interface TaskStageOptions {
  readonly kind?: FakeKind;
  readonly options?: Partial<TaskOptions>;
  readonly reason?: Partial<TaskReason>;
  readonly facts?: Partial<SubjectFacts>;
  readonly subject?: 'issue' | 'pull';
  /** Another stage whose forge is used. */
  readonly forge?: FakeForge;
  readonly issue?: FakeSubject;
}

const START_MS = Date.parse('2026-03-14T09:30:00Z');

export const TASK_CONFIG: Config['tasks'] = {
  leaseMs: 900_000,
  maxAttempts: 3,
  patienceMs: 60_000,
  comments: 20,
  labels: {},
  estimator: { url: null, token: null },
};

/** Opens a task that ada asked for by a label. */
export async function openTaskStage(t: TestContext, store: Store, wanted: TaskStageOptions = {}): Promise<TaskStage> {
  const forge = wanted.forge ?? (await startFakeForge(t, { kind: wanted.kind ?? 'gitea' }));
  const world = createWorld(forge);
  const subject = wanted.subject ?? 'issue';
  const issue = wanted.issue ?? world.repository.subjects.find(({ kind }) => kind === subject);
  assert.ok(issue);
  const { owner, name, id: repoId } = world.repository;
  const fullName = `${owner}/${name}`;
  let nowMs = START_MS;
  const config: TaskStage['config'] = {
    forges: { home: forge.config },
    tasks: TASK_CONFIG,
    exec: { enabled: false, programs: [], user: null },
    agents: {},
  };
  const ports: TaskPorts = {
    db: () => store.db,
    clock: () => nowMs,
    config: () => config as Config,
    ...QUIET_ANNOUNCEMENTS,
  };
  const facts: SubjectFacts = {
    title: issue.title,
    body: issue.body,
    url: `${forge.url}/${fullName}/issues/${issue.number}`,
    author: issue.author.login,
    labels: [],
    repository: {
      id: String(repoId),
      fullName,
      owner,
      name,
      url: `${forge.url}/${fullName}`,
      cloneUrl: `${forge.url}/${fullName}.git`,
      defaultBranch: 'main',
      private: true,
    },
    ...wanted.facts,
  };
  const key = toTaskKey('home', fullName, subject, issue.number);
  const opened = await openTask(
    ports,
    { key, forge: 'home', repo: fullName, subject, number: issue.number },
    {
      kind: 'open',
      reason: { by: 'label', value: 'agent', actor: 'ada', at: toIsoTime(nowMs), seq: 412, ...wanted.reason },
      options: { ...OPTIONS, ...wanted.options },
      priority: 0,
      facts,
    },
  );
  const { id } = opened.task;
  const task = async () => {
    const found = await findTask(store.db, id);
    assert.ok(found);
    return found;
  };
  const move = (command: TaskCommand) => moveTask(ports, id, command);
  let claims = 0;
  let lease: LeaseProof | undefined;
  const stage: TaskStage = {
    forge,
    world,
    issue,
    ports,
    config,
    id,
    task,
    move,
    read: () => move({ kind: 'read', facts, understanding: UNDERSTOOD, selection: OPEN_TO_ALL, blockers: FREE }),
    async claim(agent = 'mosaic-1') {
      claims += 1;
      const proof = { hash: String(claims).padStart(64, '0'), principal: 'worker' };
      const nowAt = toIsoTime(nowMs);
      await transact(store.db, async (trx) => {
        const claimed = await claimTask(trx, {
          ...ANY,
          principal: proof.principal,
          leaseHash: proof.hash,
          agent,
          nowAt,
          task: id,
        });
        assert.ok(claimed, 'It cannot be claimed.');
        await insertEntries(trx, claimed.task, toClaimed(claimed.task, nowAt).entries, nowAt);
      });
      lease = proof;
      return proof;
    },
    async submit(result = { summary: 'Sorted it.' }) {
      await move({ kind: 'complete', lease: lease ?? (await stage.claim()), result });
    },
    act: (action, input = {}, trial = {}) =>
      runAction(t, action, { task: id, ...input }, { db: ports.db, config, clock: () => nowMs, ...trial }),
    pass(ms) {
      nowMs += ms;
    },
    nowMs: () => nowMs,
  };
  return stage;
}

/** A claim that asks for nothing. */
const ANY = {
  contextLimit: null,
  difficulties: null,
  skills: null,
  labels: null,
  alsoLabels: null,
  notLabels: null,
  repos: null,
  concurrency: null,
  budgetPerDay: null,
  cost: 0,
} as const;

/** The API of a fake forge, as a hub makes it. */
export function toForgeFinder(forge: FakeForge) {
  return (name: string) => (name === 'home' ? createForgeApi(forge.config, forge.transport) : undefined);
}
