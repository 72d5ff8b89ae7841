import { createHash } from 'node:crypto';
import {
  type FakeAccount,
  type FakeChange,
  type FakeComment,
  type FakePermission,
  type FakePull,
  FakeRefusal,
  type FakeRepository,
  type FakeReview,
  type FakeState,
  type FakeStatus,
  type FakeSubject,
} from './contract.ts';
import { addSubject } from './state.ts';

/**
 * What people and their programs do on a fake forge. Routes and tests do it through these alike, so whoever did it, the same is refused
 * and the same is told to those who listen.
 */

/** Who does it, and where. */
export interface Doer {
  readonly state: FakeState;
  readonly repository: FakeRepository;
  readonly by: FakeAccount;
}

export function permissionOf({ permissions }: FakeRepository, { login }: FakeAccount): FakePermission {
  return permissions.get(login) ?? 'write';
}

export function mayWrite({ repository, by }: Doer): boolean {
  return ['write', 'admin'].includes(permissionOf(repository, by));
}

/** @throws FakeRefusal 403. */
export function needWrite(doer: Doer): void {
  if (!mayWrite(doer)) throw new FakeRefusal(403, 'Forbidden');
}

export interface NewSubject {
  readonly title: string;
  readonly body?: string;
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
}

/** Labels and assignees of somebody who may not write are left out without a word. */
export function openSubject(
  doer: Doer,
  kind: FakeSubject['kind'],
  { title, body = '', labels = [], assignees = [] }: NewSubject,
  options: { readonly number?: number; readonly pull?: Partial<FakePull> } = {},
): FakeSubject {
  const { state, repository, by } = doer;
  const subject = addSubject(state, repository, kind, by, options.number, options.pull);
  Object.assign(subject, { title, body });
  const given = mayWrite(doer) ? { labels, assignees } : { labels: [], assignees: [] };
  subject.labels = [...given.labels];
  tell(doer, { kind: 'opened', subject });
  if (given.labels.length > 0) tell(doer, { kind: 'labeled', subject });
  for (const value of given.labels) remember(doer, subject, 'labeled', value);
  setAssignees(doer, subject, given.assignees);
  return subject;
}

export function editSubject(doer: Doer, subject: FakeSubject, to: { title?: string; body?: string }): void {
  if (subject.author !== doer.by) needWrite(doer);
  const before: { title?: string; body?: string } = {};
  for (const name of ['title', 'body'] as const) {
    const value = to[name];
    if (value === undefined || value === subject[name]) continue;
    before[name] = subject[name];
    subject[name] = value;
  }
  if (Object.keys(before).length === 0) return;
  touch(doer, subject);
  tell(doer, { kind: 'edited', subject, before });
}

/** Leaves exactly these; told once, however many changed. */
export function setLabels(doer: Doer, subject: FakeSubject, names: readonly string[]): void {
  needWrite(doer);
  const before = subject.labels;
  const isSame = before.length === names.length && names.every((name) => before.includes(name));
  if (isSame) return;
  subject.labels = [...new Set(names)];
  touch(doer, subject);
  for (const name of names) if (!before.includes(name)) remember(doer, subject, 'labeled', name);
  for (const name of before) if (!names.includes(name)) remember(doer, subject, 'unlabeled', name);
  tell(doer, { kind: 'labeled', subject });
}

/** Leaves exactly these; told one by one. */
export function setAssignees(doer: Doer, subject: FakeSubject, logins: readonly string[]): void {
  const before = subject.assignees;
  const changes = [
    ...logins.filter((login) => !before.includes(login)).map((login) => ['assigned', login] as const),
    ...before.filter((login) => !logins.includes(login)).map((login) => ['unassigned', login] as const),
  ];
  if (changes.length > 0) needWrite(doer);
  for (const [verb, login] of changes) {
    subject.assignees =
      verb === 'assigned' ? [...subject.assignees, login] : subject.assignees.filter((each) => each !== login);
    touch(doer, subject);
    remember(doer, subject, verb, login);
    tell(doer, { kind: verb, subject });
  }
}

/** @throws FakeRefusal 403, and 412 for what is merged. */
export function setState(doer: Doer, subject: FakeSubject, to: 'open' | 'closed'): void {
  if (subject.author !== doer.by) needWrite(doer);
  if (subject.state === 'merged') throw new FakeRefusal(412, 'pull request has been merged');
  if (subject.state === to) return;
  subject.state = to;
  touch(doer, subject);
  subject.closedAt = to === 'closed' ? subject.updatedAt : null;
  tell(doer, { kind: to === 'closed' ? 'closed' : 'reopened', subject });
}

export function writeComment(
  doer: Doer,
  subject: FakeSubject,
  body: string,
  extra: Pick<FakeComment, 'system' | 'internal'> = {},
): FakeComment {
  touch(doer, subject);
  const createdAt = subject.updatedAt;
  const comment = { id: doer.state.nextId(), body, author: doer.by, createdAt, updatedAt: createdAt, ...extra };
  const kept: FakeComment = { ...comment, version: 0 };
  subject.comments.push(kept);
  tell(doer, { kind: 'commented', subject, comment: kept });
  return kept;
}

/** @throws FakeRefusal 403 for anybody but the author. */
export function editComment(doer: Doer, subject: FakeSubject, comment: FakeComment, body: string): void {
  if (comment.author !== doer.by) throw new FakeRefusal(403, '');
  const before = comment.body;
  comment.body = body;
  comment.version += 1;
  comment.updatedAt = doer.state.nextTime();
  tell(doer, { kind: 'comment edited', subject, comment, before });
}

/** A new commit on the branch of a pull request. */
export function pushCommit(doer: Doer, subject: FakeSubject): string {
  needWrite(doer);
  const pull = getPull(subject);
  pull.headSha = addCommit(doer);
  touch(doer, subject);
  tell(doer, { kind: 'synchronized', subject });
  return pull.headSha;
}

/** A commit that nobody asked for a name. */
export function addCommit({ state, repository }: Pick<Doer, 'state' | 'repository'>): string {
  const sha = createHash('sha1').update(`commit ${state.nextId()}`).digest('hex');
  repository.commits.add(sha);
  return sha;
}

/** @throws FakeRefusal 422 for a verdict on one's own pull request. */
export function reviewPull(doer: Doer, subject: FakeSubject, state: FakeReview['state'], body: string): FakeReview {
  const { headSha } = getPull(subject);
  if (subject.author === doer.by && state !== 'commented') {
    throw new FakeRefusal(422, 'approve your own pull is not allowed');
  }
  touch(doer, subject);
  const review: FakeReview = {
    id: doer.state.nextId(),
    author: doer.by,
    state,
    body,
    createdAt: subject.updatedAt,
    sha: headSha,
    isDismissed: false,
  };
  subject.reviews.push(review);
  tell(doer, { kind: 'reviewed', subject, review });
  return review;
}

const CLOSES = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)/gi;

/** Closes the issues that title and text say it closes, too. @throws FakeRefusal 403, and 405 for what is not open or a draft. */
export function mergePull(doer: Doer, subject: FakeSubject): void {
  needWrite(doer);
  const pull = getPull(subject);
  if (subject.state !== 'open' || pull.isDraft) throw new FakeRefusal(405, 'Please try again later');
  touch(doer, subject);
  subject.state = 'merged';
  subject.closedAt = subject.updatedAt;
  pull.merge = { sha: addCommit(doer), by: doer.by, at: subject.updatedAt };
  tell(doer, { kind: 'merged', subject });
  for (const [, number] of `${subject.title}\n${subject.body}`.matchAll(CLOSES)) {
    const issue = doer.repository.subjects.find((each) => each.kind === 'issue' && String(each.number) === number);
    if (issue?.state === 'open') setState(doer, issue, 'closed');
  }
}

/** @throws FakeRefusal 403, and 404 for an unknown commit. */
export function addStatus(doer: Doer, status: Omit<FakeStatus, 'id' | 'createdAt'>): FakeStatus {
  needWrite(doer);
  if (!doer.repository.commits.has(status.sha)) throw new FakeRefusal(404, `sha not found: ${status.sha}`);
  const added = { ...status, id: doer.state.nextId(), createdAt: doer.state.nextTime() };
  doer.repository.statuses.push(added);
  tell(doer, { kind: 'status', status: added });
  return added;
}

/** @throws FakeRefusal 404 for an issue. */
export function getPull({ pull }: FakeSubject): FakePull {
  if (pull === null) throw new FakeRefusal(404, 'pull request does not exist');
  return pull;
}

function touch({ state }: Doer, subject: FakeSubject): void {
  subject.updatedAt = state.nextTime();
}

function remember(
  { state, by }: Doer,
  subject: FakeSubject,
  verb: 'labeled' | 'unlabeled' | 'assigned' | 'unassigned',
  value: string,
) {
  subject.history.push({ id: state.nextId(), verb, value, by, at: subject.updatedAt });
}

type WithoutDoer<T> = T extends unknown ? Omit<T, 'repository' | 'by'> : never;

function tell({ state, repository, by }: Doer, change: WithoutDoer<FakeChange>): void {
  for (const listen of state.listeners) listen({ repository, by, ...change });
}
