import type { TaskReason, TaskSummary } from '../api/task-shapes.ts';
import { TASK_STATE_TEXTS } from './task-states.ts';

/** What a task is about: `owner/app #12`, `owner/app !12` for a pull request, or the key of its maker. */
export function toSubjectText({
  repo,
  subject,
  number,
  key,
}: Pick<TaskSummary, 'repo' | 'subject' | 'number' | 'key'>): string {
  if (repo === null) return key;
  return number === null ? repo : `${repo} ${subject === 'pull' ? '!' : '#'}${number}`;
}

/** A title, or what stands for one that is missing. */
export function toTitle({ title, key }: Pick<TaskSummary, 'title' | 'key'>): string {
  return title.trim() === '' ? key : title;
}

/** A task as one would say it. */
export function toSpokenTask(task: TaskSummary): string {
  const { state, reason, agent } = task;
  const holder = agent === null ? '' : `, held by ${agent}`;
  const why = reason === null ? '' : `. ${reason}`;
  return `${TASK_STATE_TEXTS[state].name}: ${toTitle(task)}, ${toSubjectText(task)}${holder}${why}`;
}

/** Why a task is open, in words. */
export function toReasonText({ by, value, actor }: TaskReason): string {
  const who = actor === null ? '' : ` by ${actor}`;
  switch (by) {
    case 'assignee':
      return `assigned to ${value}${who}`;
    case 'label':
      return `labelled ${value}${who}`;
    case 'command':
      return `asked for with ${value}${who}`;
    case 'api':
      return `opened by hand${who}`;
    default:
      return `opened by a rule${who}`;
  }
}
