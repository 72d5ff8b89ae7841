import type { Config } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';

/**
 * Whether the hub's own configuration lets a program be run; nothing else can allow it.
 * @throws FettleError `action_forbidden`.
 */
export function requireAllowed(exec: Config['exec'], program: string): void {
  if (!exec.enabled) {
    const detail = 'Programs are not run: `exec.enabled` is off in the configuration of the hub.';
    throw new FettleError('action_forbidden', detail);
  }
  if (!exec.programs.includes(program)) {
    const detail = `${program} is not run: add it to \`exec.programs\` in the configuration of the hub, written the same.`;
    throw new FettleError('action_forbidden', detail);
  }
}
