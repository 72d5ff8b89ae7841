import type { EventDraft } from '../../core/event.ts';
import type { EventType } from '../../core/event-types.ts';
import { booleanAt, type JsonObject, objectAt, present, textAt, timeAt } from '../read.ts';
import { toSubject } from './issue.ts';
import { fieldsAt, type Meaning, toChanges } from './native.ts';

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['opened', 'pull.opened'],
  ['synchronize', 'pull.synchronized'],
  ['edited', 'pull.edited'],
  ['closed', 'pull.closed'],
  ['reopened', 'pull.reopened'],
  ['ready_for_review', 'pull.ready'],
  ['converted_to_draft', 'pull.draft'],
  ['labeled', 'pull.labeled'],
  ['unlabeled', 'pull.unlabeled'],
  ['assigned', 'pull.assigned'],
  ['unassigned', 'pull.unassigned'],
  ['milestoned', 'pull.milestoned'],
  ['demilestoned', 'pull.demilestoned'],
  ['review_requested', 'pull.review_requested'],
  ['review_request_removed', 'pull.review_request_removed'],
  ['locked', 'pull.locked'],
  ['unlocked', 'pull.unlocked'],
  ['auto_merge_enabled', 'pull.auto_merge_enabled'],
  ['auto_merge_disabled', 'pull.auto_merge_disabled'],
  ['enqueued', 'pull.enqueued'],
  ['dequeued', 'pull.dequeued'],
]);

/** `pull_request`. One `edited` may change the base and the text: then it is two events. */
export function readPull(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const pull = objectAt(payload, 'pull_request');
  if (pull === undefined) return [{ reason: 'The payload has no pull request.' }];
  const fields: Meaning = {
    ...toPullSubject(payload, pull),
    occurredAt: timeAt(pull, 'updated_at'),
    reviewer: toReviewer(payload),
    before: textAt(payload, 'before'),
    after: textAt(payload, 'after'),
  };
  if (action === 'edited') return readEdit(payload, pull, fields);
  const type = action === 'closed' && fields.merged === true ? 'pull.merged' : TYPES.get(action ?? '');
  return [{ type, ...fields }];
}

/** Fields of the pull request within a payload, whatever the event is about. */
export function toPullSubject(payload: JsonObject, pull: JsonObject): Omit<EventDraft, 'type'> {
  // Reviews carry a shorter form without `merged`; `merged_at` is in both.
  const told = booleanAt(pull, 'merged') ?? (Object.hasOwn(pull, 'merged_at') ? false : undefined);
  const merged = timeAt(pull, 'merged_at') === undefined ? told : true;
  return {
    ...toSubject(payload, pull),
    subject: 'pull',
    state: merged === true ? 'merged' : textAt(pull, 'state')?.toLowerCase(),
    head: toEnd(pull, 'head'),
    base: toEnd(pull, 'base'),
    draft: booleanAt(pull, 'draft'),
    merged,
    // Before the merge this is a trial merge that never reaches the branch.
    mergeCommit: merged === true ? textAt(pull, 'merge_commit_sha') : undefined,
    reviewers: fieldsAt(pull, 'requested_reviewers', 'login'),
  };
}

function toEnd(pull: JsonObject, name: 'head' | 'base'): EventDraft['head'] {
  return present({
    ref: textAt(pull, name, 'ref'),
    sha: textAt(pull, name, 'sha'),
    // A head whose fork was deleted has no repository.
    repo: textAt(pull, name, 'repo', 'full_name'),
  });
}

function toReviewer(payload: JsonObject): string | undefined {
  return (
    textAt(payload, 'requested_reviewer', 'login') ??
    textAt(payload, 'requested_team', 'slug') ??
    textAt(payload, 'requested_team', 'name')
  );
}

function readEdit(payload: JsonObject, pull: JsonObject, fields: Meaning): readonly Meaning[] {
  const changes = toChanges(payload, pull, ['title', 'body']);
  const edited: Meaning = { type: 'pull.edited', ...fields, changes };
  if (objectAt(payload, 'changes', 'base') === undefined) return [edited];
  const base = { from: textAt(payload, 'changes', 'base', 'ref', 'from'), to: textAt(pull, 'base', 'ref') };
  const retargeted: Meaning = { type: 'pull.retargeted', ...fields, changes: { base } };
  return changes === undefined ? [retargeted] : [retargeted, edited];
}
