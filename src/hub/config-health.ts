import { toProblemLine } from '../config/problem.ts';
import type { ConfigWatch } from '../config/watch-config.ts';

/** Whether the configuration file is the one in force. */
export function toConfigHealth(watch: ConfigWatch | undefined) {
  const current = watch?.current();
  if (current?.status !== 'refused') return { state: 'ok' as const, problems: [] };
  return { state: 'refused' as const, problems: current.problems.map(toProblemLine) };
}
