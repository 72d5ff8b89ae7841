import type { TaskGate } from '../contract.ts';

/** A gate's name in verdicts: `pull`, `checks`, `review`, `command make test`. */
export function toGateName(gate: TaskGate): string {
  return gate.kind === 'command' ? `command ${gate.argv.join(' ')}` : gate.kind;
}
