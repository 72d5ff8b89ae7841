import type {
  CombinedStatus,
  Comment,
  CommitStatus,
  Issue,
  Label,
  Permission,
  PullRequest,
  PullReview,
  RepoCollaboratorPermission,
  Repository,
  TimelineComment,
  User,
} from 'gitea-js';
import type {
  FakeAccount,
  FakeComment,
  FakeEdge,
  FakeLabel,
  FakePermission,
  FakeRepository,
  FakeReview,
  FakeState,
  FakeStatus,
  FakeSubject,
} from '../contract.ts';
import { getPull, permissionOf } from '../deeds.ts';

/**
 * What Gitea answers, held against its published description: a field that is not in it, or of another type, does not compile.
 * Go writes what is empty as null, which the description leaves unsaid.
 */
export type Told<T> = T extends readonly (infer E)[]
  ? readonly Told<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Told<T[K]> | null }
    : T;

/** A repository of a forge, with its address. */
export interface Scene {
  readonly state: FakeState;
  readonly repository: FakeRepository;
  readonly baseUrl: string;
}

/** `username` is sent besides, for old programs; the description is silent about it. */
export function toUser({ id, login, name }: FakeAccount) {
  const user = {
    id,
    login,
    full_name: name,
    email: `${login}@noreply.example.org`,
    html_url: `https://git.example.org/${login}`,
  } satisfies Told<User>;
  return { ...user, username: login };
}

export function toLabel({ id, name, color }: FakeLabel) {
  return { id, name, color, description: '', exclusive: false, is_archived: false } satisfies Told<Label>;
}

const RIGHTS: Readonly<Record<FakePermission, Told<Permission>>> = {
  none: { admin: false, push: false, pull: false },
  read: { admin: false, push: false, pull: true },
  write: { admin: false, push: true, pull: true },
  admin: { admin: true, push: true, pull: true },
};

/** @param viewer whose rights are told. */
export function toRepository(repository: FakeRepository, baseUrl: string, viewer?: FakeAccount) {
  const { id, owner, name } = repository;
  const page = `${baseUrl}/${owner}/${name}`;
  return {
    id,
    name,
    full_name: `${owner}/${name}`,
    owner: { id: 3, login: owner },
    private: repository.private,
    html_url: page,
    clone_url: `${page}.git`,
    ssh_url: `git@git.example.org:${owner}/${name}.git`,
    default_branch: repository.defaultBranch,
    archived: name.startsWith('archived-'),
    ...(viewer === undefined ? {} : { permissions: RIGHTS[permissionOf(repository, viewer)] }),
  } satisfies Told<Repository>;
}

/** The labels of a repository and of its organisation. */
export function listLabels(state: FakeState, repository: FakeRepository): readonly FakeLabel[] {
  const shared = repository.personal ? [] : (state.organisationLabels.get(repository.owner) ?? []);
  return [...repository.labels, ...shared];
}

export function toIssue(subject: FakeSubject, scene: Scene) {
  const { assignees, ...common } = toCommon(subject, scene);
  const { pull } = subject;
  return {
    ...common,
    assignees,
    repository: {
      id: scene.repository.id,
      name: scene.repository.name,
      owner: scene.repository.owner,
      full_name: `${scene.repository.owner}/${scene.repository.name}`,
    },
    pull_request:
      pull === null
        ? null
        : {
            merged: pull.merge !== null,
            merged_at: pull.merge?.at ?? null,
            draft: pull.isDraft,
            html_url: common.html_url,
          },
  } satisfies Told<Issue>;
}

export function toPullRequest(subject: FakeSubject, scene: Scene) {
  const pull = getPull(subject);
  const repo = toRepository(scene.repository, scene.baseUrl);
  const end = (ref: string, sha: string) => ({ label: ref, ref, sha, repo_id: repo.id, repo });
  return {
    ...toCommon(subject, scene),
    draft: pull.isDraft,
    mergeable: subject.state === 'open',
    merged: pull.merge !== null,
    merged_at: pull.merge?.at ?? null,
    merge_commit_sha: pull.merge?.sha ?? null,
    merged_by: pull.merge === null ? null : toUser(pull.merge.by),
    requested_reviewers: null,
    head: end(pull.headBranch, pull.headSha),
    base: end(pull.baseBranch, '1405df66cbe219b0bf6355bc3d60361a8376b6b4'),
  } satisfies Told<PullRequest>;
}

function toCommon(subject: FakeSubject, { state, repository, baseUrl }: Scene) {
  const assignees = state.accounts.filter(({ login }) => subject.assignees.includes(login)).map(toUser);
  return {
    id: subject.id,
    number: subject.number,
    html_url: toPage(subject, repository, baseUrl),
    user: toUser(subject.author),
    title: subject.title,
    body: subject.body,
    labels: listLabels(state, repository)
      .filter(({ name }) => subject.labels.includes(name))
      .map(toLabel),
    milestone: null,
    assignee: assignees[0] ?? null,
    assignees: assignees.length === 0 ? null : assignees,
    state: toState(subject.state),
    is_locked: false,
    comments: subject.comments.length,
    created_at: subject.createdAt,
    updated_at: subject.updatedAt,
    closed_at: subject.closedAt,
  } satisfies Told<Issue>;
}

export function toComment(comment: FakeComment, subject: FakeSubject, { repository, baseUrl }: Scene) {
  const { id, body, author, createdAt } = comment;
  const page = toPage(subject, repository, baseUrl);
  return {
    id,
    html_url: `${page}#issuecomment-${id}`,
    issue_url: subject.kind === 'issue' ? page : '',
    pull_request_url: subject.kind === 'pull' ? page : '',
    user: toUser(author),
    body,
    created_at: createdAt,
    updated_at: comment.updatedAt ?? createdAt,
  } satisfies Told<Comment>;
}

const REVIEW_STATES = { approved: 'APPROVED', changes_requested: 'REQUEST_CHANGES', commented: 'COMMENT' } as const;

export function toReview(review: FakeReview, subject: FakeSubject, { repository, baseUrl }: Scene) {
  return {
    id: review.id,
    user: toUser(review.author),
    team: null,
    state: REVIEW_STATES[review.state],
    body: review.body,
    commit_id: review.sha,
    stale: review.sha !== getPull(subject).headSha,
    official: permissionOf(repository, review.author) !== 'read',
    dismissed: review.isDismissed,
    comments_count: 0,
    submitted_at: review.createdAt,
    updated_at: review.createdAt,
    html_url: `${toPage(subject, repository, baseUrl)}#issuecomment-${review.id}`,
    pull_request_url: toPage(subject, repository, baseUrl),
  } satisfies Told<PullReview>;
}

export function toStatus({ id, context, state, description, url, createdAt }: FakeStatus) {
  return {
    id,
    status: state,
    context,
    description,
    target_url: url,
    created_at: createdAt,
    updated_at: createdAt,
  } satisfies Told<CommitStatus>;
}

/** @param statuses those of the page asked for. */
export function toCombinedStatus(sha: string, statuses: readonly FakeStatus[], scene: Scene) {
  const worst = ['error', 'failure', 'pending', 'success'].find((word) => statuses.some(({ state }) => state === word));
  return {
    sha,
    state: worst ?? '',
    total_count: statuses.length,
    statuses: statuses.length === 0 ? null : statuses.map(toStatus),
    repository: toRepository(scene.repository, scene.baseUrl),
    commit_url: '',
    url: '',
  } satisfies Told<CombinedStatus>;
}

export function toCollaborator(permission: FakePermission, account: FakeAccount) {
  return { permission, role_name: permission, user: toUser(account) } satisfies Told<RepoCollaboratorPermission>;
}

export function toTimelineEntry({ id, verb, value, by, at }: FakeEdge, { state, repository }: Scene) {
  const common = { id, user: toUser(by), created_at: at, updated_at: at };
  if (verb === 'labeled' || verb === 'unlabeled') {
    const label = listLabels(state, repository).find(({ name }) => name === value);
    return {
      ...common,
      type: 'label',
      body: verb === 'labeled' ? '1' : '',
      label: label === undefined ? null : toLabel(label),
    } satisfies Told<TimelineComment>;
  }
  const assignee = state.accounts.find(({ login }) => login === value);
  return {
    ...common,
    type: 'assignees',
    body: '',
    assignee: assignee === undefined ? null : toUser(assignee),
    removed_assignee: verb === 'unassigned',
  } satisfies Told<TimelineComment>;
}

export function toState(state: FakeSubject['state']): 'open' | 'closed' {
  return state === 'open' ? 'open' : 'closed';
}

function toPage(subject: FakeSubject, { owner, name }: FakeRepository, baseUrl: string): string {
  return `${baseUrl}/${owner}/${name}/${subject.kind === 'pull' ? 'pulls' : 'issues'}/${subject.number}`;
}
