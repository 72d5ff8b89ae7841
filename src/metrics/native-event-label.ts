/**
 * Event names that may become a metric label. The forges' own names are many and new ones appear; a label that grows without
 * end would swell every scrape, so what is not listed counts as `other`.
 */
const NAMES = new Set(
  [
    // Gitea, Forgejo, Gogs, GitHub
    'push create delete fork ping issues issue_comment issue_assign issue_label issue_milestone release star watch status',
    'pull_request pull_request_assign pull_request_label pull_request_milestone pull_request_comment pull_request_sync',
    'pull_request_review pull_request_review_comment pull_request_review_thread pull_request_review_request',
    'pull_request_review_approved pull_request_review_rejected pull_request_approved pull_request_rejected',
    'repository wiki gollum package public member team team_add label milestone meta organization membership',
    'check_run check_suite workflow_run workflow_job workflow_dispatch deployment deployment_status',
    'action_run_failure action_run_recover action_run_success',
    'commit_comment discussion discussion_comment merge_group installation installation_repositories',
    // Bitbucket Cloud and Data Center
    'repo:push repo:fork repo:updated repo:transfer repo:created repo:deleted repo:imported repo:commit_comment_created',
    'repo:commit_status_created repo:commit_status_updated issue:created issue:updated issue:comment_created',
    'pullrequest:created pullrequest:updated pullrequest:push pullrequest:approved pullrequest:unapproved',
    'pullrequest:changes_request_created pullrequest:changes_request_removed pullrequest:fulfilled pullrequest:rejected',
    'pullrequest:comment_created pullrequest:comment_updated pullrequest:comment_deleted pullrequest:comment_resolved',
    'repo:refs_changed repo:modified repo:forked repo:comment:added repo:comment:edited repo:comment:deleted',
    'mirror:repo_synchronized project:modified pr:opened pr:from_ref_updated pr:to_ref_updated pr:modified pr:merged',
    'pr:declined pr:deleted pr:comment:added pr:comment:edited pr:comment:deleted pr:reviewer:updated',
    'pr:reviewer:approved pr:reviewer:unapproved pr:reviewer:needs_work pr:reviewer:changes_requested diagnostics:ping',
    // OneDev
    'RefUpdated PullRequestOpened PullRequestUpdated PullRequestChanged PullRequestAssigned PullRequestUnassigned',
    'PullRequestReviewRequested PullRequestReviewerRemoved PullRequestCommentCreated PullRequestCommentEdited',
    'PullRequestDeleted IssueOpened IssueChanged IssueCommentCreated IssueCommentEdited IssueDeleted',
    'BuildSubmitted BuildPending BuildRunning BuildFinished BuildResumed BuildUpdated PackPublished',
  ].flatMap((line) => line.split(' ')),
);

/** GitLab's names are words: `Push Hook`, `Confidential Issue Hook`. */
const GITLAB_NAMES = new Set(
  (
    'Push,Tag Push,Issue,Confidential Issue,Merge Request,Note,Confidential Note,Wiki Page,Pipeline,Job,Build,Deployment,' +
    'Release,Feature Flag,Emoji,Milestone,Resource Access Token,Member,Subgroup,Project,Vulnerability,System'
  )
    .split(',')
    .map((name) => `${name} Hook`),
);

/** The label for a forge's own event name: the name itself when it is listed, else `other`. */
export function toEventLabel(event: string): string {
  return NAMES.has(event) || GITLAB_NAMES.has(event) ? event : 'other';
}
