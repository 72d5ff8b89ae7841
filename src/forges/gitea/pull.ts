import type { EventDraft } from '../../core/event.ts';
import type { EventType } from '../../core/event-types.ts';
import type { Normalised } from '../contract.ts';
import { objectAt, textAt, timeAt } from '../read.ts';
import { findType, toChangeFields } from './issue.ts';
import { actorAt } from './native.ts';
import { type Reading, toDraft, toUnknown, toUnknownAction } from './reading.ts';
import { readPull, toSnapshot } from './subject.ts';

const TYPES: Record<string, EventType> = {
  opened: 'pull.opened',
  edited: 'pull.edited',
  closed: 'pull.closed',
  reopened: 'pull.reopened',
  deleted: 'pull.deleted',
  synchronized: 'pull.synchronized',
  milestoned: 'pull.milestoned',
  demilestoned: 'pull.demilestoned',
  review_requested: 'pull.review_requested',
  review_request_removed: 'pull.review_request_removed',
};

/** `pull_request`: everything that happens to a pull request but comments and reviews. */
export function normalisePull(reading: Reading): Normalised {
  const pull = readPull(reading);
  if (pull.fields.number === undefined) return toUnknown(reading, 'The pull request has no number.');
  const snapshot = toSnapshot(reading, pull);
  if (snapshot?.touched !== undefined) return { drafts: [], snapshot };
  const type = findType(TYPES, reading.action);
  if (type === undefined) return { ...toUnknownAction(reading), snapshot };

  const fields = toChangeFields(reading, pull);
  if (type === 'pull.closed' && fields.merged === true) {
    const occurredAt = timeAt(pull.object, 'merged_at') ?? fields.occurredAt;
    return { drafts: [toDraft(reading, 'pull.merged', { ...fields, occurredAt })], snapshot };
  }
  if (type === 'pull.edited') {
    return { drafts: editTypesOf(reading, fields).map((edit) => toDraft(reading, edit, fields)), snapshot };
  }
  if (type === 'pull.review_requested' || type === 'pull.review_request_removed') {
    const reviewer = actorAt(reading.payload, 'requested_reviewer')?.login ?? teamOf(reading);
    return { drafts: [toDraft(reading, type, { ...fields, reviewer })], snapshot };
  }
  return { drafts: [toDraft(reading, type, fields)], snapshot };
}

/**
 * What an edit was: another base branch, a draft toggle, or an edit in the plain sense. The family marks drafts by a prefix of the
 * title, so a toggle is an edit of the title that only adds or removes the prefix.
 */
function editTypesOf({ payload }: Reading, { title, changes }: Omit<EventDraft, 'type'>): EventType[] {
  const types: EventType[] = [];
  if (changes?.['base'] !== undefined) types.push('pull.retargeted');
  const before = textAt(payload, 'changes', 'title', 'from');
  const wasDraft = before !== undefined && isDraftTitle(before);
  const isDraft = before !== undefined && title !== undefined && isDraftTitle(title);
  if (wasDraft !== isDraft) types.push(isDraft ? 'pull.draft' : 'pull.ready');
  const isReworded = before !== undefined && withoutPrefix(before) !== withoutPrefix(title ?? '');
  if (isReworded || changes?.['body'] !== undefined || types.length === 0) types.push('pull.edited');
  return types;
}

/** The default of [repository.pull-request] WORK_IN_PROGRESS_PREFIXES in Gitea and Forgejo. */
const DRAFT_PREFIX = /^\s*(WIP:|\[WIP\])\s*/i;

/** Whether a title marks a draft. */
export function isDraftTitle(title: string): boolean {
  return DRAFT_PREFIX.test(title);
}

function withoutPrefix(title: string): string {
  return title.replace(DRAFT_PREFIX, '');
}

function teamOf({ payload }: Reading): string | undefined {
  return textAt(objectAt(payload, 'requested_team'), 'name');
}
