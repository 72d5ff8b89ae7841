import type { EventDraft } from '../../../core/event.ts';
import { listAt, textAt } from '../../read.ts';
import type { Native } from '../native.ts';
import { readPullRequest } from './pull-request.ts';
import { readLogin } from './user.ts';

/** `changes_requested` is the newer word for `needs_work`. */
const TYPES: Readonly<Record<string, EventDraft['type']>> = {
  'pr:reviewer:approved': 'review.approved',
  'pr:reviewer:unapproved': 'review.withdrawn',
  'pr:reviewer:needs_work': 'review.changes_requested',
  'pr:reviewer:changes_requested': 'review.changes_requested',
};

/** The verdict of one reviewer. */
export function readReview(native: Native): readonly EventDraft[] {
  const type = TYPES[native.event];
  const pull = readPullRequest(native);
  if (pull === undefined || type === undefined) return [];
  const reviewer = readLogin(native.payload, 'participant', 'user') ?? pull.actor?.login;
  const sha = textAt(native.payload, 'participant', 'lastReviewedCommit');
  return [{ ...pull, type, reviewer, sha, body: undefined }];
}

/** `pr:reviewer:updated`: one event for each person who was added or removed. */
export function readReviewersUpdated(native: Native): readonly EventDraft[] {
  const pull = readPullRequest(native);
  if (pull === undefined) return [];
  const toDrafts = (list: string, type: EventDraft['type']) =>
    listAt(native.payload, list).flatMap((user): EventDraft[] => {
      const reviewer = readLogin(user);
      return reviewer === undefined ? [] : [{ ...pull, type, reviewer }];
    });
  const drafts = [
    ...toDrafts('addedReviewers', 'pull.review_requested'),
    ...toDrafts('removedReviewers', 'pull.review_request_removed'),
  ];
  return drafts.length > 0 ? drafts : [{ ...pull, type: 'pull.edited' }];
}
