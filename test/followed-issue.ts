import assert from 'node:assert/strict';
import type { Config } from '../src/config/config.ts';
import type { Event } from '../src/core/event.ts';
import type { Action } from '../src/jobs/contract.ts';
import { findEvent } from '../src/store/events.ts';
import type { Store } from '../src/store/store.ts';
import { findTaskByKey } from '../src/store/tasks.ts';
import type { Task } from '../src/tasks/contract.ts';
import { createTaskFollower, type TaskFollower } from '../src/tasks/follow/follower.ts';
import type { TaskPorts } from '../src/tasks/move.ts';
import type { TestContext } from 'node:test';
import { QUIET_ANNOUNCEMENTS } from './announcements.ts';
import { addEvents, makeEvent, makeRepo } from './event-rows.ts';
import { type ActionTrialEnd, runAction } from './run-action.ts';
import { TASK_CONFIG } from './task-stage.ts';

export const REPO = { ...makeRepo('dataforge/app'), id: '7' };
export const NOW = '2026-11-20T10:00:00.000Z';

/** Events of issues on a forge without an API, what follows them, and the runs that open tasks, each when the test says so. */
export interface FollowedIssue {
  readonly ports: TaskPorts;
  readonly follower: TaskFollower;
  readonly config: { -readonly [K in 'forges' | 'tasks' | 'agents']: Config[K] };
  /** Stores an event. @returns it with its place in the stream. */
  tell(fields: Partial<Omit<Event, 'seq'>>): Promise<Event>;
  act(action: Action, event: Event | null, input?: object): Promise<ActionTrialEnd>;
  /** The task of an issue. */
  find(number?: number): Promise<Task | undefined>;
  get(number?: number): Promise<Task>;
}

export function createFollowedIssue(t: TestContext, store: Store): FollowedIssue {
  const nowMs = Date.parse(NOW);
  const config: FollowedIssue['config'] = {
    forges: {
      home: {
        name: 'home',
        kind: 'gitea',
        url: null,
        token: null,
        secrets: [],
        unsigned: false,
        insecure: false,
        accounts: [],
      },
    },
    tasks: TASK_CONFIG,
    agents: {},
  };
  const ports: TaskPorts = {
    db: () => store.db,
    clock: () => nowMs,
    config: () => config as Config,
    ...QUIET_ANNOUNCEMENTS,
  };
  const find = (number = 12) => findTaskByKey(store.db, `home/dataforge/app#${number}`);
  return {
    ports,
    config,
    follower: createTaskFollower(ports),
    async tell(fields) {
      const event = makeEvent({
        repo: REPO,
        subject: 'issue',
        number: 12,
        title: 'Sort the list',
        actor: { login: 'ada', bot: false },
        ...fields,
      });
      await addEvents(store.db, [event]);
      const stored = await findEvent(store.db, event.id);
      assert.ok(stored);
      return { ...event, seq: stored.seq };
    },
    act: (action, event, input = {}) =>
      runAction(t, action, input, { event, db: ports.db, config, clock: () => nowMs }),
    find,
    async get(number) {
      const task = await find(number);
      assert.ok(task);
      return task;
    },
  };
}
