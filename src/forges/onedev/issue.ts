import type { EventType } from '../../core/event-types.ts';
import type { EventDraft } from '../../core/event.ts';
import { bodyAt, idAt, type JsonObject, valueAt } from '../read.ts';
import { toIssueChange } from './change.ts';
import { findPlaceholder, listIds, toBase, toDraft } from './native.ts';

/** Events that say all in their name; older names of comment events stand beside the present ones. */
const PLAIN_TYPES = new Map<string, EventType>([
  ['IssueOpened', 'issue.opened'],
  ['IssueDeleted', 'issue.deleted'],
  ['IssueCommented', 'comment.created'],
  ['IssueCommentCreated', 'comment.created'],
  ['IssueCommentUpdated', 'comment.edited'],
  ['IssueCommentEdited', 'comment.edited'],
  ['IssueCommentDeleted', 'comment.deleted'],
]);

/** Events of issues, known by `issueId`, which is not their number. Empty when the event has no type of ours. */
export function toIssueDrafts(payload: JsonObject, event: string): EventDraft[] {
  const base: Omit<EventDraft, 'type'> = {
    ...toBase(payload),
    subject: 'issue',
    subjectId: idAt(payload, 'issueId'),
    commentId: idAt(payload, 'commentId'),
  };
  if (event === 'IssueChanged') {
    const note = bodyAt(payload, 'comment') ?? bodyAt(payload, 'note');
    return [toDraft({ ...base, body: note, ...toIssueChange(valueAt(payload, 'change')) })];
  }
  if (event === 'IssuesDeleted') return toManyDrafts(payload, base, 'issue.deleted');
  if (event === 'IssuesMoved') {
    const from = findPlaceholder(payload, 'sourceProjectId');
    const to = base.repo?.fullName;
    return toManyDrafts(payload, { ...base, changes: { fullName: { from, to } } }, 'issue.transferred');
  }
  const type = PLAIN_TYPES.get(event);
  return type === undefined ? [] : [toDraft({ ...base, type })];
}

function toManyDrafts(payload: JsonObject, base: Omit<EventDraft, 'type'>, type: EventType): EventDraft[] {
  return listIds(payload, 'issueIds').map((subjectId) => toDraft({ ...base, type, subjectId }));
}
