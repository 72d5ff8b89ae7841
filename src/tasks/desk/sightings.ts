import { touchAgent } from '../../store/task-agents.ts';
import { type TaskPorts, toHeldTime } from '../move.ts';

/** Notes when agents were last heard from, each at most every ten seconds. */
export interface Sightings {
  note(agent: string): Promise<void>;
}

const EVERY_MS = 10_000;
/** More agents than these are not remembered: what is noted once too often does no harm. */
const MOST = 1_000;

export function createSightings(ports: Pick<TaskPorts, 'db' | 'clock'>): Sightings {
  const notedMs = new Map<string, number>();
  return {
    async note(agent) {
      const nowMs = performance.now();
      if (nowMs - (notedMs.get(agent) ?? -Infinity) < EVERY_MS) return;
      if (notedMs.size >= MOST) notedMs.clear();
      notedMs.set(agent, nowMs);
      await touchAgent(ports.db(), agent, toHeldTime(ports));
    },
  };
}
