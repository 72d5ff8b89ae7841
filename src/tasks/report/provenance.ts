import type { Task, TaskReason } from '../contract.ts';
import { toForeignCode } from './foreign-text.ts';

const REASON_WORDS: Readonly<Record<TaskReason['by'], string>> = {
  assignee: 'assigned to',
  label: 'labelled',
  command: 'asked for with',
  api: 'opened by API',
  rule: 'opened by a rule',
};

const MOST_REASONS = 5;

/** Where all of it comes from: task, reasons, rule and event, holder, lease and attempt. One paragraph. */
export function toProvenance(task: Task): string {
  const { id, round, reasons, options, agent, fence, attempt } = task;
  const why = reasons.slice(0, MOST_REASONS).map(toReason);
  const holder = agent === null ? [] : [`agent ${toForeignCode(agent)}`];
  const parts = [
    `Task \`${id}\`, round ${round}`,
    ...(why.length === 0 ? [] : [why.join(' and ')]),
    ...(options.rule === null ? [] : [`rule ${toForeignCode(options.rule)}`]),
    ...holder,
    ...(fence === 0 ? [] : [`lease ${fence}`]),
    `${attempt} failed or expired ${attempt === 1 ? 'attempt' : 'attempts'}`,
  ];
  return `${parts.join(' · ')}. This comment is kept up to date by Fettle.`;
}

function toReason({ by, value, actor, seq }: TaskReason): string {
  const what = value === '' ? REASON_WORDS[by] : `${REASON_WORDS[by]} ${toForeignCode(value)}`;
  const from = [
    ...(actor === null ? [] : [`by ${toForeignCode(actor)}`]),
    ...(seq === undefined ? [] : [`event ${seq}`]),
  ];
  return from.length === 0 ? what : `${what} (${from.join(', ')})`;
}
