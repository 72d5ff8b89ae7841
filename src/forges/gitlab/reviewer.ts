import type { EventDraft } from '../../core/event.ts';
import { booleanAt, textAt, valueAt } from '../read.ts';
import { toPeopleEdges } from './bag.ts';
import { toDraft, toUsers } from './native.ts';

type Base = Omit<EventDraft, 'type'>;

/**
 * What `changes.reviewers` says: who was asked or is no longer asked, and since 17.x also what those who stay answered, by `state`, or
 * that they are asked again, by `re_requested`. Approvals are left out here: they have deliveries of their own.
 */
export function toReviewerDrafts(base: Base, change: unknown): EventDraft[] {
  const { gained, lost } = toPeopleEdges(change);
  return [
    ...gained.map((reviewer) => toDraft({ ...base, type: 'pull.review_requested', reviewer })),
    ...lost.map((reviewer) => toDraft({ ...base, type: 'pull.review_request_removed', reviewer })),
    ...toAnswerDrafts(base, change),
  ];
}

function toAnswerDrafts(base: Base, change: unknown): EventDraft[] {
  const before = new Map(toUsers(valueAt(change, 'previous')).map((user) => [textAt(user, 'username'), user]));
  return toUsers(valueAt(change, 'current')).flatMap((user): EventDraft[] => {
    const reviewer = textAt(user, 'username');
    const earlier = reviewer === undefined ? undefined : before.get(reviewer);
    if (earlier === undefined) return [];
    if (booleanAt(user, 're_requested') === true && booleanAt(earlier, 're_requested') !== true) {
      return [toDraft({ ...base, type: 'pull.review_requested', reviewer })];
    }
    const answer = toAnswer(textAt(earlier, 'state'), textAt(user, 'state'));
    return answer === undefined
      ? []
      : [toDraft({ ...base, type: answer, body: undefined, reviewer, sha: base.head?.sha })];
  });
}

function toAnswer(
  before: string | undefined,
  state: string | undefined,
): 'review.changes_requested' | 'review.commented' | undefined {
  if (before === state) return undefined;
  if (state === 'requested_changes') return 'review.changes_requested';
  return state === 'reviewed' ? 'review.commented' : undefined;
}
