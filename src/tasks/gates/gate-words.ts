import type { TaskGate } from '../contract.ts';
import { toGateName } from '../machine/gate-name.ts';

/** What a gate wants, told to an agent before it begins. */
export function toGateWords(gate: TaskGate): string {
  switch (gate.kind) {
    case 'pull':
      return 'pull: there is a pull request for this task, open or merged, and no draft. Name it in the result.';
    case 'checks':
      return 'checks: every check of the head commit of the pull request is green, and there is at least one.';
    case 'review':
      return 'review: somebody other than its author, who may write to the repository, approved the pull request, and nobody asks for changes.';
    default:
      return `${toGateName(gate)}: this program of the hub ends with exit code 0.`;
  }
}
