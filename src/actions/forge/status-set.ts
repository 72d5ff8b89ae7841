import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { FettleError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import type { ForgeKind } from '../../core/vocabulary.ts';
import type { CommitStatus } from '../../forges/write-contract.ts';
import { defineAction } from '../define-action.ts';
import { toTitle } from './forge-text.ts';
import { findPlace, getKind, openGroup, PLACE_FIELDS, toForgeTarget } from './place.ts';

const STATES = ['pending', 'success', 'failure', 'error'] as const;

const input = z.strictObject({
  state: template('pending, success, failure or error.'),
  context: template('Name of the status; a later one of the same name replaces it.').default('fettle'),
  description: template('A short line beside it.').optional(),
  url: template(
    'Page with more about it. Bitbucket must have one; there it is the page of the repository without it.',
  ).optional(),
  sha: template(
    'The commit. Without it the one that the event is about: the newest of a push or pull request.',
  ).optional(),
  ...PLACE_FIELDS,
});

/** The least that any kind of forge takes: GitHub. */
const MAX_DESCRIPTION_LENGTH = 140;

export const statusSet = defineAction({
  name: 'status.set',
  summary: 'Sets the status of a commit, as checks do: pending, success, failure or error.',
  input,
  examples: [
    {
      title: 'A pull request waits until somebody decides',
      yaml: 'status.set: { context: decision, state: pending, description: "Waits for a decision" }',
    },
    {
      title: 'Green once the label is there',
      yaml: 'status.set: { context: decision, state: success, description: "Decided by {{ actor.login }}", url: "{{ url }}" }',
    },
  ],
  needs: ['statuses'],
  idempotency: 'key',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: true,
  target(given, event) {
    const place = findPlace(given, event);
    const order = place === undefined ? null : `status:${place.forge}:${place.repo.fullName} ${given.context}`;
    return toForgeTarget(place, order);
  },
  async run(context, given) {
    const place = findPlace(given, context.event);
    if (place === undefined) {
      return {
        state: 'skipped',
        summary: 'It is not known in which repository: name `repo`, and `forge` without an event.',
      };
    }
    const sha = given.sha?.trim() ?? findSha(context.event);
    if (sha === undefined) {
      return { state: 'skipped', summary: 'The event is about no commit: name `sha`, or take other events.' };
    }
    const { forge, repo } = place;
    const kind = getKind(context, forge);
    const wanted = toStatus(given, sha);
    const statuses = openGroup(context, forge, 'statuses');
    const isChanged = await context.step('set the status', async () => {
      const before = await statuses.find(repo, sha, wanted.context);
      if (before !== undefined && isSame(before, wanted, kind)) return false;
      await statuses.set(repo, sha, wanted);
      return true;
    });
    const summary = `${wanted.context} of ${repo.fullName}@${sha.slice(0, 10)} is ${isChanged ? 'now' : 'already'} ${wanted.state}.`;
    return { state: isChanged ? 'succeeded' : 'unchanged', summary };
  },
});

/** @throws FettleError `input_invalid`. */
function toStatus({ state: given, context, description, url }: z.output<typeof input>, sha: string): CommitStatus {
  const state = STATES.find((word) => word === given.trim().toLowerCase());
  if (state === undefined) {
    throw new FettleError(
      'input_invalid',
      `\`state\` is ${JSON.stringify(given.slice(0, 50))}; it is one of ${STATES.join(', ')}.`,
    );
  }
  if (!/^[0-9a-f]{7,64}$/i.test(sha)) {
    throw new FettleError('input_invalid', `\`sha\` is ${JSON.stringify(sha.slice(0, 80))}, which is no object id.`);
  }
  const line = description === undefined ? undefined : toTitle(description).slice(0, MAX_DESCRIPTION_LENGTH);
  return { context: toTitle(context), state, description: line?.toWellFormed(), url: url?.trim() };
}

/** The commit that an event is about; a deleted branch has none. */
function findSha(event: Event | null): string | undefined {
  const named = [event?.after, event?.head?.sha, event?.check?.sha, event?.sha, event?.mergeCommit];
  return named.find((sha) => sha !== undefined && !/^0*$/.test(sha));
}

/** Whether nothing would change. GitLab and Bitbucket have one word for a failure and an error. */
function isSame(before: CommitStatus, wanted: CommitStatus, kind: ForgeKind): boolean {
  const hasBoth = kind === 'gitea' || kind === 'forgejo' || kind === 'github';
  const word = (state: CommitStatus['state']) => (state === 'error' && !hasBoth ? 'failure' : state);
  const sameUrl = wanted.url === undefined || before.url === wanted.url;
  return (
    word(before.state) === word(wanted.state) && (before.description ?? '') === (wanted.description ?? '') && sameUrl
  );
}
