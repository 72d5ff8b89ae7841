import type { EventType } from '../../../src/core/event-types.ts';

/**
 * Every event type with what it says in a row, after the actor's name. The compiler refuses a list that lacks a type of the
 * hub or has one too many.
 */
const PHRASES: Record<EventType, string> = {
  push: 'pushed',
  'branch.created': 'created a branch',
  'branch.deleted': 'deleted a branch',
  'tag.created': 'created a tag',
  'tag.deleted': 'deleted a tag',
  'issue.opened': 'opened an issue',
  'issue.edited': 'edited an issue',
  'issue.closed': 'closed an issue',
  'issue.reopened': 'reopened an issue',
  'issue.deleted': 'deleted an issue',
  'issue.transferred': 'moved an issue',
  'issue.labeled': 'added a label',
  'issue.unlabeled': 'removed a label',
  'issue.assigned': 'assigned an issue',
  'issue.unassigned': 'unassigned an issue',
  'issue.milestoned': 'set a milestone',
  'issue.demilestoned': 'removed a milestone',
  'issue.locked': 'locked an issue',
  'issue.unlocked': 'unlocked an issue',
  'issue.pinned': 'pinned an issue',
  'issue.unpinned': 'unpinned an issue',
  'pull.opened': 'opened a pull request',
  'pull.synchronized': 'updated a pull request',
  'pull.edited': 'edited a pull request',
  'pull.retargeted': 'changed the base branch',
  'pull.closed': 'closed a pull request',
  'pull.merged': 'merged a pull request',
  'pull.reopened': 'reopened a pull request',
  'pull.deleted': 'deleted a pull request',
  'pull.ready': 'marked as ready for review',
  'pull.draft': 'turned into a draft',
  'pull.labeled': 'added a label',
  'pull.unlabeled': 'removed a label',
  'pull.assigned': 'assigned a pull request',
  'pull.unassigned': 'unassigned a pull request',
  'pull.milestoned': 'set a milestone',
  'pull.demilestoned': 'removed a milestone',
  'pull.review_requested': 'asked for a review',
  'pull.review_request_removed': 'withdrew a review request',
  'pull.locked': 'locked a pull request',
  'pull.unlocked': 'unlocked a pull request',
  'pull.auto_merge_enabled': 'switched auto-merge on',
  'pull.auto_merge_disabled': 'switched auto-merge off',
  'pull.enqueued': 'put into the merge queue',
  'pull.dequeued': 'took out of the merge queue',
  'comment.created': 'commented',
  'comment.edited': 'edited a comment',
  'comment.deleted': 'deleted a comment',
  'review.approved': 'approved',
  'review.changes_requested': 'asked for changes',
  'review.commented': 'reviewed',
  'review.edited': 'edited a review',
  'review.withdrawn': 'withdrew a review',
  'review_comment.created': 'commented on lines',
  'review_comment.edited': 'edited a comment on lines',
  'review_comment.deleted': 'deleted a comment on lines',
  'review_thread.resolved': 'resolved a thread',
  'review_thread.unresolved': 'reopened a thread',
  'release.published': 'published a release',
  'release.edited': 'edited a release',
  'release.deleted': 'deleted a release',
  'release.created': 'drafted a release',
  'release.unpublished': 'took a release back',
  'star.created': 'starred',
  'star.deleted': 'took a star back',
  'watch.created': 'started watching',
  'fork.created': 'forked',
  'repository.created': 'created a repository',
  'repository.deleted': 'deleted a repository',
  'repository.edited': 'edited a repository',
  'repository.renamed': 'renamed a repository',
  'repository.transferred': 'transferred a repository',
  'repository.archived': 'archived a repository',
  'repository.unarchived': 'unarchived a repository',
  'repository.publicized': 'made a repository public',
  'repository.privatized': 'made a repository private',
  'wiki.edited': 'edited the wiki',
  'package.published': 'published a package',
  'package.updated': 'updated a package',
  'package.deleted': 'deleted a package',
  'check_run.created': 'started a check',
  'check_run.completed': 'finished a check',
  'check_run.rerequested': 'asked for a check again',
  'check_run.requested_action': 'pressed a button of a check',
  'check_suite.requested': 'asked for checks',
  'check_suite.rerequested': 'asked for checks again',
  'check_suite.completed': 'finished checks',
  'status.updated': 'set a commit status',
  'workflow_run.requested': 'requested a run',
  'workflow_run.in_progress': 'started a run',
  'workflow_run.completed': 'finished a run',
  'workflow_job.queued': 'queued a job',
  'workflow_job.in_progress': 'started a job',
  'workflow_job.completed': 'finished a job',
  'deployment.created': 'created a deployment',
  'deployment.updated': 'updated a deployment',
  ping: 'checked the connection',
  unknown: 'sent something without a type of its own',
  'trigger.raised': 'raised a trigger',
};

/** All event types, as the hub names them. */
export const EVENT_TYPES = Object.keys(PHRASES) as readonly EventType[];

/** What an event says, as a verb phrase. */
export function toPhrase(type: EventType): string {
  return PHRASES[type];
}

/** What can be typed into the filter for types: each noun that has several types as a glob, then each type. */
export const TYPE_SUGGESTIONS: readonly string[] = [
  ...new Set(EVENT_TYPES.filter((type) => type.includes('.')).map((type) => `${toNoun(type)}.*`)),
  ...EVENT_TYPES,
];

/** The noun of a type: `pull` for `pull.opened`. */
export function toNoun(type: string): string {
  return type.split('.', 1)[0] ?? type;
}
