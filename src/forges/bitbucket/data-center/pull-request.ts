import type { BranchEnd, EventDraft } from '../../../core/event.ts';
import { bodyAt, booleanAt, hasList, listAt, numberAt, objectAt, textAt } from '../../read.ts';
import type { Changes, Native } from '../native.ts';
import { readRepository, readSelf } from './repository.ts';
import { readLogin, readUser } from './user.ts';

const TYPES: Readonly<Record<string, EventDraft['type']>> = {
  'pr:opened': 'pull.opened',
  'pr:merged': 'pull.merged',
  'pr:declined': 'pull.closed',
  'pr:deleted': 'pull.deleted',
};

const STATES: Readonly<Record<string, string>> = { OPEN: 'open', MERGED: 'merged', DECLINED: 'closed' };

/** The fields of a pull request; undefined when the body has none. */
export function readPullRequest({ payload, base }: Native): Omit<EventDraft, 'type'> | undefined {
  const pull = objectAt(payload, 'pullRequest');
  const number = numberAt(pull, 'id');
  if (number === undefined) return undefined;
  const state = STATES[textAt(pull, 'state') ?? ''];
  return {
    ...base,
    subject: 'pull',
    number,
    title: textAt(pull, 'title'),
    body: bodyAt(pull, 'description'),
    url: readSelf(pull),
    state,
    author: readUser(pull, 'author', 'user'),
    head: readEnd(pull, 'fromRef'),
    base: readEnd(pull, 'toRef'),
    draft: booleanAt(pull, 'draft'),
    merged: state === undefined ? undefined : state === 'merged',
    mergeCommit: textAt(pull, 'properties', 'mergeCommit', 'id'),
    locked: booleanAt(pull, 'locked'),
    reviewers: hasList(pull, 'reviewers')
      ? listAt(pull, 'reviewers').flatMap((reviewer) => readLogin(reviewer, 'user') ?? [])
      : undefined,
  };
}

/** `pr:opened`, `pr:merged`, `pr:declined`, `pr:deleted`. */
export function readPullRequestEvent(native: Native): readonly EventDraft[] {
  const type = TYPES[native.event];
  const pull = readPullRequest(native);
  if (pull === undefined || type === undefined) return [];
  if (type === 'pull.merged') return [{ ...pull, type, state: 'merged', merged: true }];
  if (type === 'pull.closed') return [{ ...pull, type, state: 'closed', merged: false }];
  return [{ ...pull, type }];
}

/** `pr:from_ref_updated`: commits were pushed to the source branch. */
export function readFromRefUpdated(native: Native): readonly EventDraft[] {
  const pull = readPullRequest(native);
  if (pull === undefined) return [];
  const before = textAt(native.payload, 'previousFromHash');
  return [{ ...pull, type: 'pull.synchronized', before, after: pull.head?.sha }];
}

/**
 * `pr:modified` and `pr:to_ref_updated`: `previousTitle`, `previousDescription`, `previousTarget`, `previousDraft` hold what
 * was before, changed or not. One delivery may say several things; one that says none is an edit.
 */
export function readModified(native: Native): readonly EventDraft[] {
  const pull = readPullRequest(native);
  if (pull === undefined) return [];
  const { payload } = native;
  const drafts: EventDraft[] = [];
  const previousBase = toBranch(payload, 'previousTarget');
  if (previousBase !== undefined && previousBase !== pull.base?.ref) {
    const changes = { base: { from: previousBase, to: pull.base?.ref } };
    drafts.push({ ...pull, type: 'pull.retargeted', changes });
  }
  const previousDraft = booleanAt(payload, 'previousDraft');
  if (previousDraft !== undefined && pull.draft !== undefined && previousDraft !== pull.draft) {
    drafts.push({ ...pull, type: pull.draft ? 'pull.draft' : 'pull.ready' });
  }
  const changes: Changes = {};
  const previousTitle = textAt(payload, 'previousTitle');
  if (previousTitle !== undefined && previousTitle !== pull.title) {
    changes.title = { from: previousTitle, to: pull.title };
  }
  const previousBody = bodyAt(payload, 'previousDescription');
  const tellsBody = Object.hasOwn(payload, 'previousDescription');
  if (tellsBody && previousBody !== pull.body) changes.body = { from: previousBody, to: pull.body };
  if (Object.keys(changes).length > 0) drafts.push({ ...pull, type: 'pull.edited', changes });
  return drafts.length > 0 ? drafts : [{ ...pull, type: 'pull.edited' }];
}

function readEnd(pull: unknown, side: 'fromRef' | 'toRef'): BranchEnd | undefined {
  const end = objectAt(pull, side);
  if (end === undefined) return undefined;
  return {
    ref: toBranch(end),
    sha: textAt(end, 'latestCommit'),
    repo: readRepository(end, 'repository')?.fullName,
  };
}

function toBranch(value: unknown, ...path: string[]): string | undefined {
  return textAt(value, ...path, 'id')?.replace(/^refs\/heads\//, '') ?? textAt(value, ...path, 'displayId');
}
