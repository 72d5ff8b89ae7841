import { FettleError } from '../../core/errors.ts';
import type { ProgramUser } from './run-program.ts';

/** Who runs Fettle; undefined on systems without user numbers. */
export interface Self {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/**
 * Whom a program runs as. Without a setting, whoever runs Fettle, but never root: its power must be given on purpose.
 * @param user the setting `exec.user`, `number` or `number:group`; the group is the same number where it is left out.
 * @throws FettleError `action_forbidden` when Fettle may not become that user.
 */
export function toProgramUser(user: string | null, self: Self): ProgramUser | undefined {
  if (user === null) {
    if (self.uid !== 0) return undefined;
    const detail = 'Fettle runs as root and would start programs as root: set `exec.user`, such as 65534:65534.';
    throw new FettleError('action_forbidden', detail);
  }
  const [uid = 0, gid = uid] = user.split(':').map(Number);
  if (self.uid === 0) return { uid, gid };
  if (self.uid === uid && self.gid === gid) return undefined;
  const detail = `Only root may start programs as another user, and Fettle runs as user ${self.uid ?? 'unknown'}: run it as root, or take \`exec.user\` away.`;
  throw new FettleError('action_forbidden', detail);
}
