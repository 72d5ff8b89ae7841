import type { EventDraft } from '../../core/event.ts';
import { booleanAt, present, textAt, valueAt } from '../read.ts';

/**
 * What changed in a `PullRequestChanged` or `IssueChanged`. Today's bodies hold only `changeId`; the change itself, in `change.data`,
 * is in the bodies of old versions and in those that a look-up by API has completed. `data` names its own class, as `@type`, `type` or,
 * before version 7, `@class` with its package.
 */
type Told = Pick<EventDraft, 'type'> & Partial<EventDraft>;

/** The event a change of a pull request stands for. */
export function toPullChange(change: unknown): Told {
  const data = valueAt(change, 'data');
  switch (findDataClass(data)) {
    case 'PullRequestMergeData':
      return { type: 'pull.merged', state: 'merged', merged: true };
    case 'PullRequestDiscardData':
      return { type: 'pull.closed', state: 'closed', merged: false };
    case 'PullRequestReopenData':
      return { type: 'pull.reopened', state: 'open', merged: false };
    case 'PullRequestApproveData':
      return { type: 'review.approved' };
    case 'PullRequestRequestedForChangesData':
      return { type: 'review.changes_requested' };
    case 'PullRequestReviewWithdrawData':
      return { type: 'review.withdrawn' };
    case 'PullRequestTargetBranchChangeData':
      return { type: 'pull.retargeted', changes: { base: toSides(data, 'Branch') } };
    case 'PullRequestWorkInProgressChangeData':
      return booleanAt(data, 'workInProgress') === true
        ? { type: 'pull.draft', draft: true }
        : { type: 'pull.ready', draft: false };
    case 'PullRequestAutoMergeChangeData':
      return { type: booleanAt(data, 'enabled') === true ? 'pull.auto_merge_enabled' : 'pull.auto_merge_disabled' };
    default:
      return { type: 'pull.edited', changes: findTextChanges(data) };
  }
}

/**
 * The event a change of an issue stands for. States are named by each instance; only the two that OneDev comes with are known to
 * mean closed and open.
 */
export function toIssueChange(change: unknown): Told {
  const data = valueAt(change, 'data');
  if (findDataClass(data) !== 'IssueStateChangeData') return { type: 'issue.edited', changes: findTextChanges(data) };
  const changes = { state: toSides(data, 'State') };
  if (changes.state.to === 'Closed') return { type: 'issue.closed', state: 'closed', changes };
  if (changes.state.to === 'Open' && changes.state.from === 'Closed') {
    return { type: 'issue.reopened', state: 'open', changes };
  }
  return { type: 'issue.edited', changes };
}

function findDataClass(data: unknown): string | undefined {
  const name = textAt(data, '@type') ?? textAt(data, 'type') ?? textAt(data, '@class');
  return name?.slice(name.lastIndexOf('.') + 1);
}

function findTextChanges(data: unknown): EventDraft['changes'] {
  const title = toSides(data, 'Title');
  const body = toSides(data, 'Description');
  return present({
    title: Object.keys(title).length > 0 ? title : undefined,
    body: Object.keys(body).length > 0 ? body : undefined,
  }) as EventDraft['changes'];
}

/** Change data names its two values `old…` and `new…`. */
function toSides(data: unknown, noun: string): { from?: string; to?: string } {
  return { ...present({ from: textAt(data, `old${noun}`), to: textAt(data, `new${noun}`) }) } as {
    from?: string;
    to?: string;
  };
}
