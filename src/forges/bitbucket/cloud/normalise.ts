import type { EventDraft } from '../../../core/event.ts';
import { type JsonObject, objectAt } from '../../read.ts';
import { type Native, type Reader, toUnknown } from '../native.ts';
import { readAccount } from './account.ts';
import { readCommitComment, readIssueComment, readPullRequestComment } from './comment.ts';
import { readCommitStatus } from './commit-status.ts';
import { readIssueCreated, readIssueUpdated } from './issue.ts';
import { readPullRequestEvent } from './pull-request.ts';
import { readPush } from './push.ts';
import { readFork, readLifetime, readRepository, readTransfer, readUpdate } from './repository.ts';

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['repo:push', readPush],
  ['repo:fork', readFork],
  ['repo:created', readLifetime],
  ['repo:deleted', readLifetime],
  ['repo:updated', readUpdate],
  ['repo:transfer', readTransfer],
  ['repo:commit_comment_created', readCommitComment],
  ['repo:commit_status_created', readCommitStatus],
  ['repo:commit_status_updated', readCommitStatus],
  ['issue:created', readIssueCreated],
  ['issue:updated', readIssueUpdated],
  ['issue:comment_created', readIssueComment],
  ['pullrequest:created', readPullRequestEvent],
  ['pullrequest:updated', readPullRequestEvent],
  ['pullrequest:push', readPullRequestEvent],
  ['pullrequest:fulfilled', readPullRequestEvent],
  ['pullrequest:rejected', readPullRequestEvent],
  ['pullrequest:approved', readPullRequestEvent],
  ['pullrequest:unapproved', readPullRequestEvent],
  ['pullrequest:changes_request_created', readPullRequestEvent],
  ['pullrequest:changes_request_removed', readPullRequestEvent],
  ['pullrequest:comment_created', readPullRequestComment],
  ['pullrequest:comment_updated', readPullRequestComment],
  ['pullrequest:comment_deleted', readPullRequestComment],
  ['pullrequest:comment_resolved', readPullRequestComment],
  ['pullrequest:comment_reopened', readPullRequestComment],
]);

/** What a delivery of Bitbucket Cloud means. */
export function normaliseCloud(event: string, payload: JsonObject): readonly EventDraft[] {
  const repo =
    readRepository(payload, 'repository') ??
    readRepository(objectAt(payload, 'pullrequest'), 'destination', 'repository');
  const native: Native = { event, payload, base: { repo, actor: readAccount(payload, 'actor'), native: { event } } };
  const read = READERS.get(event);
  if (read === undefined) return [toUnknown(native, 'Fettle has no type for this event key.')];
  const drafts = read(native);
  return drafts.length > 0 ? drafts : [toUnknown(native, 'The body lacks what its event key promises.')];
}
