import type { EventDraft } from '../../core/event.ts';
import { booleanAt, idAt, type JsonObject, numberAt, objectAt, textAt, timeAt } from '../read.ts';
import { type Source, toBase, toDraft } from './native.ts';
import { toUnknownDraft } from './unknown.ts';
import { toPullFields } from './subject.ts';

/**
 * Pipelines, jobs and deployments. GitLab sends one delivery per status; a status is one of three phases:
 *
 *   waiting   created, waiting_for_resource, waiting_for_callback, preparing, pending, scheduled, manual
 *   running   running, canceling
 *   finished  success, failed, canceled, skipped
 */
type Phase = 'waiting' | 'running' | 'finished';

const PHASES = new Map<string, Phase>([
  ['created', 'waiting'],
  ['waiting_for_resource', 'waiting'],
  ['waiting_for_callback', 'waiting'],
  ['preparing', 'waiting'],
  ['pending', 'waiting'],
  ['scheduled', 'waiting'],
  ['manual', 'waiting'],
  ['running', 'running'],
  ['canceling', 'running'],
  ['success', 'finished'],
  ['failed', 'finished'],
  ['canceled', 'finished'],
  ['skipped', 'finished'],
]);
const RUN_TYPES = {
  waiting: 'workflow_run.requested',
  running: 'workflow_run.in_progress',
  finished: 'workflow_run.completed',
} as const;
const JOB_TYPES = {
  waiting: 'workflow_job.queued',
  running: 'workflow_job.in_progress',
  finished: 'workflow_job.completed',
} as const;

/** Pipeline events. */
export function toPipelineDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const pipeline = objectAt(payload, 'object_attributes');
  const status = textAt(pipeline, 'status');
  const phase = PHASES.get(status ?? '');
  if (phase === undefined) return [toUnknownDraft(source, toStatusReason('pipeline', status))];
  const url = textAt(pipeline, 'url');
  return [
    toDraft({
      ...toBase(source),
      type: RUN_TYPES[phase],
      occurredAt: toPhaseTime(phase, pipeline, ''),
      ...toMergeRequestFields(payload),
      url,
      ...toRefFields(pipeline),
      check: {
        id: idAt(pipeline, 'id'),
        name: textAt(pipeline, 'name'),
        status,
        conclusion: phase === 'finished' ? status : undefined,
        sha: textAt(pipeline, 'sha'),
        branch: toRefFields(pipeline).branch,
        url,
      },
    }),
  ];
}

/** Job events; fields are prefixed `build_`, in some old versions `job_`. */
export function toJobDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const prefix = textAt(payload, 'build_status') === undefined ? 'job_' : 'build_';
  const status = textAt(payload, `${prefix}status`);
  const phase = PHASES.get(status ?? '');
  if (phase === undefined) return [toUnknownDraft(source, toStatusReason('job', status))];
  return [
    toDraft({
      ...toBase(source),
      type: JOB_TYPES[phase],
      occurredAt: toPhaseTime(phase, payload, prefix),
      ...toRefFields(payload),
      check: {
        id: idAt(payload, `${prefix}id`),
        name: textAt(payload, `${prefix}name`),
        status,
        conclusion: phase === 'finished' ? status : undefined,
        sha: textAt(payload, 'sha'),
        branch: toRefFields(payload).branch,
        // GitLab fills the failure reason while nothing has failed yet.
        description: status === 'failed' ? textAt(payload, `${prefix}failure_reason`) : undefined,
      },
    }),
  ];
}

/** Deployment events: one for each status reached, none for the creation. The ref is told without saying whether it is a branch or a tag, so it is left out. */
export function toDeploymentDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const status = textAt(payload, 'status');
  if (status === undefined) return [toUnknownDraft(source, toStatusReason('deployment', status))];
  const url = textAt(payload, 'deployable_url');
  return [
    toDraft({
      ...toBase(source),
      type: 'deployment.updated',
      occurredAt: timeAt(payload, 'status_changed_at'),
      url,
      check: {
        id: idAt(payload, 'deployment_id'),
        name: textAt(payload, 'environment'),
        status,
        conclusion: PHASES.get(status) === 'finished' ? status : undefined,
        sha: /[0-9a-f]{40,64}$/.exec(textAt(payload, 'commit_url') ?? '')?.[0] ?? textAt(payload, 'short_sha'),
        url,
        description: textAt(payload, 'commit_title'),
      },
    }),
  ];
}

function toStatusReason(noun: string, status: string | undefined): string {
  return status === undefined
    ? `The ${noun} event tells no status.`
    : `Fettle does not know the ${noun} status “${status}”.`;
}

function toRefFields(run: unknown): { branch?: string | undefined; tag?: string | undefined } {
  const ref = textAt(run, 'ref');
  return booleanAt(run, 'tag') === true ? { tag: ref } : { branch: ref };
}

function toPhaseTime(phase: Phase, run: unknown, prefix: string): string | undefined {
  if (phase === 'finished') return timeAt(run, `${prefix}finished_at`);
  return timeAt(run, phase === 'running' ? `${prefix}started_at` : `${prefix}created_at`);
}

/** The merge request a pipeline belongs to. */
function toMergeRequestFields(payload: JsonObject): Partial<EventDraft> {
  const mergeRequest = objectAt(payload, 'merge_request');
  const number = numberAt(mergeRequest, 'iid');
  if (number === undefined) return {};
  return { subject: 'pull', number, title: textAt(mergeRequest, 'title'), ...toPullFields(mergeRequest) };
}
