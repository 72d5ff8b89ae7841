import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What waits of the tasks, at one moment. */
export interface TaskBacklog {
  /** A state that is left out has none. */
  readonly counts: readonly { readonly state: string; readonly tasks: number }[];
  /** How long the task that waits longest for an agent has been claimable; 0 when none waits. */
  readonly oldestQueuedSeconds: number;
}

/** What becomes of tasks. */
export interface TaskMetrics {
  /** An agent claimed a task that had been claimable for so long. */
  claimed(agent: string, waitedSeconds: number): void;
  /** A lease ended: `completed`, `failed`, `released`, `expired`, `withdrawn`. */
  leaseEnded(agent: string, ended: string): void;
  /** A task is over, so long after it became claimable. */
  finished(state: string, agent: string | null, seconds: number): void;
  /** What was counted for a scrape; undefined while the database is away. */
  setBacklog(backlog: TaskBacklog | undefined): void;
}

/** States whose tasks still need something: time, an agent or a person. Those in the others only add up. */
export const OPEN_TASK_STATES = ['blocked', 'queued', 'leased', 'needs_input', 'awaiting_approval', 'dead'] as const;

/** From a minute to a week: agents are quick, people are not. */
const TASK_BUCKETS = [1, 10, 60, 300, 900, 3_600, 4 * 3_600, 86_400, 7 * 86_400];

/** @param agentNames the agents that have a label of their own, so that nobody can make any number of series; the rest are `other`. */
export function createTaskMetrics(registry: Registry, agentNames: () => readonly string[]): TaskMetrics {
  const registers = [registry];
  const states = new Gauge({
    name: 'fettle_tasks',
    help: 'Tasks that still need time, an agent or a person, by state; absent while the database is away.',
    labelNames: ['state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'fettle_tasks_oldest_queued_seconds',
    help: 'How long the task that waits longest for an agent has been claimable.',
    registers,
  });
  const claims = new Counter({
    name: 'fettle_task_claims_total',
    help: 'Tasks claimed, by agent.',
    labelNames: ['agent'],
    registers,
  });
  const ends = new Counter({
    name: 'fettle_task_leases_ended_total',
    help: 'Leases ended, by agent and how: completed, failed, released, expired or withdrawn.',
    labelNames: ['agent', 'how'],
    registers,
  });
  const finished = new Counter({
    name: 'fettle_tasks_finished_total',
    help: 'Tasks that are over, by state and by the agent that had them last; none where no agent had.',
    labelNames: ['state', 'agent'],
    registers,
  });
  const claimSeconds = new Histogram({
    name: 'fettle_task_claim_wait_seconds',
    help: 'Time from when a task could be claimed until an agent did.',
    labelNames: ['agent'],
    buckets: TASK_BUCKETS,
    registers,
  });
  const doneSeconds = new Histogram({
    name: 'fettle_task_done_seconds',
    help: 'Time from when a task could be claimed until it succeeded.',
    labelNames: ['agent'],
    buckets: TASK_BUCKETS,
    registers,
  });
  const toLabel = (agent: string) => (agentNames().includes(agent) ? agent : 'other');

  return {
    claimed(agent, waitedSeconds) {
      claims.inc({ agent: toLabel(agent) });
      claimSeconds.observe({ agent: toLabel(agent) }, waitedSeconds);
    },
    leaseEnded: (agent, how) => ends.inc({ agent: toLabel(agent), how }),
    finished(state, agent, seconds) {
      const label = agent === null ? 'none' : toLabel(agent);
      finished.inc({ state, agent: label });
      if (state === 'succeeded') doneSeconds.observe({ agent: label }, seconds);
    },
    setBacklog(backlog) {
      states.reset();
      oldest.remove();
      if (backlog === undefined) return;
      const counts = new Map(backlog.counts.map(({ state, tasks }) => [state, tasks]));
      for (const state of OPEN_TASK_STATES) states.set({ state }, counts.get(state) ?? 0);
      oldest.set(backlog.oldestQueuedSeconds);
    },
  };
}
