import type { RunContext } from '../../jobs/contract.ts';
import type { TaskPorts } from '../../tasks/move.ts';

/** What it takes to move tasks, from what a run lends. */
export function toTaskPorts(context: RunContext): TaskPorts {
  return { db: context.db, clock: context.clock, config: () => context.config(), ...context.announce };
}
