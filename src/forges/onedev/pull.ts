import type { EventType } from '../../core/event-types.ts';
import type { EventDraft } from '../../core/event.ts';
import { bodyAt, idAt, type JsonObject, textAt, valueAt } from '../read.ts';
import { toPullChange } from './change.ts';
import { findPlaceholder, listIds, toBase, toDraft } from './native.ts';

/** Events that say all in their name; the names before version 12 of comment events stand beside the present ones. */
const PLAIN_TYPES = new Map<string, EventType>([
  ['PullRequestOpened', 'pull.opened'],
  ['PullRequestUpdated', 'pull.synchronized'],
  ['PullRequestAssigned', 'pull.assigned'],
  ['PullRequestUnassigned', 'pull.unassigned'],
  ['PullRequestReviewRequested', 'pull.review_requested'],
  ['PullRequestReviewerRemoved', 'pull.review_request_removed'],
  ['PullRequestLabelAdded', 'pull.labeled'],
  ['PullRequestLabelRemoved', 'pull.unlabeled'],
  ['PullRequestDeleted', 'pull.deleted'],
  ['PullRequestCommented', 'comment.created'],
  ['PullRequestCommentCreated', 'comment.created'],
  ['PullRequestCommentUpdated', 'comment.edited'],
  ['PullRequestCommentEdited', 'comment.edited'],
  ['PullRequestCommentDeleted', 'comment.deleted'],
]);

/** Events of one pull request, known by `requestId`, which is not its number. Empty when the event has no type of ours. */
export function toPullDrafts(payload: JsonObject, event: string): EventDraft[] {
  if (event === 'PullRequestsDeleted') return toDeletedDrafts(payload);
  const base: Omit<EventDraft, 'type'> = { ...toPullBase(payload), commentId: idAt(payload, 'commentId') };
  if (event === 'PullRequestChanged') {
    const note = bodyAt(payload, 'note') ?? bodyAt(payload, 'comment');
    const told = toPullChange(valueAt(payload, 'change'));
    const reviewer = told.type.startsWith('review.') ? findPlaceholder(payload, 'userId') : undefined;
    return [toDraft({ ...base, body: note, reviewer, ...told })];
  }
  const type = PLAIN_TYPES.get(event);
  if (type === undefined) return [];
  return [
    toDraft({
      ...base,
      type,
      assignee: findPlaceholder(payload, 'assigneeId'),
      reviewer: findPlaceholder(payload, 'reviewerId'),
      label: textAt(payload, 'label'),
    }),
  ];
}

/** The fields of all events of a pull request. */
export function toPullBase(payload: JsonObject): Omit<EventDraft, 'type'> {
  return { ...toBase(payload), subject: 'pull', subjectId: idAt(payload, 'requestId') };
}

function toDeletedDrafts(payload: JsonObject): EventDraft[] {
  return listIds(payload, 'requestIds').map((subjectId) =>
    toDraft({ ...toBase(payload), type: 'pull.deleted', subject: 'pull', subjectId }),
  );
}
