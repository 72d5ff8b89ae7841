import type { EventDraft } from '../../core/event.ts';
import type { SubjectSnapshot } from '../contract.ts';
import { bodyAt, booleanAt, listAt, numberAt, objectAt, present, textAt, timeAt } from '../read.ts';
import { actorAt, branchEndAt, loginsOf } from './native.ts';
import type { Reading } from './reading.ts';

/** An issue or pull request within a payload. */
export interface Subject {
  readonly subject: 'issue' | 'pull';
  /** The native object. */
  readonly object: unknown;
  /** What an event about it says. */
  readonly fields: Omit<EventDraft, 'type'>;
  /** When it last changed, where the forge states that truthfully. */
  readonly updatedAt: string | undefined;
}

/** The issue of a delivery. */
export function readIssue(reading: Reading): Subject {
  return toSubject(reading, 'issue', reading.payload['issue'], {});
}

/** The pull request of a delivery. */
export function readPull(reading: Reading): Subject {
  const pull = objectAt(reading.payload, 'pull_request');
  return toSubject(reading, 'pull', pull, pullFieldsOf(pull));
}

/**
 * The issue or pull request that was commented on. It comes as `issue`; recent releases add a `pull_request` with more. Gogs and old
 * releases have no `is_pull`, but an `issue.pull_request` object.
 */
export function readCommented(reading: Reading): Subject {
  const { payload } = reading;
  const pull = objectAt(payload, 'pull_request');
  const isPull =
    booleanAt(payload, 'is_pull') ??
    (reading.type === 'pull_request_comment' ||
      pull !== undefined ||
      objectAt(payload, 'issue', 'pull_request') !== undefined);
  if (!isPull) return readIssue(reading);
  const merged = booleanAt(pull, 'merged') ?? booleanAt(payload, 'issue', 'pull_request', 'merged');
  const fields = { ...pullFieldsOf(pull), merged };
  return toSubject(reading, 'pull', objectAt(payload, 'issue') ?? pull, fields);
}

/**
 * The snapshot that the drain compares with others, because the family says neither which label nor which assignee changed.
 * Undefined without a number.
 */
export function toSnapshot(reading: Reading, subject: Subject): SubjectSnapshot | undefined {
  const { number, labels, assignees } = subject.fields;
  if (number === undefined) return undefined;
  return {
    subject: subject.subject,
    number,
    at: subject.updatedAt,
    labels,
    assignees,
    opened: reading.action === 'opened',
    touched: touchedBy(reading.action),
    base: present({ ...reading.common, ...subject.fields, occurredAt: subject.updatedAt }) ?? {},
  };
}

function touchedBy(action: string | undefined): SubjectSnapshot['touched'] {
  if (action === 'label_updated' || action === 'label_cleared') return 'labels';
  return action === 'assigned' || action === 'unassigned' ? 'assignees' : undefined;
}

function toSubject(
  reading: Reading,
  subject: 'issue' | 'pull',
  object: unknown,
  extra: Omit<EventDraft, 'type'>,
): Subject {
  const state = textAt(object, 'state');
  const fields = {
    subject,
    number: numberAt(object, 'number') ?? numberAt(reading.payload, 'number'),
    title: textAt(object, 'title'),
    body: bodyAt(object, 'body'),
    url: textAt(object, 'html_url') ?? textAt(reading.payload, 'pull_request', 'html_url'),
    state: extra.merged === true ? 'merged' : state,
    author: actorAt(object, 'user'),
    labels: labelsOf(object),
    assignees: assigneesOf(object),
    milestone: textAt(object, 'milestone', 'title'),
    locked: booleanAt(object, 'is_locked'),
    ...extra,
  };
  const updatedAt = reading.traits.statesUpdateTime ? timeAt(object, 'updated_at') : undefined;
  return { subject, object, fields, updatedAt };
}

function pullFieldsOf(pull: unknown): Omit<EventDraft, 'type'> {
  const fields = {
    head: branchEndAt(pull, 'head'),
    base: branchEndAt(pull, 'base'),
    draft: booleanAt(pull, 'draft'),
    merged: booleanAt(pull, 'merged'),
    mergeCommit: booleanAt(pull, 'merged') === true ? textAt(pull, 'merge_commit_sha') : undefined,
    reviewers: isTold(pull, 'requested_reviewers') ? loginsOf(listAt(pull, 'requested_reviewers')) : undefined,
  };
  return present(fields) ?? {};
}

function labelsOf(object: unknown): string[] | undefined {
  if (!isTold(object, 'labels')) return undefined;
  return listAt(object, 'labels')
    .map((label) => textAt(label, 'name'))
    .filter((name) => name !== undefined);
}

/** Gogs and old releases have one `assignee` only. */
function assigneesOf(object: unknown): string[] | undefined {
  if (isTold(object, 'assignees')) return loginsOf(listAt(object, 'assignees'));
  return isTold(object, 'assignee') ? loginsOf([objectAt(object, 'assignee')]) : undefined;
}

/** Whether a list or object is told: null stands for an empty one, any other shape tells nothing. */
function isTold(object: unknown, name: string): boolean {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) return false;
  return typeof (object as Record<string, unknown>)[name] === 'object';
}
