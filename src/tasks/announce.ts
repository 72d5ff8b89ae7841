import type { Config } from '../config/config.ts';
import { type Event, EVENT_VERSION, type Repository } from '../core/event.ts';
import { createId } from '../core/id.ts';
import { toStableId } from '../core/stable-id.ts';
import type { NewEvent } from '../store/batch.ts';
import type { NewRun } from '../store/runs.ts';
import type { FollowUp, Task, TaskEventType } from './contract.ts';

/** What others are told of a task: events for the stream and for rules, and runs for what is to be done next. */

/** Name under which runs that follow from a task are listed. */
export const TASKS_RULE = 'fettle/tasks';

/** An event of a task; undefined when its forge is not configured any more, so that nobody can say what kind it is. */
export function toTaskEvent(
  type: TaskEventType,
  task: Task,
  { config, agent, atIso }: { readonly config: Config; readonly agent: string | null; readonly atIso: string },
): Omit<Event, 'seq'> | undefined {
  const forge = config.forges[task.forge];
  if (forge === undefined) return undefined;
  const repo = task.repository ?? (task.repo === null ? null : toRepository(task.repo));
  return {
    id: createId(),
    v: EVENT_VERSION,
    forge: task.forge,
    kind: forge.kind,
    origin: 'manual',
    receivedAt: atIso,
    type,
    occurredAt: atIso,
    ...(repo === null ? {} : { repo }),
    ...(task.subject === null ? {} : { subject: task.subject }),
    ...(task.number === null ? {} : { number: task.number }),
    title: task.title,
    ...(task.url === null ? {} : { url: task.url }),
    labels: [...task.labels],
    task: {
      id: task.id,
      state: task.state,
      round: task.round,
      attempt: task.attempt,
      ...(agent === null ? {} : { agent }),
      ...(task.reason === null ? {} : { reason: task.reason }),
    },
  };
}

function toRepository(fullName: string): Repository {
  const slash = fullName.lastIndexOf('/');
  return { fullName, owner: fullName.slice(0, Math.max(slash, 0)), name: fullName.slice(slash + 1) };
}

/** The row of an event of a task. */
export function toTaskEventRow(event: Omit<Event, 'seq'>, matched: string | null): NewEvent {
  return {
    id: event.id,
    receivedAt: event.receivedAt,
    deliveryId: null,
    forge: event.forge,
    type: event.type,
    repo: event.repo?.fullName ?? null,
    actor: null,
    subject: event.subject ?? null,
    number: event.number ?? null,
    label: null,
    trigger: event.trigger ?? null,
    action: null,
    event: JSON.stringify(event),
    matched,
  };
}

/**
 * The run of what follows from a change. Its id follows from the task, its revision and what is to be done, so that nothing is done twice.
 * @param position among what follows from the change.
 */
export function toFollowUpRun(
  follow: FollowUp,
  task: Task,
  {
    event,
    atIso,
    position,
  }: { readonly event: Omit<Event, 'seq'> | undefined; readonly atIso: string; readonly position: number },
): NewRun {
  const action = `task.${follow.kind}`;
  const forge = `forge:${task.forge}`;
  return {
    id: toStableId(['task', task.id, task.revision, action, position]),
    createdAt: atIso,
    eventId: event?.id ?? null,
    eventReceivedAt: event?.receivedAt ?? null,
    deliveryId: null,
    origin: event === undefined ? 'manual' : 'event',
    rule: TASKS_RULE,
    ruleSource: null,
    action,
    position,
    chain: toStableId(['task', task.id, task.revision]),
    afterRun: null,
    forge: task.forge,
    repo: task.repo,
    subject: task.subject,
    number: task.number,
    destination: forge,
    orderKey: `${follow.kind === 'say' ? 'task.report' : action} ${task.id}`,
    credential: forge,
    input: JSON.stringify(toInput(follow, task)),
    options: { retryForMs: null, maxAttempts: null, timeoutMs: null, onUnknown: 'stop' },
    priority: 0,
    hops: 0,
    state: 'queued',
    reason: null,
    code: null,
    nextAt: atIso,
    finishedAt: null,
  };
}

function toInput(follow: FollowUp, { id, revision }: Task): Readonly<Record<string, unknown>> {
  switch (follow.kind) {
    case 'report':
    case 'read':
      return { task: id };
    case 'say':
      return { task: id, revision, text: follow.text, ...(follow.mention === null ? {} : { mention: follow.mention }) };
    case 'verify':
      return { task: id, fence: follow.fence };
    default:
      return { task: id, comment: follow.comment };
  }
}
