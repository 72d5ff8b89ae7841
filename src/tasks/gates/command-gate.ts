import type { GateVerdict } from '../contract.ts';
import type { CommandEnd } from './contract.ts';

/** The exit code that says: not now, ask again (sysexits.h). */
const EX_TEMPFAIL = 75;
/** How long a program may say so. */
const LIMIT_MS = 2 * 3_600_000;

/** What the end of a program says about the completion. */
export function toCommandVerdict(gate: string, end: CommandEnd, waitedMs: number): GateVerdict {
  if ('refused' in end) return { gate, state: 'rejected', detail: end.refused };
  const { exitCode, endedBy, tail } = end;
  const said = tail === '' ? '' : ` It said last: ${tail}`;
  if (exitCode === 0) return { gate, state: 'passed', detail: 'It ended well.' };
  if (exitCode === EX_TEMPFAIL && waitedMs < LIMIT_MS)
    return { gate, state: 'pending', detail: `It asks to be run again later.${said}` };
  const how = exitCode === null ? `was ended by ${endedBy ?? 'a signal'}` : `ended with exit code ${exitCode}`;
  return { gate, state: 'rejected', detail: `It ${how}. Mend what it found, push, and complete again.${said}` };
}
