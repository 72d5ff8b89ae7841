import type { HubEvent } from '../api/shapes.ts';
import { toNoun, toPhrase } from './event-types.ts';

/** An event in one line. Every text may come from a stranger and is shown as text only. */
export interface Summary {
  /** What it is about, short: `#12`, `main`, `v1.2.0`. */
  readonly about: string | null;
  /** In words: a title, the first line of a commit or of a comment. */
  readonly text: string;
  /** What was added, removed or decided: a label, a person, a result. */
  readonly detail: string | null;
  readonly tone: 'good' | 'bad' | 'label' | 'plain';
}

const GOOD = new Set(['success', 'successful', 'passed', 'succeeded', 'fixed']);
const BAD = new Set(['failure', 'failed', 'error', 'timed_out', 'cancelled', 'canceled', 'broken', 'action_required']);

/** The one line that says what happened; where the forge tells no words, the type is put into some. */
export function toSummary(event: HubEvent): Summary {
  const summary = summarise(event);
  return summary.text === '' ? { ...summary, text: toPhrase(event.type) } : summary;
}

function summarise(event: HubEvent): Summary {
  const line = (about: string | null, text: string | undefined, detail: string | null = null): Summary => ({
    about,
    text: text ?? '',
    detail,
    tone: 'plain',
  });
  const subject = toSubject(event);
  switch (toNoun(event.type)) {
    case 'push':
      return summarisePush(event);
    case 'branch':
    case 'tag':
      return line(event.branch ?? event.tag ?? null, event.type.endsWith('deleted') ? 'deleted' : 'created');
    case 'issue':
    case 'pull':
      return { ...line(subject, event.title, toChange(event)), tone: event.label === undefined ? 'plain' : 'label' };
    case 'comment':
    case 'review':
    case 'review_comment':
    case 'review_thread':
      return line(subject, event.title, toFirstLine(event.body) ?? event.path ?? null);
    case 'release':
      return line(event.release?.tag ?? event.tag ?? null, event.release?.name ?? event.title);
    case 'fork':
      return line(null, event.fork?.fullName ?? 'forked');
    case 'star':
    case 'watch':
      return line(null, event.type === 'star.deleted' ? 'A star less' : toStars(event));
    case 'package':
      return line(event.package?.version ?? null, event.package?.name, event.package?.type ?? null);
    case 'wiki':
      return line(null, event.pages?.map(({ title }) => title).join(', ') ?? event.title);
    case 'trigger':
      return line(event.trigger ?? null, event.title ?? event.branch, null);
    case 'task':
      return line(subject, event.title, event.task?.agent ?? event.task?.reason ?? null);
    case 'unknown':
      return line(toNative(event), event.reason ?? event.title);
    case 'ping':
      return line(null, 'The connection works.');
    case 'repository':
      return line(null, toChanges(event) ?? event.repo?.fullName);
    default:
      return summariseCheck(event);
  }
}

/** An event as one would say it. */
export function toSpokenText(event: HubEvent): string {
  const { about, text } = toSummary(event);
  return [event.actor?.login, toPhrase(event.type), about, text]
    .filter((part) => part !== null && part !== '')
    .join(' ');
}

function summarisePush(event: HubEvent): Summary {
  const ref = event.branch ?? event.tag ?? event.ref ?? null;
  const last = event.commits?.at(-1);
  if (event.deleted === true) return { about: ref, text: 'deleted', detail: null, tone: 'plain' };
  const count = event.commitCount ?? event.commits?.length ?? 0;
  const text = toFirstLine(last?.message) ?? (event.created === true ? 'created' : 'moved without new commits');
  return { about: ref, text, detail: count > 1 ? `${count} commits` : null, tone: 'plain' };
}

function summariseCheck({ check, title }: HubEvent): Summary {
  const result = check?.conclusion ?? check?.status ?? null;
  const tone = result === null ? 'plain' : GOOD.has(result) ? 'good' : BAD.has(result) ? 'bad' : 'plain';
  const description = check?.description === undefined ? '' : ` · ${check.description}`;
  return { about: check?.branch ?? null, text: `${check?.name ?? title ?? ''}${description}`, detail: result, tone };
}

function toSubject({ number, subjectId, sha }: HubEvent): string | null {
  if (number !== undefined) return `#${number}`;
  if (subjectId !== undefined) return subjectId;
  return sha === undefined ? null : sha.slice(0, 8);
}

function toChange(event: HubEvent): string | null {
  const verb = event.type.slice(event.type.indexOf('.') + 1);
  switch (verb) {
    case 'labeled':
    case 'unlabeled':
      return event.label ?? null;
    case 'assigned':
    case 'unassigned':
      return event.assignee ?? null;
    case 'milestoned':
    case 'demilestoned':
      return event.milestone ?? null;
    case 'review_requested':
    case 'review_request_removed':
      return event.reviewer ?? null;
    case 'opened':
    case 'merged':
    case 'retargeted':
      return event.head?.ref === undefined || event.base?.ref === undefined
        ? null
        : `${event.head.ref} → ${event.base.ref}`;
    case 'synchronized':
      return event.head?.sha?.slice(0, 8) ?? null;
    default:
      return null;
  }
}

function toChanges({ changes }: HubEvent): string | null {
  if (changes === undefined) return null;
  return Object.entries(changes)
    .map(([name, { from, to }]) => `${name}: ${from ?? '?'} → ${to ?? '?'}`)
    .join(', ');
}

function toStars({ repo }: HubEvent): string {
  return repo?.stars === undefined ? 'starred' : `★ ${repo.stars}`;
}

function toNative({ native }: HubEvent): string | null {
  if (native?.event === undefined) return null;
  return native.action === undefined ? native.event : `${native.event} ${native.action}`;
}

function toFirstLine(text: string | undefined): string | null {
  const line = text?.trimStart().split('\n', 1)[0]?.trim() ?? '';
  return line === '' ? null : line.slice(0, 300);
}
