import { createHash } from 'node:crypto';
import { FettleError } from '../../core/errors.ts';
import type { Repository } from '../../core/event.ts';
import { textAt } from '../read.ts';
import type { ForgeCheck } from '../work-contract.ts';
import type { CommitStatus } from '../write-contract.ts';

/** What both Bitbuckets have in common: a build is known by a key, has one of few states, and must have an address. */

/** Cloud takes keys of at most 40 characters. */
const MAX_KEY_LENGTH = 40;

/** The key of a context: itself, or its hash where it is too long. */
export function toBuildKey(context: string): string {
  return context.length <= MAX_KEY_LENGTH ? context : createHash('sha1').update(context).digest('hex');
}

/**
 * A status as a build.
 * @throws FettleError `input_invalid` when there is no address to give.
 */
export function toBuild(repo: Repository, { context, state, description, url = repo.url }: CommitStatus): object {
  if (url === undefined) {
    throw new FettleError('input_invalid', 'Bitbucket wants an address with each status: set `url` in the rule.');
  }
  return { key: toBuildKey(context), name: context, state: WORDS[state], description, url };
}

/** Neither has a word for an error that is no failure. */
const WORDS = { pending: 'INPROGRESS', success: 'SUCCESSFUL', failure: 'FAILED', error: 'FAILED' } as const;

export function toStatus(context: string, build: unknown): CommitStatus {
  return {
    context,
    state: toState(build),
    description: textAt(build, 'description'),
    url: textAt(build, 'url'),
  };
}

/** A build as a check, under the name that people see; none for one without key and name. */
export function toCheck(build: unknown): ForgeCheck[] {
  const name = textAt(build, 'name') ?? textAt(build, 'key');
  return name === undefined ? [] : [{ name, state: toState(build), url: textAt(build, 'url') }];
}

function toState(build: unknown): ForgeCheck['state'] {
  const word = textAt(build, 'state');
  if (word === 'SUCCESSFUL') return 'success';
  return word === 'FAILED' || word === 'STOPPED' || word === 'CANCELLED' ? 'failure' : 'pending';
}
