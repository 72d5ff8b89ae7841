import type { EventDraft } from '../../../core/event.ts';
import { type JsonObject, objectAt, timeAt } from '../../read.ts';
import { type Native, type Reader, toUnknown } from '../native.ts';
import { readCommitComment, readPullRequestComment } from './comment.ts';
import { readFromRefUpdated, readModified as readPullRequestModified, readPullRequestEvent } from './pull-request.ts';
import { readMirrorSynchronized, readRefsChanged } from './push.ts';
import { readFork, readModified, readRepository } from './repository.ts';
import { readReview, readReviewersUpdated } from './review.ts';
import { readUser } from './user.ts';

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['repo:refs_changed', readRefsChanged],
  ['mirror:repo_synchronized', readMirrorSynchronized],
  ['repo:forked', readFork],
  ['repo:modified', readModified],
  ['repo:comment:added', readCommitComment],
  ['repo:comment:edited', readCommitComment],
  ['repo:comment:deleted', readCommitComment],
  ['pr:opened', readPullRequestEvent],
  ['pr:merged', readPullRequestEvent],
  ['pr:declined', readPullRequestEvent],
  ['pr:deleted', readPullRequestEvent],
  ['pr:from_ref_updated', readFromRefUpdated],
  ['pr:to_ref_updated', readPullRequestModified],
  ['pr:modified', readPullRequestModified],
  ['pr:reviewer:updated', readReviewersUpdated],
  ['pr:reviewer:approved', readReview],
  ['pr:reviewer:unapproved', readReview],
  ['pr:reviewer:needs_work', readReview],
  ['pr:reviewer:changes_requested', readReview],
  ['pr:comment:added', readPullRequestComment],
  ['pr:comment:edited', readPullRequestComment],
  ['pr:comment:deleted', readPullRequestComment],
  ['diagnostics:ping', ({ base }) => [{ ...base, type: 'ping', test: true }]],
]);

/** What a delivery of Bitbucket Data Center or Server means. */
export function normaliseDataCenter(event: string, payload: JsonObject): readonly EventDraft[] {
  const repo =
    readRepository(payload, 'repository') ?? readRepository(objectAt(payload, 'pullRequest'), 'toRef', 'repository');
  const actor = readUser(payload, 'actor');
  const native: Native = {
    event,
    payload,
    base: { occurredAt: timeAt(payload, 'date'), repo, actor, native: { event } },
  };
  const read = READERS.get(event);
  if (read === undefined) return [toUnknown(native, 'Fettle has no type for this event key.')];
  const drafts = read(native);
  return drafts.length > 0 ? drafts : [toUnknown(native, 'The body lacks what its event key promises.')];
}
