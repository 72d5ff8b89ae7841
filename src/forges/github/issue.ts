import type { EventDraft } from '../../core/event.ts';
import type { EventType } from '../../core/event-types.ts';
import { bodyAt, booleanAt, idAt, type JsonObject, numberAt, objectAt, textAt, timeAt, valueAt } from '../read.ts';
import { type Changes, fieldsAt, type Meaning, toActor, toChanges, toPermission } from './native.ts';

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['opened', 'issue.opened'],
  ['edited', 'issue.edited'],
  ['closed', 'issue.closed'],
  ['reopened', 'issue.reopened'],
  ['deleted', 'issue.deleted'],
  ['transferred', 'issue.transferred'],
  ['labeled', 'issue.labeled'],
  ['unlabeled', 'issue.unlabeled'],
  ['assigned', 'issue.assigned'],
  ['unassigned', 'issue.unassigned'],
  ['milestoned', 'issue.milestoned'],
  ['demilestoned', 'issue.demilestoned'],
  ['locked', 'issue.locked'],
  ['unlocked', 'issue.unlocked'],
  ['pinned', 'issue.pinned'],
  ['unpinned', 'issue.unpinned'],
  ['typed', 'issue.edited'],
  ['untyped', 'issue.edited'],
]);

const COMMENT_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['created', 'comment.created'],
  ['edited', 'comment.edited'],
  ['deleted', 'comment.deleted'],
]);

/** Actions that leave `updated_at` as it was, which may be years ago: their time is not told. */
const UNTIMED_ACTIONS = new Set(['deleted', 'transferred', 'pinned', 'unpinned']);

/** `issues`. */
export function readIssue(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const issue = objectAt(payload, 'issue');
  if (issue === undefined) return [{ reason: 'The payload has no issue.' }];
  // An issue that came from another repository is `opened` there with all its old times.
  const arrived = valueAt(payload, 'changes', 'old_issue') !== undefined;
  const timed = !arrived && !UNTIMED_ACTIONS.has(action ?? '');
  return [
    {
      type: TYPES.get(action ?? ''),
      ...toSubject(payload, issue),
      occurredAt: timed ? timeAt(issue, 'updated_at') : undefined,
      changes: toIssueChanges(payload, issue, action),
    },
  ];
}

/** `issue_comment`: on issues and, outside of reviews, on pull requests. */
export function readIssueComment(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const issue = objectAt(payload, 'issue');
  const comment = objectAt(payload, 'comment');
  if (issue === undefined || comment === undefined) return [{ reason: 'The payload has no issue or no comment.' }];
  return [
    {
      type: COMMENT_TYPES.get(action ?? ''),
      ...toSubject(payload, issue),
      ...toComment(payload, comment, action),
    },
  ];
}

/** `commit_comment`: outside of pull requests. */
export function readCommitComment(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const comment = objectAt(payload, 'comment');
  if (comment === undefined) return [{ reason: 'The payload has no comment.' }];
  return [
    {
      type: COMMENT_TYPES.get(action ?? 'created'),
      ...toComment(payload, comment, action),
      sha: textAt(comment, 'commit_id'),
      path: textAt(comment, 'path'),
      line: numberAt(comment, 'line'),
    },
  ];
}

/**
 * What any comment says of itself. A deletion leaves `updated_at` at the last edit, so its time is not told. Where a body has no
 * sender, whoever wrote a new comment is the actor; an edit or deletion may be somebody else's.
 */
export function toComment(payload: JsonObject, comment: JsonObject, action: string | undefined): Meaning {
  return {
    actor: (action ?? 'created') === 'created' ? toActor(objectAt(comment, 'user')) : undefined,
    occurredAt: action === 'deleted' ? undefined : (timeAt(comment, 'updated_at') ?? timeAt(comment, 'created_at')),
    commentId: idAt(comment, 'id'),
    body: bodyAt(comment, 'body'),
    url: textAt(comment, 'html_url'),
    permission: toPermission(payload, comment),
    changes: toChanges(payload, comment, ['body']),
  };
}

/** Fields of an issue or pull request, and the one label, assignee or milestone that the event names. */
export function toSubject(payload: JsonObject, source: JsonObject): Omit<EventDraft, 'type'> {
  const pull = objectAt(source, 'pull_request');
  return {
    subject: pull === undefined ? 'issue' : 'pull',
    number: numberAt(source, 'number'),
    title: textAt(source, 'title'),
    body: bodyAt(source, 'body'),
    url: textAt(source, 'html_url'),
    state: timeAt(pull, 'merged_at') === undefined ? textAt(source, 'state')?.toLowerCase() : 'merged',
    author: toActor(objectAt(source, 'user')),
    labels: fieldsAt(source, 'labels', 'name'),
    label: textAt(payload, 'label', 'name'),
    assignees: fieldsAt(source, 'assignees', 'login'),
    assignee: textAt(payload, 'assignee', 'login'),
    milestone: textAt(source, 'milestone', 'title') ?? textAt(payload, 'milestone', 'title'),
    locked: booleanAt(source, 'locked'),
    draft: booleanAt(source, 'draft'),
  };
}

function toIssueChanges(payload: JsonObject, issue: JsonObject, action: string | undefined): Changes | undefined {
  const moved = textAt(payload, 'changes', 'new_repository', 'full_name');
  const cameFrom = textAt(payload, 'changes', 'old_repository', 'full_name');
  const type = textAt(payload, 'type', 'name');
  if (action === 'typed') return { type: { to: type } };
  if (action === 'untyped') return { type: { from: type } };
  if (action === 'transferred') {
    return {
      repository: { from: textAt(payload, 'repository', 'full_name'), to: moved },
      number: { from: idAt(issue, 'number'), to: idAt(payload, 'changes', 'new_issue', 'number') },
    };
  }
  if (cameFrom !== undefined) {
    return {
      repository: { from: cameFrom, to: textAt(payload, 'repository', 'full_name') },
      number: { from: idAt(payload, 'changes', 'old_issue', 'number'), to: idAt(issue, 'number') },
    };
  }
  return toChanges(payload, issue, ['title', 'body']);
}
