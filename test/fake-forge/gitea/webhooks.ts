import type { FakeChange, FakeComment, FakeRepository, FakeState, FakeSubject } from '../contract.ts';
import { type Scene, toComment, toIssue, toPullRequest, toRepository, toUser } from './shapes.ts';

/** A webhook as Gitea would send it. */
export interface GiteaWebhook {
  /** `X-Gitea-Event`. */
  readonly event: string;
  /** `X-Gitea-Event-Type`, finer. */
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Undefined for what Gitea sends nothing about. */
export function toGiteaWebhook(state: FakeState, baseUrl: string, change: FakeChange): GiteaWebhook | undefined {
  const { repository, by } = change;
  const scene: Scene = { state, repository, baseUrl };
  const common = { repository: toRepository(repository, baseUrl, by), sender: toUser(by) };
  switch (change.kind) {
    case 'status':
      return {
        event: 'status',
        type: 'status',
        payload: { ...toStatusFields(change.status, repository, baseUrl), ...common },
      };
    case 'commented':
      return toCommentWebhook(scene, change.subject, change.comment, { action: 'created', ...common });
    case 'comment edited':
      return toCommentWebhook(scene, change.subject, change.comment, {
        action: 'edited',
        changes: { body: { from: change.before } },
        ...common,
      });
    case 'reviewed': {
      const [event, type] = REVIEWS[change.review.state];
      const { number } = change.subject;
      const pull = toPullRequest(change.subject, scene);
      const review = { type, content: change.review.body };
      const rest = { requested_reviewer: toUser(by), ...common, commit_id: change.review.sha, review };
      return { event, type, payload: { action: 'reviewed', number, pull_request: pull, ...rest } };
    }
    default:
      return toSubjectWebhook(scene, change, common);
  }
}

const REVIEWS = {
  approved: ['pull_request_approved', 'pull_request_review_approved'],
  changes_requested: ['pull_request_rejected', 'pull_request_review_rejected'],
  commented: ['pull_request_comment', 'pull_request_review_comment'],
} as const;

type SubjectChange = Exclude<FakeChange, { kind: 'status' | 'commented' | 'comment edited' | 'reviewed' }>;

/** What an action is called, and the end of the finer event name. A merge is a closing. */
const ACTIONS: Readonly<Record<SubjectChange['kind'], readonly [action: string, end: string]>> = {
  opened: ['opened', ''],
  closed: ['closed', ''],
  reopened: ['reopened', ''],
  merged: ['closed', ''],
  edited: ['edited', ''],
  labeled: ['label_updated', '_label'],
  assigned: ['assigned', '_assign'],
  unassigned: ['unassigned', '_assign'],
  synchronized: ['synchronized', '_sync'],
};

function toSubjectWebhook(scene: Scene, change: SubjectChange, common: object): GiteaWebhook {
  const { subject } = change;
  const [known, end] = ACTIONS[change.kind];
  const isCleared = change.kind === 'labeled' && subject.labels.length === 0;
  const action = isCleared ? 'label_cleared' : known;
  const changes =
    change.kind === 'edited'
      ? { changes: Object.fromEntries(Object.entries(change.before).map(([name, from]) => [name, { from }])) }
      : {};
  const head = { action, number: subject.number, ...changes };
  if (subject.kind === 'issue') {
    const type = end === '' ? 'issues' : `issue${end}`;
    return { event: 'issues', type, payload: { ...head, issue: toIssue(subject, scene), ...common, commit_id: '' } };
  }
  const pull = { pull_request: toPullRequest(subject, scene), requested_reviewer: null };
  const payload = { ...head, ...pull, ...common, commit_id: '', review: null };
  return { event: 'pull_request', type: `pull_request${end}`, payload };
}

function toCommentWebhook(
  scene: Scene,
  subject: FakeSubject,
  comment: FakeComment,
  { action, ...rest }: { readonly action: string; readonly changes?: object },
): GiteaWebhook {
  const isPull = subject.kind === 'pull';
  const payload = {
    action,
    issue: toIssue(subject, scene),
    ...(isPull ? { pull_request: toPullRequest(subject, scene) } : {}),
    comment: toComment(comment, subject, scene),
    ...rest,
    is_pull: isPull,
  };
  return { event: 'issue_comment', type: isPull ? 'pull_request_comment' : 'issue_comment', payload };
}

function toStatusFields(
  { id, sha, context, state, description, url, createdAt }: Extract<FakeChange, { kind: 'status' }>['status'],
  { owner, name }: FakeRepository,
  baseUrl: string,
) {
  const person = { name: 'Ada Byron', email: 'ada@example.org', username: 'ada' };
  const commit = {
    id: sha,
    message: 'Work\n',
    url: `${baseUrl}/${owner}/${name}/commit/${sha}`,
    author: person,
    committer: person,
    timestamp: createdAt,
    added: [],
    removed: [],
    modified: [],
  };
  const times = { created_at: createdAt, updated_at: null };
  return { commit, context, description, id, sha, state, target_url: url, ...times };
}
