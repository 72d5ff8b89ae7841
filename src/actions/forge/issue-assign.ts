import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { textOrList } from '../../config/shapes.ts';
import { FettleError } from '../../core/errors.ts';
import { defineAction } from '../define-action.ts';
import { findSubject, openGroup, SUBJECT_FIELDS, toNoSubject, toSubjectTarget } from './place.ts';

const input = z.strictObject({
  add: textOrList(template('A login.')).prefault([]).describe('Logins to assign.'),
  remove: textOrList(template('A login.'))
    .prefault([])
    .describe('Logins to take off; one that is not there is no error.'),
  ...SUBJECT_FIELDS,
});

export const issueAssign = defineAction({
  name: 'issue.assign',
  summary: 'Assigns people to the issue or pull request, or takes them off.',
  input,
  examples: [
    { title: 'Pull requests belong to who opened them', yaml: 'issue.assign: { add: "{{ author.login }}" }' },
    { title: 'Hand over from one to another', yaml: 'issue.assign: { add: grace, remove: ada }' },
  ],
  needs: ['issues'],
  idempotency: 'key',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: true,
  target: toSubjectTarget,
  async run(context, given) {
    const place = findSubject(given, context.event);
    if (place === undefined) return toNoSubject(context.event);
    const issues = openGroup(context, place.forge, 'issues');
    const name = `${place.repo.fullName}#${place.ref.number}`;
    const done = await context.step('change the assignees', async () => {
      const before = await issues.get(place.ref);
      const add = toLogins(given.add).filter((login) => !holds(before.assignees, login));
      const remove = toLogins(given.remove).filter(
        (login) => holds(before.assignees, login) && !holds(given.add, login),
      );
      if (add.length === 0 && remove.length === 0) return { isChanged: false, assignees: before.assignees };
      const { assignees } = await issues.assign(place.ref, { add, remove });
      const left = add.filter((login) => !holds(assignees, login));
      if (left.length > 0) {
        const detail = `The forge did not assign ${left.join(', ')} to ${name}: they must exist, may be assigned only if they have access, and the token needs the right to assign.`;
        throw new FettleError('upstream_refused', detail);
      }
      return { isChanged: true, assignees };
    });
    const whom = done.assignees.length === 0 ? 'nobody' : done.assignees.join(', ');
    const summary = `${name} is ${done.isChanged ? 'now ' : ''}assigned to ${whom}.`;
    return { state: done.isChanged ? 'succeeded' : 'unchanged', summary, data: { assignees: done.assignees } };
  },
});

function toLogins(given: readonly string[]): string[] {
  return [...new Set(given.map((login) => login.trim().replace(/^@/, '')).filter((login) => login !== ''))];
}

/** Logins differ in case only by mistake. */
function holds(logins: readonly string[], login: string): boolean {
  return toLogins(logins).some((each) => each.toLowerCase() === login.toLowerCase());
}
