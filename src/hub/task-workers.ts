import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { systemClock } from '../core/clock.ts';
import { createForgeApi } from '../forges/api.ts';
import type { AgentTable } from '../http/routes/agents.ts';
import type { Announcements } from '../jobs/contract.ts';
import type { OutgoingHttp } from '../network/contract.ts';
import type { GetDatabase } from '../store/store.ts';
import { createBundleMaker } from '../tasks/bundle/create-bundle.ts';
import { listAgents, putAgent, removeAgent, selectAnew } from '../tasks/desk/agents.ts';
import { createTaskDesk } from '../tasks/desk/create-desk.ts';
import type { TaskDesk } from '../tasks/desk-contract.ts';
import { createExpiryKeeper } from '../tasks/expiry-keeper.ts';
import { createTaskFollower } from '../tasks/follow/follower.ts';
import type { TaskPorts } from '../tasks/move.ts';

/** What of a hub is about tasks: the desk, which answers as soon as the database does, and what works on its own. */
export interface TaskWorkers {
  readonly desk: TaskDesk;
  readonly agents: AgentTable;
  start(): void;
  /** Something was committed, by this process or another. */
  wake(): void;
  /** The agents of the configuration changed: tasks that wait are given out anew. */
  onAgentsChanged(): void;
  stop(): Promise<void>;
}

export interface TaskWorkerSources {
  readonly db: GetDatabase;
  readonly config: () => Config;
  readonly http: OutgoingHttp;
  readonly announce: Announcements;
  readonly log: Logger;
}

export function createTaskWorkers({ db, config, http, announce, log }: TaskWorkerSources): TaskWorkers {
  const ports: TaskPorts = { db, clock: systemClock, config, ...announce };
  const bundle = createBundleMaker({
    forge: (name) => {
      const forge = config().forges[name];
      return forge === undefined ? undefined : createForgeApi(forge, http);
    },
    config,
    db,
    clock: systemClock,
  });
  const desk = createTaskDesk({ ...ports, bundle });
  const keeper = createExpiryKeeper(ports);
  const follower = createTaskFollower(ports);
  let selecting = Promise.resolve();

  const select = () => {
    selecting = selecting.then(async () => {
      try {
        const changed = await selectAnew(ports);
        if (changed > 0) log.info({ tasks: changed }, 'tasks.given_out_anew');
      } catch (error) {
        log.warn({ err: error }, 'tasks.not_given_out_anew');
      }
    });
  };

  return {
    desk,
    agents: {
      list: () => listAgents(ports),
      put: (name, profile) => putAgent(ports, name, profile),
      remove: (name) => removeAgent(ports, name),
    },
    start() {
      keeper.start();
      follower.start();
      // The configuration may have changed while no hub ran.
      select();
    },
    wake() {
      desk.wake();
      follower.wake();
    },
    onAgentsChanged: select,
    async stop() {
      await Promise.all([keeper.stop(), follower.stop(), selecting]);
    },
  };
}
