import type { BranchEnd, EventDraft } from '../../../core/event.ts';
import { bodyAt, booleanAt, hasList, listAt, numberAt, objectAt, textAt, timeAt } from '../../read.ts';
import type { Native } from '../native.ts';
import { readAccount, readLogin } from './account.ts';

/**
 * `pullrequest:updated` covers title, text, target, reviewers, draft and, in hooks without `pullrequest:push`, new commits. The body
 * does not say which, so it is one `pull.edited`.
 */
const TYPES: Readonly<Record<string, EventDraft['type']>> = {
  'pullrequest:created': 'pull.opened',
  'pullrequest:updated': 'pull.edited',
  'pullrequest:push': 'pull.synchronized',
  'pullrequest:fulfilled': 'pull.merged',
  'pullrequest:rejected': 'pull.closed',
  'pullrequest:approved': 'review.approved',
  'pullrequest:unapproved': 'review.withdrawn',
  'pullrequest:changes_request_created': 'review.changes_requested',
  'pullrequest:changes_request_removed': 'review.withdrawn',
};

const STATES: Readonly<Record<string, string>> = {
  OPEN: 'open',
  MERGED: 'merged',
  DECLINED: 'closed',
  SUPERSEDED: 'closed',
};

/** The fields of a pull request; undefined when the body has none. Commit ids have 12 characters. */
export function readPullRequest({ payload, base }: Native): Omit<EventDraft, 'type'> | undefined {
  const pull = objectAt(payload, 'pullrequest');
  const number = numberAt(pull, 'id');
  if (number === undefined) return undefined;
  const state = STATES[textAt(pull, 'state') ?? ''];
  return {
    ...base,
    occurredAt: timeAt(pull, 'updated_on'),
    subject: 'pull',
    number,
    title: textAt(pull, 'title'),
    body: bodyAt(pull, 'description') ?? bodyAt(pull, 'summary', 'raw'),
    url: textAt(pull, 'links', 'html', 'href'),
    state,
    author: readAccount(pull, 'author'),
    head: readEnd(pull, 'source'),
    base: readEnd(pull, 'destination'),
    draft: booleanAt(pull, 'draft'),
    merged: state === undefined ? undefined : state === 'merged',
    mergeCommit: textAt(pull, 'merge_commit', 'hash'),
    reviewers: hasList(pull, 'reviewers')
      ? listAt(pull, 'reviewers').flatMap((reviewer) => readLogin(reviewer) ?? [])
      : undefined,
  };
}

/** All keys `pullrequest:…` but those of comments. */
export function readPullRequestEvent(native: Native): readonly EventDraft[] {
  const { event, payload } = native;
  const type = TYPES[event];
  const pull = readPullRequest(native);
  if (pull === undefined || type === undefined) return [];
  if (type === 'pull.merged') return [{ ...pull, type, state: 'merged', merged: true }];
  if (type === 'pull.closed') return [{ ...pull, type, state: 'closed', merged: false }];
  if (!type.startsWith('review.')) return [{ ...pull, type }];
  const review = objectAt(payload, 'approval') ?? objectAt(payload, 'changes_request');
  const reviewer = readLogin(review, 'user') ?? pull.actor?.login;
  return [{ ...pull, type, reviewer, body: undefined, occurredAt: timeAt(review, 'date') ?? pull.occurredAt }];
}

function readEnd(pull: unknown, side: 'source' | 'destination'): BranchEnd | undefined {
  const end = objectAt(pull, side);
  if (end === undefined) return undefined;
  return {
    ref: textAt(end, 'branch', 'name'),
    sha: textAt(end, 'commit', 'hash'),
    repo: textAt(end, 'repository', 'full_name'),
  };
}
