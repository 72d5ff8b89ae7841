import type { AgentProfile, Config, ForgeConfig } from '../src/config/config.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Store } from '../src/store/store.ts';
import type { Task } from '../src/tasks/contract.ts';
import { createTaskDesk, type Desk } from '../src/tasks/desk/create-desk.ts';
import type { Caller } from '../src/tasks/desk-contract.ts';
import { createExpiryKeeper, type ExpiryKeeper } from '../src/tasks/expiry-keeper.ts';
import type { TaskPorts } from '../src/tasks/move.ts';
import type { ClaimRequest, ContextBundle } from '../src/tasks/shapes.ts';
import { QUIET_ANNOUNCEMENTS } from './announcements.ts';
import { seedTasks } from './seed-tasks.ts';
import { LEASE_MS, START, UNDERSTOOD } from './task-machine.ts';

/** A desk over a database, with nobody who works on what follows. */
export interface DeskStage {
  readonly desk: Desk;
  readonly ports: TaskPorts;
  readonly keeper: ExpiryKeeper;
  /** Tasks that can be claimed unless it is said otherwise; returns their ids. */
  ready(...tasks: Partial<Task>[]): Promise<string[]>;
  claim(fields?: Partial<ClaimRequest>, caller?: Caller): ReturnType<Desk['claim']>;
  /** Moves the clock that the test holds. */
  pass(ms: number): void;
}

export interface DeskStageOptions {
  readonly agents?: Readonly<Record<string, AgentProfile>>;
  /** Goes by the clocks of the process and of the database. */
  readonly isLive?: boolean;
  readonly ports?: Partial<TaskPorts>;
}

export const PROFILE: AgentProfile = {
  about: null,
  contextLimit: null,
  cost: 0,
  capabilities: ['low', 'medium', 'high'],
  labels: [],
  repos: [],
  concurrency: 100,
  budgetPerDay: null,
};

const BUNDLE: ContextBundle = {
  notice: 'Untrusted.',
  title: '',
  body: '',
  hidden: [],
  labels: [],
  understood: null,
  comments: [],
  pulls: [],
  dependencies: [],
  cloneUrl: null,
  defaultBranch: null,
  suggestedBranch: 'fettle/1',
  url: null,
  handover: null,
  answers: [],
  gates: [],
  problems: [],
};

/** Somebody who asks; an agent that sees all unless it is said otherwise. */
export function createCaller(
  fields: Partial<Caller> & { readonly name?: string; readonly repos?: string[] } = {},
): Caller {
  const { name = 'worker', repos = [], ...rest } = fields;
  return {
    principal: { name, role: 'agent', scopes: { repos }, via: 'token', tokenId: `token of ${name}` },
    signal: new AbortController().signal,
    ...rest,
  };
}

/** Something that can be claimed. */
export const READY: Partial<Task> = {
  state: 'queued',
  title: 'Sort the list',
  understood: UNDERSTOOD,
  chosenBecause: 'Any agent may take it.',
  chosenUntil: START,
  queuedAt: START,
};

export function createDeskStage(
  store: Store,
  { agents = {}, isLive = false, ports: given = {} }: DeskStageOptions = {},
): DeskStage {
  let nowMs = Date.parse(START);
  const config = {
    forges: { home: { name: 'home', kind: 'gitea' } as ForgeConfig },
    tasks: {
      leaseMs: LEASE_MS,
      maxAttempts: 3,
      patienceMs: 60_000,
      comments: 20,
      labels: {},
      estimator: { url: null, token: null },
    },
    agents,
  } as unknown as Config;
  const wakes: (() => void)[] = [];
  const ports: TaskPorts = {
    db: () => store.db,
    clock: isLive ? systemClock : () => nowMs,
    config: () => config,
    ...QUIET_ANNOUNCEMENTS,
    onCommitted: () => {
      for (const wake of wakes) wake();
    },
    ...given,
  };
  const desk = createTaskDesk({ ...ports, bundle: async ({ title }) => ({ ...BUNDLE, title }) });
  wakes.push(() => desk.wake());
  return {
    desk,
    ports,
    keeper: createExpiryKeeper(ports),
    ready: (...tasks) =>
      seedTasks(
        store.db,
        tasks.map((task) => ({ ...READY, ...task })),
      ),
    claim: (fields = {}, caller = createCaller()) => desk.claim({ agent: 'glm', wait: 0, ...fields }, caller),
    pass(ms) {
      nowMs += ms;
    },
  };
}
