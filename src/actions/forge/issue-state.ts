import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import type { Action, ActionExample, Outcome, RunContext } from '../../jobs/contract.ts';
import { defineAction } from '../define-action.ts';
import { findSubject, openGroup, SUBJECT_FIELDS, toNoSubject, toSubjectTarget } from './place.ts';

const input = z.strictObject({ ...SUBJECT_FIELDS });

function toAction(
  name: string,
  summary: string,
  wanted: 'open' | 'closed',
  examples: readonly ActionExample[],
): Action {
  return defineAction({
    name,
    summary,
    input,
    examples,
    needs: ['issues'],
    idempotency: 'key',
    timeoutMs: 120_000,
    concurrency: 4,
    allowedInRepository: true,
    target: toSubjectTarget,
    run: (context, given) => setState(context, given, wanted),
  });
}

export const issueClose = toAction('issue.close', 'Closes the issue or pull request of the event.', 'closed', [
  { title: 'Close what got the label wontfix', yaml: 'issue.close: {}' },
]);

export const issueReopen = toAction(
  'issue.reopen',
  'Opens the closed issue or pull request of the event again.',
  'open',
  [{ title: 'Open it again when somebody answers', yaml: 'issue.reopen: {}' }],
);

async function setState(
  context: RunContext,
  given: z.output<typeof input>,
  wanted: 'open' | 'closed',
): Promise<Outcome> {
  const place = findSubject(given, context.event);
  if (place === undefined) return toNoSubject(context.event);
  const issues = openGroup(context, place.forge, 'issues');
  const name = `${place.repo.fullName}#${place.ref.number}`;
  const word = wanted === 'open' ? 'open' : 'closed';
  const done = await context.step('change the state', async () => {
    const before = await issues.get(place.ref);
    if (before.state === wanted) return { isChanged: false, url: before.url };
    const after = await issues.setState(place.ref, wanted);
    if (after.state !== wanted) {
      throw new FettleError(
        'upstream_refused',
        `The forge did not leave ${name} ${word}; a merged pull request stays closed.`,
      );
    }
    return { isChanged: true, url: after.url };
  });
  const url = done.url === undefined ? {} : { url: done.url };
  if (!done.isChanged) return { state: 'unchanged', summary: `${name} is ${word} already.`, ...url };
  return { state: 'succeeded', summary: `${name} is ${word} now.`, ...url };
}
