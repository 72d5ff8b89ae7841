import type { EventType } from '../../core/event-types.ts';
import type { Normalised } from '../contract.ts';
import { bodyAt, idAt, objectAt, present, textAt, timeAt } from '../read.ts';
import { findType } from './issue.ts';
import { permissionAt } from './native.ts';
import { type Reading, toDraft, toUnknown, toUnknownAction } from './reading.ts';
import { readCommented, readPull, toSnapshot } from './subject.ts';

const COMMENT_TYPES: Record<string, EventType> = {
  created: 'comment.created',
  edited: 'comment.edited',
  deleted: 'comment.deleted',
};

const REVIEW_TYPES: Record<string, EventType> = {
  pull_request_approved: 'review.approved',
  pull_request_review_approved: 'review.approved',
  pull_request_rejected: 'review.changes_requested',
  pull_request_review_rejected: 'review.changes_requested',
  pull_request_comment: 'review.commented',
  pull_request_review_comment: 'review.commented',
};

/** `issue_comment`: a comment on an issue or on the timeline of a pull request. */
export function normaliseComment(reading: Reading): Normalised {
  const { payload, action, traits } = reading;
  const comment = objectAt(payload, 'comment');
  const subject = readCommented(reading);
  const snapshot = toSnapshot(reading, subject);
  if (comment === undefined) return { ...toUnknown(reading, 'The comment is missing.'), snapshot };
  const type = findType(COMMENT_TYPES, action);
  if (type === undefined) return { ...toUnknownAction(reading), snapshot };
  const draft = toDraft(reading, type, {
    ...subject.fields,
    body: bodyAt(comment, 'body'),
    url: textAt(comment, 'html_url') ?? subject.fields.url,
    commentId: idAt(comment, 'id'),
    occurredAt: toOccurredAt(type, comment, traits.statesUpdateTime),
    changes:
      type === 'comment.edited'
        ? { body: present({ from: bodyAt(payload, 'changes', 'body', 'from'), to: bodyAt(comment, 'body') }) ?? {} }
        : undefined,
    permission: traits.statesPermission ? permissionAt(payload, 'repository') : undefined,
  });
  return { drafts: [draft], snapshot };
}

/**
 * `pull_request_approved`, `pull_request_rejected` and `pull_request_comment` with the action `reviewed`. The sender is the
 * reviewer; comments on lines are not sent one by one.
 */
export function normaliseReview(reading: Reading): Normalised {
  const { payload, event, type: fineEvent } = reading;
  const pull = readPull(reading);
  const snapshot = toSnapshot(reading, pull);
  const type =
    findType(REVIEW_TYPES, fineEvent) ??
    findType(REVIEW_TYPES, event) ??
    findType(REVIEW_TYPES, textAt(payload, 'review', 'type'));
  if (type === undefined) return { ...toUnknownAction(reading), snapshot };
  const draft = toDraft(reading, type, {
    ...pull.fields,
    body: bodyAt(payload, 'review', 'content'),
    occurredAt: pull.updatedAt,
    reviewer: reading.common.actor?.login,
    sha: textAt(payload, 'commit_id') ?? pull.fields.head?.sha,
  });
  return { drafts: [draft], snapshot };
}

/** A deleted comment keeps the time of its last edit, which says nothing about the deletion. */
function toOccurredAt(type: EventType, comment: unknown, statesUpdateTime: boolean): string | undefined {
  if (type === 'comment.created') return timeAt(comment, 'created_at') ?? timeAt(comment, 'updated_at');
  return type === 'comment.edited' && statesUpdateTime ? timeAt(comment, 'updated_at') : undefined;
}
