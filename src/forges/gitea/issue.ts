import type { EventDraft } from '../../core/event.ts';
import type { EventType } from '../../core/event-types.ts';
import type { Normalised } from '../contract.ts';
import { bodyAt, present, timeAt, valueAt } from '../read.ts';
import { permissionAt } from './native.ts';
import { type Reading, toDraft, toUnknown, toUnknownAction } from './reading.ts';
import { readIssue, type Subject, toSnapshot } from './subject.ts';

const TYPES: Record<string, EventType> = {
  opened: 'issue.opened',
  edited: 'issue.edited',
  closed: 'issue.closed',
  reopened: 'issue.reopened',
  deleted: 'issue.deleted',
  milestoned: 'issue.milestoned',
  demilestoned: 'issue.demilestoned',
};

/** `issues`: everything that happens to an issue but comments. Labels and assignees are left to the drain. */
export function normaliseIssue(reading: Reading): Normalised {
  const issue = readIssue(reading);
  if (issue.fields.number === undefined) return toUnknown(reading, 'The issue has no number.');
  const snapshot = toSnapshot(reading, issue);
  if (snapshot?.touched !== undefined) return { drafts: [], snapshot };
  const type = findType(TYPES, reading.action);
  if (type === undefined) return { ...toUnknownAction(reading), snapshot };
  return { drafts: [toDraft(reading, type, toChangeFields(reading, issue))], snapshot };
}

/** The type of an action in a table; own properties only, because the action comes from outside. */
export function findType(types: Record<string, EventType>, action: string | undefined): EventType | undefined {
  return action !== undefined && Object.hasOwn(types, action) ? types[action] : undefined;
}

/** The fields of an event that is about the subject itself: what it is now, what was edited, and when. */
export function toChangeFields(reading: Reading, { object, fields, updatedAt }: Subject): Omit<EventDraft, 'type'> {
  const { action, payload, traits } = reading;
  const opened = action === 'opened';
  return {
    ...fields,
    occurredAt: toOccurredAt(action, opened ? timeAt(object, 'created_at') : undefined, updatedAt),
    changes: action === 'edited' ? toChanges(reading, fields) : undefined,
    // On opening, the sender is the author, and the permissions are the author's; on other changes they are somebody else's.
    permission: opened && traits.statesPermission ? permissionAt(payload, 'repository') : undefined,
  };
}

/** A deleted subject keeps the time of its last edit; an old time would make a new event look stale. */
function toOccurredAt(action: string | undefined, createdAt: string | undefined, updatedAt: string | undefined) {
  return action === 'deleted' ? undefined : (createdAt ?? updatedAt);
}

function toChanges({ payload }: Reading, now: Omit<EventDraft, 'type'>): EventDraft['changes'] {
  const changeOf = (name: string, to: string | undefined) => {
    if (valueAt(payload, 'changes', name) === undefined) return undefined;
    return present({ from: bodyAt(payload, 'changes', name, 'from'), to }) ?? {};
  };
  return present({
    title: changeOf('title', now.title),
    body: changeOf('body', now.body),
    base: changeOf('ref', now.base?.ref),
  }) as EventDraft['changes'];
}
