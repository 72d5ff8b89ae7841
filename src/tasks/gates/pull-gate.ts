import type { GateVerdict } from '../contract.ts';
import type { FoundPull } from './contract.ts';

/** A pull request exists, is open or merged, and is no draft. */
export function checkPull(found: FoundPull): GateVerdict {
  const gate = 'pull';
  if ('missing' in found) return { gate, state: 'rejected', detail: found.missing };
  const { number, state, isDraft } = found.pull;
  if (state === 'closed') {
    const detail = `Pull request ${number} was closed without being merged. Reopen it, or open another one, and complete again.`;
    return { gate, state: 'rejected', detail };
  }
  if (isDraft && state === 'open') {
    const detail = `Pull request ${number} is a draft. Mark it as ready for review, and complete again.`;
    return { gate, state: 'rejected', detail };
  }
  return { gate, state: 'passed', detail: `Pull request ${number} is ${state}.` };
}
