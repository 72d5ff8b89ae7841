import type { EventDraft } from '../../../core/event.ts';
import { bodyAt, idAt, integerAt, type JsonObject, objectAt, textAt, timeAt } from '../../read.ts';
import type { Native } from '../native.ts';
import { readIssue } from './issue.ts';
import { readPullRequest } from './pull-request.ts';

const PULL_TYPES: Readonly<Record<string, readonly [plain: EventDraft['type'], onLines: EventDraft['type']]>> = {
  'pullrequest:comment_created': ['comment.created', 'review_comment.created'],
  'pullrequest:comment_updated': ['comment.edited', 'review_comment.edited'],
  'pullrequest:comment_deleted': ['comment.deleted', 'review_comment.deleted'],
  'pullrequest:comment_resolved': ['review_thread.resolved', 'review_thread.resolved'],
  'pullrequest:comment_reopened': ['review_thread.unresolved', 'review_thread.unresolved'],
};

/** Comments on a pull request; those with `inline` are on lines. A thread is known by its first comment. */
export function readPullRequestComment(native: Native): readonly EventDraft[] {
  const comment = objectAt(native.payload, 'comment');
  const pull = readPullRequest(native);
  const types = PULL_TYPES[native.event];
  if (comment === undefined || pull === undefined || types === undefined) return [];
  const onLines = objectAt(comment, 'inline') !== undefined;
  const fields = readComment(comment);
  const type = types[onLines ? 1 : 0];
  const threadId = type.startsWith('review_thread.') ? (fields.inReplyTo ?? fields.commentId) : undefined;
  return [{ ...pull, ...fields, type, threadId }];
}

/** `issue:comment_created`. */
export function readIssueComment(native: Native): readonly EventDraft[] {
  const comment = objectAt(native.payload, 'comment');
  const issue = readIssue(native);
  if (comment === undefined || issue === undefined) return [];
  return [{ ...issue, ...readComment(comment), type: 'comment.created' }];
}

/** `repo:commit_comment_created`. */
export function readCommitComment({ payload, base }: Native): readonly EventDraft[] {
  const comment = objectAt(payload, 'comment');
  if (comment === undefined) return [];
  const sha = textAt(payload, 'commit', 'hash') ?? textAt(comment, 'commit', 'hash');
  return [{ ...base, ...readComment(comment), type: 'comment.created', sha }];
}

function readComment(comment: JsonObject): Omit<EventDraft, 'type'> {
  return {
    occurredAt: timeAt(comment, 'updated_on') ?? timeAt(comment, 'created_on'),
    commentId: idAt(comment, 'id'),
    inReplyTo: idAt(comment, 'parent', 'id'),
    body: bodyAt(comment, 'content', 'raw'),
    url: textAt(comment, 'links', 'html', 'href'),
    path: textAt(comment, 'inline', 'path'),
    line: integerAt(comment, 'inline', 'to') ?? integerAt(comment, 'inline', 'from'),
  };
}
