import type { TaskVerb } from '../api/task-queries.ts';
import { isTaskOver, type TaskDetails } from '../api/task-shapes.ts';
import type { IconName } from '../shared/Icon.tsx';

/** Something that a person can do to a task now. */
export interface ShownVerb {
  readonly verb: Exclude<TaskVerb, 'waive'>;
  readonly label: string;
  readonly icon: IconName;
  /** What follows from it. */
  readonly question: string;
  readonly isMain: boolean;
}

/** What can be done to a task in its state, the likeliest first; the hub has the last word. */
export function toVerbs(task: TaskDetails): readonly ShownVerb[] {
  return [...toApproval(task), ...toRequeue(task), ...toCirculation(task)];
}

function toApproval(task: TaskDetails): readonly ShownVerb[] {
  if (isTaskOver(task)) return [];
  if (task.submitted !== null) {
    return [
      {
        verb: 'approve',
        label: 'Accept the work',
        icon: 'check',
        question: 'Accept what was handed in, whatever the checks say? The task is done then.',
        isMain: true,
      },
      {
        verb: 'reject',
        label: 'Send back',
        icon: 'back',
        question: 'Send the work back? The agent is told your note as what is still to be done.',
        isMain: false,
      },
    ];
  }
  const isAskedBefore = task.options.approval === 'before' || task.options.approval === 'both';
  if (!isAskedBefore || task.approvedBy !== null || task.agent !== null) return [];
  return [
    {
      verb: 'approve',
      label: 'Let it begin',
      icon: 'check',
      question: 'Let agents begin with this task? They are given the text of the issue as it stands.',
      isMain: true,
    },
    {
      verb: 'reject',
      label: 'Reject',
      icon: 'cross',
      question: 'Reject this task? It is called off.',
      isMain: false,
    },
  ];
}

function toRequeue(task: TaskDetails): readonly ShownVerb[] {
  const { state, agent, quarantinedBy, submitted, attempt } = task;
  const isOver = isTaskOver(task);
  const isAsIs = !isOver && agent === null && quarantinedBy === null && submitted === null && attempt === 0;
  if (state === 'succeeded' || isAsIs) return [];
  const taken = agent === null ? '' : ` It is taken from ${agent}.`;
  return [
    {
      verb: 'requeue',
      label: 'Requeue',
      icon: 'again',
      question: `Put it back into the queue with all its attempts before it?${taken}`,
      isMain: isOver || quarantinedBy !== null,
    },
  ];
}

function toCirculation(task: TaskDetails): readonly ShownVerb[] {
  if (isTaskOver(task)) return [];
  const told = task.agent === null ? '' : ` ${task.agent} is told with its next heartbeat.`;
  const cancel: ShownVerb = {
    verb: 'cancel',
    label: 'Call off',
    icon: 'cross',
    question: `Call this task off?${told}`,
    isMain: false,
  };
  if (task.quarantinedBy !== null) return [cancel];
  return [
    {
      verb: 'quarantine',
      label: 'Quarantine',
      icon: 'pause',
      question: `Take it out of circulation until somebody requeues it?${told}`,
      isMain: false,
    },
    cancel,
  ];
}
