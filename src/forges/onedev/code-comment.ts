import type { EventType } from '../../core/event-types.ts';
import type { EventDraft } from '../../core/event.ts';
import { bodyAt, booleanAt, idAt, type JsonObject } from '../read.ts';
import { toBase, toDraft } from './native.ts';
import { toPullBase } from './pull.ts';

/** What follows `CodeComment` or `PullRequestCodeComment` in the name; older names stand beside the present ones. */
const COMMENT_TYPES = new Map<string, EventType>([
  ['Created', 'review_comment.created'],
  ['Updated', 'review_comment.edited'],
  ['Edited', 'review_comment.edited'],
  ['Deleted', 'review_comment.deleted'],
  ['Replied', 'review_comment.created'],
  ['ReplyCreated', 'review_comment.created'],
  ['ReplyEdited', 'review_comment.edited'],
  ['ReplyDeleted', 'review_comment.deleted'],
]);
const NAME = /^(PullRequest)?CodeComment(\w+)$/;

/** Whether an event is about a comment in code. */
export function isCodeComment(event: string): boolean {
  return NAME.test(event);
}

/**
 * Comments in code, of a pull request or of the code itself. The thread is its first comment, `commentId`; a reply has an id of its own.
 * Empty when the event has no type of ours, or says by id only whether a thread was resolved.
 */
export function toCodeCommentDrafts(payload: JsonObject, event: string): EventDraft[] {
  const [, ofPull, what = ''] = NAME.exec(event) ?? [];
  const threadId = idAt(payload, 'commentId');
  const base = { ...(ofPull === undefined ? toBase(payload) : toPullBase(payload)), threadId };
  if (what === 'StatusChanged') {
    const resolved = booleanAt(payload, 'change', 'resolved');
    if (resolved === undefined) return [];
    const type = resolved ? 'review_thread.resolved' : 'review_thread.unresolved';
    return [toDraft({ ...base, type, body: bodyAt(payload, 'note') })];
  }
  const type = COMMENT_TYPES.get(what);
  if (type === undefined) return [];
  const replyId = idAt(payload, 'replyId');
  const inReplyTo = replyId === undefined ? undefined : threadId;
  return [toDraft({ ...base, type, commentId: replyId ?? threadId, inReplyTo })];
}
