import type { EventDraft } from '../../../core/event.ts';
import { bodyAt, numberAt, objectAt, textAt, timeAt } from '../../read.ts';
import { type Changes, listChangedFields, type Native } from '../native.ts';
import { readAccount, readLogin } from './account.ts';

const OPEN = new Set(['new', 'open', 'submitted', 'on hold']);
const CLOSED = new Set(['resolved', 'duplicate', 'invalid', 'wontfix', 'closed']);

/** The fields of an issue; undefined when the body has none. Cloud issues have no labels, and at most one assignee. */
export function readIssue({ payload, base }: Native): Omit<EventDraft, 'type'> | undefined {
  const issue = objectAt(payload, 'issue');
  const number = numberAt(issue, 'id');
  if (issue === undefined || number === undefined) return undefined;
  const assignee = readLogin(issue, 'assignee');
  const unassigned = Object.hasOwn(issue, 'assignee') && issue.assignee === null ? [] : undefined;
  return {
    ...base,
    occurredAt: timeAt(issue, 'updated_on'),
    subject: 'issue',
    number,
    title: textAt(issue, 'title'),
    body: bodyAt(issue, 'content', 'raw'),
    url: textAt(issue, 'links', 'html', 'href'),
    state: toState(textAt(issue, 'state')),
    author: readAccount(issue, 'reporter'),
    assignees: assignee === undefined ? unassigned : [assignee],
    milestone: textAt(issue, 'milestone', 'name'),
  };
}

/** `issue:created`. */
export function readIssueCreated(native: Native): readonly EventDraft[] {
  const issue = readIssue(native);
  return issue === undefined ? [] : [{ ...issue, type: 'issue.opened' }];
}

/**
 * `issue:updated`: `changes.<field>.{old,new}`. A status that crosses from open to closed or back, an assignee and a milestone
 * have events of their own; whatever else changed is one edit. The `comment` beside it only records the change.
 */
export function readIssueUpdated(native: Native): readonly EventDraft[] {
  const issue = readIssue(native);
  if (issue === undefined) return [];
  const drafts: EventDraft[] = [];
  const edited: Changes = {};
  for (const [field, change] of listChangedFields(native.payload)) {
    const from = readSide(change, 'old');
    const to = readSide(change, 'new');
    const before = toState(from);
    const after = toState(to);
    if (isStatus(field) && before !== after && after !== undefined) {
      drafts.push({ ...issue, type: after === 'closed' ? 'issue.closed' : 'issue.reopened', state: after });
    } else if (field === 'assignee' || field === 'responsible') {
      if (from !== undefined) drafts.push({ ...issue, type: 'issue.unassigned', assignee: from });
      if (to !== undefined) drafts.push({ ...issue, type: 'issue.assigned', assignee: to });
    } else if (field === 'milestone') {
      if (from !== undefined) drafts.push({ ...issue, type: 'issue.demilestoned', milestone: from });
      if (to !== undefined) drafts.push({ ...issue, type: 'issue.milestoned', milestone: to });
    } else edited[field === 'content' ? 'body' : field] = { from, to };
  }
  if (Object.keys(edited).length > 0) drafts.push({ ...issue, type: 'issue.edited', changes: edited });
  return drafts.length > 0 ? drafts : [{ ...issue, type: 'issue.edited' }];
}

function isStatus(field: string): boolean {
  return field === 'status' || field === 'state';
}

/** One side of a change: text, an account, or an object with a name. */
function readSide(change: unknown, side: 'old' | 'new'): string | undefined {
  return textAt(change, side) ?? readLogin(change, side) ?? textAt(change, side, 'name') ?? textAt(change, side, 'raw');
}

function toState(word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  if (OPEN.has(word)) return 'open';
  return CLOSED.has(word) ? 'closed' : undefined;
}
