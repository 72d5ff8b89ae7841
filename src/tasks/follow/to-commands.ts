import type { Event } from '../../core/event.ts';
import type { EventType } from '../../core/event-types.ts';
import type { FollowingTask } from '../../store/task-cursor.ts';
import type { HeardComment, TaskReason } from '../contract.ts';
import type { SubjectFacts, TaskCommand } from '../machine/contract.ts';
import { namesSubject } from '../subject-mention.ts';

/** What an event on a forge means for a task. Pure: the same event always means the same. */

/** What becomes of the subject itself. These count whoever did it, the hub too. */
const ENDS: Partial<Record<EventType, 'closed' | 'merged' | 'deleted'>> = {
  'issue.closed': 'closed',
  'issue.deleted': 'deleted',
  'issue.transferred': 'deleted',
  'pull.closed': 'closed',
  'pull.merged': 'merged',
  'pull.deleted': 'deleted',
};
const REOPENINGS: ReadonlySet<EventType> = new Set(['issue.reopened', 'pull.reopened']);
const WITHDRAWALS: Partial<Record<EventType, 'assignee' | 'label'>> = {
  'issue.unassigned': 'assignee',
  'pull.unassigned': 'assignee',
  'issue.unlabeled': 'label',
  'pull.unlabeled': 'label',
};

/** What the holder is told, and whether the text is to be read again. */
const NEWS: Partial<Record<EventType, { readonly what: string; readonly isToBeRead?: true }>> = {
  'issue.edited': { what: 'edited', isToBeRead: true },
  'pull.edited': { what: 'edited', isToBeRead: true },
  'issue.labeled': { what: 'labeled', isToBeRead: true },
  'pull.labeled': { what: 'labeled', isToBeRead: true },
  'issue.unlabeled': { what: 'unlabeled', isToBeRead: true },
  'pull.unlabeled': { what: 'unlabeled', isToBeRead: true },
  'issue.assigned': { what: 'assigned' },
  'pull.assigned': { what: 'assigned' },
  'issue.unassigned': { what: 'unassigned' },
  'pull.unassigned': { what: 'unassigned' },
  'comment.created': { what: 'commented' },
  'comment.edited': { what: 'comment_edited' },
  'comment.deleted': { what: 'comment_deleted' },
  'review.approved': { what: 'reviewed' },
  'review.changes_requested': { what: 'reviewed' },
  'review.commented': { what: 'reviewed' },
  'review.withdrawn': { what: 'reviewed' },
  'review_comment.created': { what: 'commented' },
  'pull.synchronized': { what: 'pushed' },
  'pull.retargeted': { what: 'retargeted' },
  'pull.ready': { what: 'ready' },
  'pull.draft': { what: 'draft' },
};

/** Events of a pull request that are news for the issues that it names. */
const LINKED: Partial<Record<EventType, string>> = {
  'pull.opened': 'pull_opened',
  'pull.closed': 'pull_closed',
  'pull.merged': 'pull_merged',
  'pull.reopened': 'pull_reopened',
  'pull.ready': 'pull_ready',
  'pull.synchronized': 'pull_pushed',
  'review.approved': 'pull_reviewed',
  'review.changes_requested': 'pull_reviewed',
  'review.commented': 'pull_reviewed',
};

const ANSWERS: ReadonlySet<EventType> = new Set(['comment.created', 'review.commented', 'review_comment.created']);

/** Types of events that mean something for the task of their subject, or for what waits for it. */
export const SUBJECT_TYPES: readonly EventType[] = [
  ...new Set([...Object.keys(ENDS), ...REOPENINGS, ...Object.keys(NEWS)] as EventType[]),
];
/** Types of events whose text may name another subject. */
export const LINKED_TYPES = Object.keys(LINKED) as EventType[];
/** Events of tasks after which what waits for their subjects is told why. */
export const TASK_TYPES: readonly EventType[] = [
  'task.opened',
  'task.succeeded',
  'task.failed',
  'task.cancelled',
  'task.dead',
];

/** How the subject ended; undefined when the event says nothing of the kind. */
export function toEnd({ type }: Pick<Event, 'type'>): 'closed' | 'merged' | 'deleted' | undefined {
  return ENDS[type];
}

export function isReopening({ type }: Pick<Event, 'type'>): boolean {
  return REOPENINGS.has(type);
}

/** Whether an event takes back a reason for a task. Forges ignore case in logins and labels. */
export function takesBack(event: Event, reason: Pick<TaskReason, 'by' | 'value'>): boolean {
  const value = toWithdrawnValue(event);
  return WITHDRAWALS[event.type] === reason.by && value?.toLowerCase() === reason.value.toLowerCase();
}

/** Whether nothing is done about an event: it is too old to be news, or was made by replaying another one. */
export function isPast(event: Event): boolean {
  return event.stale === true || event.origin === 'replay' || event.test === true;
}

/**
 * What an event means for the task of its subject, in order.
 * @param ownLabels labels that show the state of tasks, in lower case: these say nothing.
 */
export function toCommands(event: Event, task: FollowingTask, ownLabels: ReadonlySet<string>): TaskCommand[] {
  if (isPast(event)) return [];
  const actor = event.actor?.login ?? null;
  const end = toEnd(event);
  if (end !== undefined) return [{ kind: 'close', how: end, actor }];
  if (isReopening(event)) return [{ kind: 'reopen', actor }];
  const commands: TaskCommand[] = [];
  const by = WITHDRAWALS[event.type];
  const value = toWithdrawnValue(event);
  if (by !== undefined && value !== undefined) commands.push({ kind: 'withdraw', by, value, actor });
  const news = NEWS[event.type];
  if (news === undefined || event.own === true) return commands;
  const isLabel = event.label !== undefined && /label/.test(event.type);
  if (isLabel && ownLabels.has(event.label?.toLowerCase() ?? '')) return commands;
  const comment = toHeardComment(event, task);
  commands.push({
    kind: 'news',
    what: news.what,
    by: actor,
    data: toData(event),
    facts: toChangedFacts(event),
    isToBeRead: news.isToBeRead === true,
    ...(comment === undefined ? {} : { comment }),
  });
  return commands;
}

/** What an event of a pull request means for the task of an issue that it names; nothing when it does not. */
export function toLinkedCommands(event: Event, task: FollowingTask): TaskCommand[] {
  const what = LINKED[event.type];
  const { number, own, subject } = event;
  if (what === undefined || own === true || isPast(event) || number === undefined || subject !== 'pull') return [];
  if (task.subject !== 'issue' || !listNamed(event).includes(task.number) || !names(event, task)) return [];
  return [
    { kind: 'news', what, by: event.actor?.login ?? null, data: { ...toData(event), pull: number }, isToBeRead: false },
  ];
}

/** Branches that were suggested for the task of an issue carry its number. */
const SUGGESTED = /^fettle\/(\d{1,10})(?:-|$)/;
/** Numbers that one event may name; what names more is a list and no work on any of them. */
const MOST_NAMED = 20;

/** The numbers that a pull request may name. */
export function listNamed(event: Event): number[] {
  const branch = SUGGESTED.exec(event.head?.ref ?? '')?.[1];
  const marked = [...toText(event).matchAll(/(?:#|issues\/)(\d{1,10})/g)]
    .slice(0, MOST_NAMED)
    .map(([, digits]) => digits);
  return [...new Set([branch, ...marked].flatMap((digits) => (digits === undefined ? [] : [Number(digits)])))];
}

function names(event: Event, task: FollowingTask): boolean {
  return SUGGESTED.exec(event.head?.ref ?? '')?.[1] === String(task.number) || namesSubject(toText(event), task);
}

/** The title, and the text where it is that of the pull request and not of a review. */
function toText({ type, title = '', body = '' }: Event): string {
  return type.startsWith('pull.') ? `${title}\n${body}` : title;
}

function toWithdrawnValue(event: Event): string | undefined {
  return WITHDRAWALS[event.type] === 'label' ? event.label : event.assignee;
}

/** Longest text that goes into the journal; the bundle has the whole conversation. */
const LONGEST_TEXT = 16_000;

/** What the journal keeps of an event. */
function toData(event: Event): Readonly<Record<string, unknown>> {
  const { seq, type, url, label, assignee, title, body, commentId, reviewer, permission, changes, after, head } = event;
  const hasText = /^(comment|review)/.test(type);
  return JSON.parse(
    JSON.stringify({
      seq,
      type,
      url,
      label,
      assignee,
      title: type.startsWith('pull.') || type.endsWith('.edited') ? title : undefined,
      body: hasText ? body?.slice(0, LONGEST_TEXT) : undefined,
      comment: commentId,
      reviewer,
      permission,
      changed: changes === undefined ? undefined : Object.keys(changes),
      commit: type === 'pull.synchronized' ? (after ?? head?.sha) : undefined,
    }),
  ) as Record<string, unknown>;
}

/** What of the subject is other after the event, as far as it tells. */
export function toChangedFacts(event: Event): Partial<SubjectFacts> {
  const { type, title, body, labels, url } = event;
  const isSubject = type.startsWith('issue.') || type.startsWith('pull.');
  if (!isSubject) return {};
  return {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
    ...(labels === undefined ? {} : { labels }),
    ...(url === undefined ? {} : { url }),
  };
}

/** A comment that may answer a question: not by a bot, nor by the account that the work is assigned to. */
function toHeardComment(event: Event, { reasons }: FollowingTask): HeardComment | undefined {
  const { type, actor, body, commentId, occurredAt, receivedAt, url, permission } = event;
  if (!ANSWERS.has(type) || actor === undefined || actor.bot || body === undefined || body.trim() === '')
    return undefined;
  const login = actor.login.toLowerCase();
  if (reasons.some(({ by, value }) => by === 'assignee' && value.toLowerCase() === login)) return undefined;
  return {
    id: commentId ?? null,
    author: actor.login,
    body,
    at: occurredAt ?? receivedAt,
    url: url ?? null,
    ...(permission === undefined || permission === 'unknown' ? {} : { permission }),
  };
}
