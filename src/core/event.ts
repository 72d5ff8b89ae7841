import { z } from 'zod';
import { EVENT_TYPE_NAMES } from './event-types.ts';
import { FORGE_KINDS, ORIGINS } from './vocabulary.ts';

/**
 * The event model, version 1. One schema gives the TypeScript type, the published JSON Schema, the documentation page and
 * the variables of rules. A field that a forge does not tell is absent, never invented. Every text comes from a forge and
 * is untrusted, except `type`, `forge`, `kind`, `origin` and the ids Fettle makes.
 *
 * To add a field: add it here with a description, fill it in the drivers that know it, run `npm run docs`. Fields are only
 * ever added within a version.
 */
export const EVENT_VERSION = 1;

const text = (about: string) => z.string().describe(about).optional();
const flag = (about: string) => z.boolean().describe(about).optional();
const count = (about: string) => z.number().int().nonnegative().describe(about).optional();
const time = (about: string) => z.iso.datetime().describe(about).optional();

export const Repository = z.object({
  id: text('The forge’s own stable id of the repository, as text.'),
  fullName: z
    .string()
    .describe('Owner path and name, `owner/name`; on Data Center `KEY/slug`, on GitLab with all groups.'),
  owner: z.string().describe('All of `fullName` before its last slash.'),
  name: z.string().describe('The last part of `fullName`.'),
  url: text('Page of the repository.'),
  cloneUrl: text('HTTP(S) clone URL.'),
  sshUrl: text('SSH clone URL.'),
  private: flag('Whether the repository is not public.'),
  defaultBranch: text('Name of the default branch.'),
  description: text('Description of the repository.'),
  language: text('Main programming language, as the forge names it.'),
  stars: count('Number of stars at the time of the event.'),
  fork: flag('Whether the repository is itself a fork.'),
  archived: flag('Whether the repository is archived.'),
});
export type Repository = z.infer<typeof Repository>;

export const Actor = z.object({
  id: text('The forge’s own stable id of the account, as text.'),
  login: z.string().describe('Account name; where a forge tells only a display name, that.'),
  name: text('Display name.'),
  email: text('E-mail address, where the forge tells one.'),
  bot: z.boolean().describe('Whether the forge says that the account is a bot, or its name ends in `[bot]`.'),
});
export type Actor = z.infer<typeof Actor>;

export const CommitAuthor = z.object({
  name: text('Name in the commit.'),
  email: text('E-mail address in the commit.'),
  login: text('Account on the forge, where it knows one.'),
});

export const Commit = z.object({
  id: z.string().describe('Full object id.'),
  message: z.string().describe('Commit message.'),
  url: text('Page of the commit.'),
  timestamp: time('Commit time as written in the commit; not the time of the push.'),
  author: CommitAuthor.describe('Author of the commit.').optional(),
  added: z.array(z.string()).describe('Paths added.').optional(),
  modified: z.array(z.string()).describe('Paths modified.').optional(),
  removed: z.array(z.string()).describe('Paths removed.').optional(),
});
export type Commit = z.infer<typeof Commit>;

export const BranchEnd = z.object({
  ref: text('Branch name, without `refs/heads/`.'),
  sha: text('Object id; 12 characters on Bitbucket Cloud, absent on Gogs.'),
  repo: text('Full name of the repository the branch is in.'),
});
export type BranchEnd = z.infer<typeof BranchEnd>;

export const Check = z.object({
  id: text('The forge’s id of the check, status, run, pipeline or job.'),
  name: text('Name or context.'),
  status: text('State in the forge’s own word, lower case.'),
  conclusion: text('Result in the forge’s own word, lower case, once finished.'),
  sha: text('Commit the result is about.'),
  branch: text('Branch the result is about.'),
  url: text('Page of the result.'),
  description: text('Short description.'),
});
export type Check = z.infer<typeof Check>;

export const Release = z.object({
  id: text('The forge’s id of the release.'),
  tag: text('Tag of the release.'),
  name: text('Name of the release.'),
  draft: flag('Whether it is a draft.'),
  prerelease: flag('Whether it is marked as a pre-release.'),
  target: text('Branch or commit the tag was made from.'),
});
export type Release = z.infer<typeof Release>;

export const Package = z.object({
  id: text('The forge’s id of the package.'),
  name: text('Name of the package.'),
  version: text('Version.'),
  type: text('Kind of package: npm, container …'),
  url: text('Page of the package.'),
});

export const WikiPage = z.object({
  title: text('Title of the page.'),
  action: text('created, edited or deleted.'),
  url: text('Address of the page.'),
  sha: text('Commit of the wiki repository.'),
});

export const Cause = z.object({
  id: z.string().describe('Event id of the event that matched.'),
  type: z.string().describe('Type of that event.'),
  rule: z.string().describe('Name of the rule.'),
});

export const EventTask = z.object({
  id: z.string().describe('Id of the task.'),
  state: z.string().describe('Its state after the event.'),
  round: z.number().int().positive().describe('How often it was opened.'),
  attempt: z.number().int().nonnegative().describe('Attempts of this round that failed or expired.'),
  agent: text('The agent that holds or held it.'),
  reason: text('Why it is in this state.'),
});

/** What is common to every event whoever it came from. */
const Subject = {
  subject: z.enum(['issue', 'pull']).describe('What `number` numbers.').optional(),
  number: z.number().int().positive().describe('Number of the issue or pull request within its repository.').optional(),
  subjectId: text(
    'The forge’s own id of the issue or pull request, where it tells that instead of the number (OneDev).',
  ),
  title: text('Title of the issue, pull request, release or wiki page.'),
  body: text('The text of what the event is about: issue, pull request, comment, review or release. Cut at 64 kB.'),
  url: text('Page of what the event is about; for a comment, the comment.'),
  state: text('open, closed or merged.'),
  author: Actor.describe('Who opened the issue or pull request.').optional(),
  labels: z.array(z.string()).describe('All labels after the event.').optional(),
  label: text('The one label gained or lost.'),
  assignees: z.array(z.string()).describe('Logins of all assignees after the event.').optional(),
  assignee: text('Login of the one assignee gained or lost.'),
  milestone: text('Title of the milestone.'),
  locked: flag('Whether the conversation is locked.'),
  confidential: flag('Whether the forge marks the object as confidential.'),
};

const PullRequest = {
  head: BranchEnd.describe('Where the commits come from.').optional(),
  base: BranchEnd.describe('Where they are to go.').optional(),
  draft: flag('Whether it is a draft.'),
  merged: flag('Whether it is merged.'),
  mergeCommit: text('Object id of the merge commit.'),
  reviewers: z.array(z.string()).describe('Logins of all requested reviewers after the event.').optional(),
  reviewer: text('The one reviewer or team asked or no longer asked; for a review, who reviewed.'),
};

const Conversation = {
  commentId: text('The forge’s id of the comment.'),
  reviewId: text('The forge’s id of the review.'),
  threadId: text('The forge’s id of the review thread.'),
  inReplyTo: text('Id of the comment this one answers.'),
  path: text('File a review comment is about.'),
  line: z.number().int().describe('Line a review comment is about.').optional(),
  sha: text('Commit a comment, review or tag is about.'),
};

const Code = {
  ref: text('Full ref, `refs/heads/…` or `refs/tags/…`.'),
  branch: text('Branch name, when the ref is a branch.'),
  tag: text('Tag name, when the ref is a tag or the event is about a release.'),
  before: text('Object id before the push; all zeros when the ref is new.'),
  after: text('Object id after the push; all zeros when the ref was deleted.'),
  commits: z.array(Commit).describe('Commits of the push, oldest first, at most 100.').optional(),
  commitCount: count('The true number of commits, where the forge tells it; it may exceed `commits`.'),
  forced: flag('Whether the push rewrote history, where the forge says so.'),
  created: flag('Whether the push created the ref.'),
  deleted: flag('Whether the push deleted the ref.'),
  compareUrl: text('Page that compares before and after.'),
};

/** What an event says, without what Fettle adds when it stores it. Drivers make these. */
export const EventDraft = z.object({
  type: z.enum(EVENT_TYPE_NAMES).describe('Type of the event.'),
  occurredAt: time(
    'When it happened, by the forge’s clock; never a commit’s timestamp. Absent where the forge does not say.',
  ),
  repo: Repository.describe('The repository.').optional(),
  actor: Actor.describe('Who did it.').optional(),
  ...Subject,
  ...PullRequest,
  ...Conversation,
  ...Code,
  check: Check.describe('Check run or suite, commit status, workflow run or job, deployment.').optional(),
  release: Release.describe('The release.').optional(),
  package: Package.describe('The package.').optional(),
  fork: Repository.describe('The new repository of a fork.').optional(),
  pages: z.array(WikiPage).describe('Changed wiki pages.').optional(),
  changes: z
    .record(z.string(), z.object({ from: text('Value before.'), to: text('Value after.') }))
    .describe('Fields that an edit changed, by name: title, body, base, name, owner, description …')
    .optional(),
  permission: z
    .enum(['none', 'read', 'write', 'admin', 'unknown'])
    .describe('Permission of the actor on the repository, as payload or API tells it.')
    .optional(),
  task: EventTask.describe('For `task.*`: the task.').optional(),
  native: z
    .object({ event: text('The forge’s own event name.'), action: text('The forge’s own action.') })
    .describe('What the forge calls it.')
    .optional(),
  reason: text('For `unknown`: why there is no better type.'),
  test: flag('The delivery was made by the forge’s test button.'),
  assumed: flag('The edge was assumed: the subject was never seen before and nothing tells what changed.'),
  own: flag('The actor is one of the hub’s own accounts; no rule is matched.'),
  stale: flag('The event is older than the memory for delivery ids; no rule is matched.'),
});
export type EventDraft = z.infer<typeof EventDraft>;

/** An event as stored, streamed, shown and matched. */
export const Event = z.object({
  seq: z.number().int().positive().describe('Position in the stream; strictly increasing in commit order.'),
  id: z.uuid().describe('Id of the event.'),
  v: z.literal(EVENT_VERSION).describe('Version of this model.'),
  forge: z.string().describe('Name of the forge in the configuration.'),
  kind: z.enum(FORGE_KINDS).describe('Kind of forge.'),
  origin: z.enum(ORIGINS).describe('How the event came to be.'),
  deliveryId: text('The forge’s own id of the delivery, as received.'),
  receivedAt: z.iso.datetime().describe('When Fettle received the delivery.'),
  ...EventDraft.shape,
  trigger: text('For `trigger.raised`: the name of the trigger.'),
  cause: Cause.describe('For `trigger.raised`: what raised it.').optional(),
});
export type Event = z.infer<typeof Event>;
