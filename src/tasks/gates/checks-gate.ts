import { cleanText } from '../../core/clean-text.ts';
import type { ForgeCheck } from '../../forges/work-contract.ts';
import type { GateVerdict } from '../contract.ts';
import type { GateFacts } from './contract.ts';

/** How long a commit may be without any check, since they are made by others who need a moment. */
const CHECKS_GRACE_MS = 5 * 60_000;
/** How long checks may take. */
const CHECKS_LIMIT_MS = 2 * 3_600_000;

const MOST_NAMES = 10;

/** Every check and status of the head commit is green, and there is at least one. */
export async function checkChecks({ pull: found, pulls, repo, waitedMs }: GateFacts): Promise<GateVerdict> {
  const gate = 'checks';
  if ('missing' in found) return { gate, state: 'rejected', detail: found.missing };
  const { number, headSha } = found.pull;
  if (headSha === '') {
    const detail = `The forge does not tell the head commit of pull request ${number}, so its checks cannot be looked up. Somebody has to take this gate away.`;
    return { gate, state: 'rejected', detail };
  }
  const checks = await pulls.listChecks(repo, headSha);
  const commit = headSha.slice(0, 12);
  const failed = checks.filter(({ state }) => state === 'failure');
  if (failed.length > 0) {
    const detail = `Failed for ${commit}: ${toNames(failed)}. Mend what they found, push, and complete again.`;
    return { gate, state: 'rejected', detail };
  }
  const pending = checks.filter(({ state }) => state === 'pending');
  if (pending.length > 0) {
    if (waitedMs < CHECKS_LIMIT_MS)
      return { gate, state: 'pending', detail: `Still running for ${commit}: ${toNames(pending)}.` };
    const detail = `Not finished after ${CHECKS_LIMIT_MS / 3_600_000} hours: ${toNames(pending)}. Find out why, and complete again.`;
    return { gate, state: 'rejected', detail };
  }
  if (checks.length === 0) {
    if (waitedMs < CHECKS_GRACE_MS)
      return { gate, state: 'pending', detail: `No check has begun for ${commit} of pull request ${number} yet.` };
    const detail = `There is no check at all for ${commit} of pull request ${number}. See that the checks of the repository run for it, and complete again.`;
    return { gate, state: 'rejected', detail };
  }
  const count = checks.length === 1 ? '1 check is' : `${checks.length} checks are`;
  return { gate, state: 'passed', detail: `${count} green for ${commit}.` };
}

function toNames(checks: readonly ForgeCheck[]): string {
  const names = checks.slice(0, MOST_NAMES).map(({ name }) => cleanText(name, 80));
  const rest = checks.length - names.length;
  return `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
