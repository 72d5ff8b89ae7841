import type { EventDraft } from '../../core/event.ts';
import { bodyAt, booleanAt, type JsonObject, numberAt, objectAt, textAt, timeAt, valueAt } from '../read.ts';
import { toAssigneeDrafts, toChanges, toEditedDrafts, toLabelDrafts, toLockDrafts, toMilestoneDrafts } from './bag.ts';
import { guessAction } from './issue.ts';
import { type Source, toBase, toDraft } from './native.ts';
import { toReviewerDrafts } from './reviewer.ts';
import { findAuthor, findLabels, findPeople, toPullFields } from './subject.ts';

type Base = Omit<EventDraft, 'type'>;

/** Fields of an update that have an event of their own. */
const HANDLED = [
  'labels',
  'assignees',
  'assignee',
  'reviewers',
  'milestone_id',
  'discussion_locked',
  'draft',
  'work_in_progress',
  'target_branch',
  'merge_when_pipeline_succeeds',
  'merge_user_id',
  'merge_params',
  'state',
  'state_id',
];
/** What GitLab takes for a draft mark at the head of a title; `WIP` until version 14. */
const DRAFT_MARKS = /^(\s*(\[draft\]|\(draft\)|draft:|draft\s-\s|\[wip\]|wip:))+\s*/i;

/**
 * Merge request events. One click on "Approve" sends one delivery: `approved` when it satisfied the approval rules, else `approval`.
 * So both are one `review.approved`, and `native.action` tells which; the same holds for taking an approval back.
 */
export function toPullDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const mergeRequest = objectAt(payload, 'object_attributes');
  const base: Base = {
    ...toBase(source),
    occurredAt: timeAt(mergeRequest, 'updated_at') ?? timeAt(mergeRequest, 'created_at'),
    subject: 'pull',
    number: numberAt(mergeRequest, 'iid'),
    title: textAt(mergeRequest, 'title'),
    body: bodyAt(mergeRequest, 'description'),
    url: textAt(mergeRequest, 'url'),
    author: findAuthor(payload, mergeRequest),
    labels: findLabels(payload, mergeRequest),
    assignees: findPeople(payload, mergeRequest, 'assignee'),
    reviewers: findPeople(payload, mergeRequest, 'reviewer'),
    ...toPullFields(mergeRequest),
  };
  switch (source.action ?? guessAction(mergeRequest)) {
    case 'open':
      return [toDraft({ ...base, type: 'pull.opened' })];
    case 'close':
      return [toDraft({ ...base, type: 'pull.closed' })];
    case 'reopen':
      return [toDraft({ ...base, type: 'pull.reopened' })];
    case 'merge':
      return [toDraft({ ...base, type: 'pull.merged' })];
    case 'approved':
    case 'approval':
      return [toDraft({ ...toReview(base, mergeRequest), type: 'review.approved' })];
    case 'unapproved':
    case 'unapproval':
      return [toDraft({ ...toReview(base, mergeRequest), type: 'review.withdrawn' })];
    default:
      return toUpdateDrafts(base, mergeRequest, objectAt(payload, 'changes') ?? {});
  }
}

/**
 * A review has no text of its own here; what stands in the description is the merge request's. When a push resets approvals (`system`),
 * the actor is who pushed, and whose approval is gone is not told.
 */
function toReview(base: Base, mergeRequest: unknown): Base {
  const reviewer = booleanAt(mergeRequest, 'system') === true ? undefined : base.actor?.login;
  return { ...base, body: undefined, reviewer, sha: base.head?.sha };
}

function toUpdateDrafts(base: Base, mergeRequest: unknown, changes: JsonObject): EventDraft[] {
  const draftEdge = findDraftEdge(changes);
  const edges = [
    ...toSynchronizedDrafts(base, mergeRequest),
    ...toRetargetedDrafts(base, changes),
    ...(draftEdge === undefined ? [] : [toDraft({ ...base, type: draftEdge })]),
    ...toLabelDrafts('pull', base, changes),
    ...toAssigneeDrafts('pull', base, changes),
    ...toReviewerDrafts(base, valueAt(changes, 'reviewers')),
    ...toMilestoneDrafts('pull', base, changes),
    ...toLockDrafts('pull', base, changes),
    ...toAutoMergeDrafts(base, changes),
  ];
  const handled = isOnlyDraftMark(changes) ? [...HANDLED, 'title'] : HANDLED;
  return [...toEditedDrafts('pull', base, changes, handled, edges.length > 0), ...edges];
}

/** `oldrev` is there exactly when commits were pushed. */
function toSynchronizedDrafts(base: Base, mergeRequest: unknown): EventDraft[] {
  const before = textAt(mergeRequest, 'oldrev');
  if (before === undefined) return [];
  return [toDraft({ ...base, type: 'pull.synchronized', before, after: base.head?.sha })];
}

function toRetargetedDrafts(base: Base, changes: JsonObject): EventDraft[] {
  if (objectAt(changes, 'target_branch') === undefined) return [];
  return [toDraft({ ...base, type: 'pull.retargeted', changes: toChanges(changes, ['target_branch']) })];
}

function toAutoMergeDrafts(base: Base, changes: JsonObject): EventDraft[] {
  const enabled = booleanAt(changes, 'merge_when_pipeline_succeeds', 'current');
  if (enabled === undefined) return [];
  return [toDraft({ ...base, type: enabled ? 'pull.auto_merge_enabled' : 'pull.auto_merge_disabled' })];
}

/** The draft flag where the version has one, else the mark in the title. */
function findDraftEdge(changes: JsonObject): 'pull.ready' | 'pull.draft' | undefined {
  const flag = objectAt(changes, 'draft') ?? objectAt(changes, 'work_in_progress');
  const isDraft = booleanAt(flag, 'current') ?? hasMark(changes, 'current');
  const wasDraft = booleanAt(flag, 'previous') ?? hasMark(changes, 'previous');
  if (isDraft === undefined || wasDraft === undefined || isDraft === wasDraft) return undefined;
  return isDraft ? 'pull.draft' : 'pull.ready';
}

function hasMark(changes: JsonObject, side: 'previous' | 'current'): boolean | undefined {
  const title = textAt(changes, 'title', side);
  return title === undefined ? undefined : DRAFT_MARKS.test(title);
}

/** Marking as draft or ready rewrites the title; that alone is not an edit. */
function isOnlyDraftMark(changes: JsonObject): boolean {
  const [previous, current] = ['previous', 'current'].map((side) =>
    textAt(changes, 'title', side)?.replace(DRAFT_MARKS, ''),
  );
  return previous !== undefined && previous === current;
}
