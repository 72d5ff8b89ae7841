import type { EventType } from '../../core/event-types.ts';
import { bodyAt, idAt, type JsonObject, listAt, numberAt, objectAt, textAt, timeAt } from '../read.ts';
import { toComment } from './issue.ts';
import { type Meaning, toChanges, toPermission } from './native.ts';
import { toPullSubject } from './pull.ts';

const VERDICTS: ReadonlyMap<string, EventType> = new Map([
  ['approved', 'review.approved'],
  ['changes_requested', 'review.changes_requested'],
  ['commented', 'review.commented'],
]);

const COMMENT_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['created', 'review_comment.created'],
  ['edited', 'review_comment.edited'],
  ['deleted', 'review_comment.deleted'],
]);

const THREAD_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['resolved', 'review_thread.resolved'],
  ['unresolved', 'review_thread.unresolved'],
]);

const NO_PULL: readonly Meaning[] = [{ reason: 'The payload has no pull request or no review.' }];

/** `pull_request_review`. */
export function readReview(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const pull = objectAt(payload, 'pull_request');
  const review = objectAt(payload, 'review');
  if (pull === undefined || review === undefined) return NO_PULL;
  const submittedAt = timeAt(review, 'submitted_at');
  const updatedAt = timeAt(review, 'updated_at') ?? timeAt(pull, 'updated_at');
  return [
    {
      type: toReviewType(review, action),
      ...toPullSubject(payload, pull),
      occurredAt: action === 'submitted' ? (submittedAt ?? updatedAt) : updatedAt,
      reviewId: idAt(review, 'id'),
      reviewer: textAt(review, 'user', 'login'),
      body: bodyAt(review, 'body'),
      url: textAt(review, 'html_url'),
      sha: textAt(review, 'commit_id'),
      permission: toPermission(payload, review),
      changes: toChanges(payload, review, ['body']),
    },
  ];
}

/** `pull_request_review_comment`. Bodies from before 2015 have no action: then comments were only ever created. */
export function readReviewComment(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const pull = objectAt(payload, 'pull_request');
  const comment = objectAt(payload, 'comment');
  if (pull === undefined || comment === undefined) return NO_PULL;
  return [
    {
      type: COMMENT_TYPES.get(action ?? 'created'),
      ...toPullSubject(payload, pull),
      ...toComment(payload, comment, action),
      ...toPlace(comment),
    },
  ];
}

/** `pull_request_review_thread`. The first comment of the thread says where it is. */
export function readReviewThread(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const pull = objectAt(payload, 'pull_request');
  const thread = objectAt(payload, 'thread');
  if (pull === undefined || thread === undefined) return NO_PULL;
  const first = objectAt({ first: listAt(thread, 'comments')[0] }, 'first');
  return [
    {
      type: THREAD_TYPES.get(action ?? ''),
      ...toPullSubject(payload, pull),
      // GitHub tells the time since 2023; before, the pull request's own is the nearest.
      occurredAt: timeAt(payload, 'updated_at') ?? timeAt(pull, 'updated_at'),
      threadId: textAt(thread, 'node_id'),
      commentId: idAt(first, 'id'),
      body: bodyAt(first, 'body'),
      url: textAt(first, 'html_url') ?? textAt(pull, 'html_url'),
      ...toPlace(first),
    },
  ];
}

function toReviewType(review: JsonObject, action: string | undefined): EventType | undefined {
  if (action === 'submitted') return VERDICTS.get(textAt(review, 'state')?.toLowerCase() ?? '');
  if (action === 'edited') return 'review.edited';
  return action === 'dismissed' ? 'review.withdrawn' : undefined;
}

/** A comment whose lines were changed since has only its original line. */
function toPlace(comment: JsonObject | undefined): Meaning {
  return {
    reviewId: idAt(comment, 'pull_request_review_id'),
    inReplyTo: idAt(comment, 'in_reply_to_id'),
    path: textAt(comment, 'path'),
    line: numberAt(comment, 'line') ?? numberAt(comment, 'original_line'),
    sha: textAt(comment, 'commit_id'),
  };
}
