import type { EventType } from '../../core/event-types.ts';
import { idAt, type JsonObject, listAt, objectAt, present, textAt, timeAt } from '../read.ts';
import type { Meaning } from './native.ts';

const CHECK_RUN_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['created', 'check_run.created'],
  ['completed', 'check_run.completed'],
  ['rerequested', 'check_run.rerequested'],
  ['requested_action', 'check_run.requested_action'],
]);

const CHECK_SUITE_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['requested', 'check_suite.requested'],
  ['rerequested', 'check_suite.rerequested'],
  ['completed', 'check_suite.completed'],
]);

const WORKFLOW_RUN_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['requested', 'workflow_run.requested'],
  ['in_progress', 'workflow_run.in_progress'],
  ['completed', 'workflow_run.completed'],
]);

/** `waiting` is a queued job that waits for the approval of its environment. */
const WORKFLOW_JOB_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['queued', 'workflow_job.queued'],
  ['waiting', 'workflow_job.queued'],
  ['in_progress', 'workflow_job.in_progress'],
  ['completed', 'workflow_job.completed'],
]);

/** `check_run`. No time is told for somebody asking again: the run still shows when it started and finished. */
export function readCheckRun(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const run = objectAt(payload, 'check_run');
  if (run === undefined) return [{ reason: 'The payload has no check run.' }];
  const times: Record<string, string | undefined> = {
    created: timeAt(run, 'started_at'),
    completed: timeAt(run, 'completed_at'),
  };
  const url = textAt(run, 'html_url') ?? textAt(run, 'details_url');
  return [
    {
      type: CHECK_RUN_TYPES.get(action ?? ''),
      occurredAt: action !== undefined && Object.hasOwn(times, action) ? times[action] : undefined,
      url,
      check: present({
        ...toResult(run),
        name: textAt(run, 'name'),
        branch: textAt(run, 'check_suite', 'head_branch'),
        url,
        description: textAt(run, 'output', 'title'),
      }),
    },
  ];
}

/** `check_suite`. Its name is that of the app which runs the checks. */
export function readCheckSuite(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const suite = objectAt(payload, 'check_suite');
  if (suite === undefined) return [{ reason: 'The payload has no check suite.' }];
  return [
    {
      type: CHECK_SUITE_TYPES.get(action ?? ''),
      occurredAt: timeAt(suite, 'updated_at'),
      check: present({
        ...toResult(suite),
        name: textAt(suite, 'app', 'name'),
        branch: textAt(suite, 'head_branch'),
      }),
    },
  ];
}

/** `status`. A commit may be on several branches; only a single one is told on. */
export function readStatus(payload: JsonObject): readonly Meaning[] {
  const state = textAt(payload, 'state')?.toLowerCase();
  const branches = listAt(payload, 'branches');
  const url = textAt(payload, 'target_url');
  return [
    {
      type: 'status.updated',
      occurredAt: timeAt(payload, 'updated_at') ?? timeAt(payload, 'created_at'),
      url,
      check: present({
        id: idAt(payload, 'id'),
        name: textAt(payload, 'context'),
        status: state,
        conclusion: state === 'pending' ? undefined : state,
        sha: textAt(payload, 'sha'),
        branch: branches.length === 1 ? textAt(branches[0], 'name') : undefined,
        url,
        description: textAt(payload, 'description'),
      }),
    },
  ];
}

/** `workflow_run`. */
export function readWorkflowRun(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const run = objectAt(payload, 'workflow_run');
  if (run === undefined) return [{ reason: 'The payload has no workflow run.' }];
  const url = textAt(run, 'html_url');
  return [
    {
      type: WORKFLOW_RUN_TYPES.get(action ?? ''),
      occurredAt: timeAt(run, 'updated_at'),
      url,
      check: present({
        ...toResult(run),
        name: textAt(run, 'name') ?? textAt(payload, 'workflow', 'name'),
        branch: textAt(run, 'head_branch'),
        url,
        description: textAt(run, 'display_title'),
      }),
    },
  ];
}

/** `workflow_job`. */
export function readWorkflowJob(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const job = objectAt(payload, 'workflow_job');
  if (job === undefined) return [{ reason: 'The payload has no workflow job.' }];
  const type = WORKFLOW_JOB_TYPES.get(action ?? '');
  const url = textAt(job, 'html_url');
  return [
    {
      type,
      occurredAt: toJobTime(job, type),
      url,
      check: present({ ...toResult(job), name: textAt(job, 'name'), branch: textAt(job, 'head_branch'), url }),
    },
  ];
}

/** A queued job may already show a `started_at` that equals its creation, so the type decides which time counts. */
function toJobTime(job: JsonObject, type: EventType | undefined): string | undefined {
  if (type === 'workflow_job.completed') return timeAt(job, 'completed_at');
  if (type === 'workflow_job.in_progress') return timeAt(job, 'started_at');
  return timeAt(job, 'created_at');
}

function toResult(source: JsonObject): NonNullable<Meaning['check']> {
  return {
    id: idAt(source, 'id'),
    status: textAt(source, 'status')?.toLowerCase(),
    conclusion: textAt(source, 'conclusion')?.toLowerCase(),
    sha: textAt(source, 'head_sha'),
  };
}
