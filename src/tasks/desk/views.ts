import type { TaskEntryRow } from '../../store/task-entries.ts';
import type { TaskLeaseRow } from '../../store/task-leases.ts';
import type { Task } from '../contract.ts';
import type { Moved, TaskDependency, TaskDetails, TaskSummary } from '../shapes.ts';

/** Tasks as agents and people are told of them. */

/** @param ordinal the task's place in the order of creation. */
export function toSummary(task: Task, ordinal: number): TaskSummary {
  return {
    id: task.id,
    ordinal,
    key: task.key,
    state: task.state,
    reason: task.reason,
    title: task.title,
    forge: task.forge,
    repo: task.repo,
    subject: task.subject,
    number: task.number,
    url: task.url,
    labels: task.labels,
    priority: task.priority,
    difficulty: task.difficulty,
    estimate: task.estimate,
    round: task.round,
    attempt: task.attempt,
    maxAttempts: task.options.maxAttempts,
    agent: task.leaseUntil === null ? null : task.agent,
    chosenAgent: task.chosenAgent,
    percent: task.percent,
    note: task.note,
    expiresAt: task.leaseUntil,
    createdAt: task.createdAt,
    updatedAt: task.updatedAt,
    queuedAt: task.queuedAt,
    finishedAt: task.finishedAt,
  };
}

/** What belongs to a task besides its row. */
export interface TaskParts {
  readonly ordinal: number;
  readonly dependencies: readonly TaskDependency[];
  readonly leases: readonly TaskLeaseRow[];
  readonly journal: readonly TaskEntryRow[];
}

export function toDetails(task: Task, { ordinal, dependencies, leases, journal }: TaskParts): TaskDetails {
  return {
    ...toSummary(task, ordinal),
    body: task.body,
    author: task.author,
    reasons: task.reasons.map((reason) => ({ ...reason })),
    chosenBecause: task.chosenBecause,
    understood: task.understood === null ? null : { ...task.understood },
    options: { ...task.options },
    question: task.question,
    handover: task.handover,
    verdicts: toVerdicts(task),
    submitted: toResult(task.submitted),
    result: toResult(task.result),
    approvedBy: task.approvedBy,
    quarantinedBy: task.quarantinedBy,
    dependencies,
    leases,
    journal,
  };
}

/** What an agent is told after it said something. */
export function toMoved(task: Task): Moved {
  const { id, state, reason, attempt, leaseUntil } = task;
  return { id, state, reason, attempt, verdicts: toVerdicts(task), expiresAt: leaseUntil };
}

export function toVerdicts(task: Task): Moved['verdicts'] {
  return (task.verdicts ?? []).map((verdict) => ({ ...verdict }));
}

function toResult(result: Task['result']): TaskDetails['result'] {
  if (result === null) return null;
  const { commits, ...rest } = result;
  return commits === undefined ? rest : { ...rest, commits: [...commits] };
}
