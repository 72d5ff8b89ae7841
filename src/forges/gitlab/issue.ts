import type { EventDraft } from '../../core/event.ts';
import { bodyAt, booleanAt, type JsonObject, numberAt, objectAt, textAt, timeAt, valueAt } from '../read.ts';
import { toAssigneeDrafts, toEditedDrafts, toLabelDrafts, toLockDrafts, toMilestoneDrafts } from './bag.ts';
import { type Source, toBase, toDraft } from './native.ts';
import { findAuthor, findLabels, findPeople, findState } from './subject.ts';

/** Fields of an update that have an event of their own. */
const HANDLED = ['labels', 'assignees', 'assignee', 'milestone_id', 'discussion_locked', 'moved_to_id'];

/** Issue and work item events, confidential ones included. */
export function toIssueDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const issue = objectAt(payload, 'object_attributes');
  const base: Omit<EventDraft, 'type'> = { ...toBase(source), ...toIssueFields(source, issue) };
  switch (source.action ?? guessAction(issue)) {
    case 'open':
      return [toDraft({ ...base, type: 'issue.opened' })];
    case 'close':
      return [toDraft({ ...base, type: 'issue.closed' })];
    case 'reopen':
      return [toDraft({ ...base, type: 'issue.reopened' })];
    default:
      return toUpdateDrafts(base, objectAt(payload, 'changes') ?? {});
  }
}

function toIssueFields(source: Source, issue: JsonObject | undefined): Partial<EventDraft> {
  const { payload } = source;
  return {
    occurredAt: timeAt(issue, 'updated_at') ?? timeAt(issue, 'created_at'),
    subject: 'issue',
    number: numberAt(issue, 'iid'),
    title: textAt(issue, 'title'),
    body: bodyAt(issue, 'description'),
    url: textAt(issue, 'url'),
    state: findState(issue),
    author: findAuthor(payload, issue),
    labels: findLabels(payload, issue),
    assignees: findPeople(payload, issue, 'assignee'),
    locked: booleanAt(issue, 'discussion_locked'),
    confidential: findConfidential(source, issue),
  };
}

/** Marked by the object, by the header or by the finer type. */
export function findConfidential(source: Source, subject: unknown): boolean | undefined {
  const marked =
    source.event.startsWith('Confidential ') ||
    textAt(source.payload, 'event_type')?.startsWith('confidential_') === true;
  return marked || booleanAt(subject, 'confidential');
}

/** Bodies without an action (before 6.6) tell only the state. */
export function guessAction(subject: unknown): string | undefined {
  const state = findState(subject);
  if (state === 'merged') return 'merge';
  if (state === 'closed') return 'close';
  const isNew = timeAt(subject, 'created_at') === timeAt(subject, 'updated_at');
  return state === 'open' && isNew ? 'open' : undefined;
}

function toUpdateDrafts(base: Omit<EventDraft, 'type'>, changes: JsonObject): EventDraft[] {
  const edges = [
    ...toLabelDrafts('issue', base, changes),
    ...toAssigneeDrafts('issue', base, changes),
    ...toMilestoneDrafts('issue', base, changes),
    ...toLockDrafts('issue', base, changes),
  ];
  if (valueAt(changes, 'moved_to_id', 'current') !== undefined) {
    edges.push(toDraft({ ...base, type: 'issue.transferred' }));
  }
  return [...toEditedDrafts('issue', base, changes, HANDLED, edges.length > 0), ...edges];
}
