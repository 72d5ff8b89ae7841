import type { ReactNode } from 'react';
import type { TaskDetails, TaskOptions } from '../api/task-shapes.ts';
import type { Field } from '../detail/FieldList.tsx';
import { Link } from '../navigation/Link.tsx';
import { SafeLink } from '../shared/SafeLink.tsx';
import { toDurationText, toMomentText } from '../shared/time.ts';
import { toReasonText, toSubjectText } from './task-texts.ts';

const APPROVALS: Record<TaskOptions['approval'], string | null> = {
  none: null,
  before: 'before it begins',
  after: 'before it counts as done',
  both: 'before it begins, and before it counts as done',
};

/** What is known of a task, named, in the order it is shown; what is not known is left out. */
export function toTaskFields(task: TaskDetails): readonly Field[] {
  const fields: Field[] = [];
  const add = (name: string, value: ReactNode) => {
    if (value !== undefined && value !== null && value !== '' && value !== false) fields.push({ name, value });
  };
  const { url, options, chosenAgent, chosenBecause, round } = task;
  add('Subject', url === null ? toSubjectText(task) : <SafeLink url={url}>{toSubjectText(task)}</SafeLink>);
  add('Written by', task.author);
  add('Open because', task.reasons.map(toReasonText).join('; '));
  add('Labels', task.labels.join(', '));
  add('Chosen', [chosenAgent, chosenBecause].filter((text) => text !== null).join(': '));
  add('Only for', options.agent);
  add('Skills', options.skills.join(', '));
  add('Approval', APPROVALS[options.approval]);
  add('Approved by', task.approvedBy);
  add('Gates', options.gates.map(toGateText).join(', '));
  add('Handed over', task.handover);
  add('Attempts', `${task.attempt} of ${task.maxAttempts} used`);
  add('Round', round > 1 && `opened ${round} times`);
  add('Priority', task.priority !== 0 && String(task.priority));
  add('Lease', `${toDurationText(options.leaseMs)} without a heartbeat`);
  add('Rule', options.rule);
  add('Made', toMomentText(task.createdAt));
  add('Claimable since', task.queuedAt !== null && toMomentText(task.queuedAt));
  add('Ended', task.finishedAt !== null && toMomentText(task.finishedAt));
  add(
    'Runs',
    task.repo !== null && (
      <Link href={`/runs?${new URLSearchParams({ repo: task.repo, forge: task.forge })}`}>of this repository</Link>
    ),
  );
  add('Key', <code>{task.key}</code>);
  add('Id', <code>{task.id}</code>);
  return fields;
}

function toGateText({ kind, argv }: TaskOptions['gates'][number]): string {
  return Array.isArray(argv) ? `${kind} ${argv.join(' ')}` : kind;
}
