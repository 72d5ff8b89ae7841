import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { type Self, toProgramUser } from '../../actions/exec/program-user.ts';
import type { Config } from '../../config/config.ts';
import { fail, type Finding, ok, toReason } from './finding.ts';
import { toRuleNames, type WrittenCall } from './written-calls.ts';

/** The programs that rules may start: switched on, listed, there, and as whom they would run. Starts none. */
export async function checkPrograms(
  { exec }: Pick<Config, 'exec'>,
  calls: readonly WrittenCall[],
  self: Self = { uid: process.getuid?.(), gid: process.getgid?.() },
): Promise<Finding[]> {
  const starting = calls.filter(({ action }) => action === 'exec.run');
  if (!exec.enabled) {
    if (starting.length === 0) return [];
    const advice = 'Set `exec.enabled: true`, or take the action out of the rule.';
    return [fail('programs', `exec.enabled is off, and ${toRuleNames(starting)} would start programs`, advice)];
  }
  const unlisted = starting.filter(({ input }) => !exec.programs.includes(String(input['program'])));
  return [
    checkUser(exec.user, self),
    ...unlisted.map((call) =>
      fail(
        'programs',
        `${String(call.input['program'])} of ${toRuleNames([call])} is not in exec.programs`,
        'Add it there, written the same; until then its runs are dead.',
      ),
    ),
    ...(await Promise.all(exec.programs.map(checkProgram))),
  ];
}

function checkUser(user: string | null, self: Self): Finding {
  try {
    const other = toProgramUser(user, self);
    const who = other === undefined ? 'the user of this command' : `user ${other.uid}:${other.gid}`;
    return ok('programs: user', `they would run as ${who}`);
  } catch (error) {
    return fail(
      'programs: user',
      toReason(error),
      'Run this command as the user that runs the hub, or correct exec.user.',
    );
  }
}

async function checkProgram(path: string): Promise<Finding> {
  const name = `program ${path}`;
  const advice = 'Install it, make it executable, or take it out of exec.programs.';
  try {
    if (!(await stat(path)).isFile()) return fail(name, 'it is not a file', advice);
    await access(path, constants.X_OK);
    return ok(name, 'there and executable');
  } catch (error) {
    return fail(name, `it cannot be started: ${toReason(error)}`, advice);
  }
}
