import type { RunContext } from '../../jobs/contract.ts';
import type { TaskPorts } from '../../tasks/move.ts';

/** What it takes to move tasks, from what a run lends. */
export function toTaskPorts({ db, clock, config, announce }: RunContext): TaskPorts {
  return { db, clock, config, ...announce };
}
