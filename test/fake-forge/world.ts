import type {
  FakeAccount,
  FakeCheckRun,
  FakeComment,
  FakeForge,
  FakePermission,
  FakeRepository,
  FakeReview,
  FakeState,
  FakeStatus,
  FakeSubject,
} from './contract.ts';
import {
  addCommit,
  addStatus,
  type Doer,
  editComment,
  editSubject,
  getPull,
  mergePull,
  type NewSubject,
  openSubject,
  pushCommit,
  reviewPull,
  setAssignees,
  setLabels,
  setState,
  writeComment,
} from './deeds.ts';
import { sendWebhooks, type WebhookTarget, type Webhooks } from './webhooks.ts';

export interface WorldOptions {
  /** Where webhooks go; without it none are sent. Gitea and Forgejo only. */
  readonly hub?: WebhookTarget;
  /** Default: the first one, `dataforge/app`. */
  readonly repository?: FakeRepository;
}

interface PullEnds {
  readonly head: string;
  readonly base?: string;
  readonly isDraft?: boolean;
}

/** What a list of labels or assignees gains and loses. */
interface ListChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/**
 * People who work in one repository of a fake forge, through its pages: each deed names who does it, is refused as the forge would refuse
 * it (`FakeRefusal`), and is over when its webhooks were answered.
 */
export interface World {
  readonly repository: FakeRepository;
  readonly webhooks: Webhooks | undefined;
  /** Makes an account, or changes what it may do here. */
  addPerson(login: string, permission: FakePermission): FakeAccount;
  openIssue(by: string, issue: NewSubject): Promise<FakeSubject>;
  /** Its branch gets a commit of its own. */
  openPull(by: string, pull: NewSubject & PullEnds): Promise<FakeSubject>;
  edit(by: string, subject: FakeSubject, to: { readonly title?: string; readonly body?: string }): Promise<void>;
  assign(by: string, subject: FakeSubject, change: ListChange): Promise<void>;
  /** Labels that the repository does not have are made. */
  label(by: string, subject: FakeSubject, change: ListChange): Promise<void>;
  comment(
    by: string,
    subject: FakeSubject,
    body: string,
    extra?: Pick<FakeComment, 'system' | 'internal'>,
  ): Promise<FakeComment>;
  editComment(by: string, subject: FakeSubject, comment: FakeComment, body: string): Promise<void>;
  /** Pushes a commit to the branch of a pull request; gives its SHA. */
  push(by: string, pull: FakeSubject): Promise<string>;
  review(by: string, pull: FakeSubject, state: FakeReview['state'], body?: string): Promise<FakeReview>;
  dismiss(review: FakeReview): void;
  /** In the forge's own words; on the head of a pull request, or on a commit. */
  setStatus(
    by: string,
    where: FakeSubject | string,
    status: Pick<FakeStatus, 'context' | 'state'> & Partial<FakeStatus>,
  ): Promise<FakeStatus>;
  addCheckRun(where: FakeSubject | string, run: Pick<FakeCheckRun, 'name'> & Partial<FakeCheckRun>): FakeCheckRun;
  close(by: string, subject: FakeSubject): Promise<void>;
  reopen(by: string, subject: FakeSubject): Promise<void>;
  /** Closes the issues that it says it closes. */
  merge(by: string, pull: FakeSubject): Promise<void>;
  /** A commit on no branch. */
  commit(): string;
}

/** A world on a fake forge, with the people `fettle`, `ada` and `grace`, who may all write. */
export function createWorld(forge: FakeForge, options: WorldOptions = {}): World {
  const { state } = forge;
  const repository = options.repository ?? state.repositories[0];
  if (repository === undefined) throw new Error('the forge has no repository');
  const webhooks = options.hub === undefined ? undefined : sendWebhooks(forge, options.hub);
  const toDoer = (login: string): Doer => ({ state, repository, by: getAccount(state, login) });
  const act = async <T>(by: string, deed: (doer: Doer) => T): Promise<T> => {
    const result = deed(toDoer(by));
    await webhooks?.settled();
    return result;
  };
  const hasOwnNumbers = forge.kind === 'gitlab' || forge.kind.startsWith('bitbucket');
  const open = (doer: Doer, kind: FakeSubject['kind'], subject: NewSubject & Partial<PullEnds>) => {
    ensureLabels(state, repository, subject.labels ?? []);
    const same = repository.subjects.filter((each) => !hasOwnNumbers || each.kind === kind);
    const number = Math.max(0, ...same.map((each) => each.number)) + 1;
    const { head: headBranch = '', base: baseBranch = repository.defaultBranch, isDraft = false } = subject;
    const pull = kind === 'pull' ? { headBranch, baseBranch, isDraft, headSha: addCommit(doer) } : {};
    return openSubject(doer, kind, subject, { number, pull });
  };
  return {
    repository,
    webhooks,
    addPerson(login, permission) {
      repository.permissions.set(login, permission);
      const known = state.accounts.find((account) => account.login === login);
      if (known !== undefined) return known;
      const account = { id: state.nextId(), login, name: login };
      state.accounts.push(account);
      return account;
    },
    openIssue: (by, issue) => act(by, (doer) => open(doer, 'issue', issue)),
    openPull: (by, pull) => act(by, (doer) => open(doer, 'pull', pull)),
    edit: (by, subject, to) => act(by, (doer) => editSubject(doer, subject, to)),
    assign: (by, subject, change) =>
      act(by, (doer) => setAssignees(doer, subject, toChanged(subject.assignees, change))),
    label: (by, subject, change) =>
      act(by, (doer) => {
        ensureLabels(state, repository, change.add ?? []);
        setLabels(doer, subject, toChanged(subject.labels, change));
      }),
    comment: (by, subject, body, extra) => act(by, (doer) => writeComment(doer, subject, body, extra)),
    editComment: (by, subject, comment, body) => act(by, (doer) => editComment(doer, subject, comment, body)),
    push: (by, pull) => act(by, (doer) => pushCommit(doer, pull)),
    review: (by, pull, verdict, body = '') => act(by, (doer) => reviewPull(doer, pull, verdict, body)),
    dismiss(review) {
      review.isDismissed = true;
    },
    setStatus: (by, where, status) =>
      act(by, (doer) => addStatus(doer, { sha: toSha(where), description: '', url: '', ...status })),
    addCheckRun(where, run) {
      const rest = { app: 1, status: 'completed', conclusion: 'success', url: '' } as const;
      const made: FakeCheckRun = { id: state.nextId(), sha: toSha(where), ...rest, ...run };
      repository.checkRuns.push(made);
      return made;
    },
    close: (by, subject) => act(by, (doer) => setState(doer, subject, 'closed')),
    reopen: (by, subject) => act(by, (doer) => setState(doer, subject, 'open')),
    merge: (by, pull) => act(by, (doer) => mergePull(doer, pull)),
    commit: () => addCommit({ state, repository }),
  };
}

function getAccount(state: FakeState, login: string): FakeAccount {
  const found = state.accounts.find((account) => account.login === login);
  if (found === undefined) throw new Error(`${login} has no account there: add the person first`);
  return found;
}

function ensureLabels(state: FakeState, repository: FakeRepository, names: readonly string[]): void {
  const shared = state.organisationLabels.get(repository.owner) ?? [];
  for (const name of names) {
    if ([...repository.labels, ...shared].some((label) => label.name === name)) continue;
    repository.labels.push({ id: state.nextId(), name, color: 'ededed' });
  }
}

function toChanged(before: readonly string[], { add = [], remove = [] }: ListChange): string[] {
  return [...new Set([...before, ...add])].filter((name) => !remove.includes(name));
}

function toSha(where: FakeSubject | string): string {
  return typeof where === 'string' ? where : getPull(where).headSha;
}
