import type { EventType } from '../../core/event-types.ts';
import type { Normalised } from '../contract.ts';
import { idAt, objectAt, present, textAt, timeAt } from '../read.ts';
import { findType } from './issue.ts';
import { type Reading, toDraft, toUnknown, toUnknownAction } from './reading.ts';

const RUN_TYPES: Record<string, EventType> = {
  requested: 'workflow_run.requested',
  queued: 'workflow_run.requested',
  waiting: 'workflow_run.requested',
  in_progress: 'workflow_run.in_progress',
  completed: 'workflow_run.completed',
};
const JOB_TYPES: Record<string, EventType> = {
  queued: 'workflow_job.queued',
  waiting: 'workflow_job.queued',
  in_progress: 'workflow_job.in_progress',
  completed: 'workflow_job.completed',
};

/** `status`: a commit status was set. Its `state` is both status and, once not pending, result. */
export function normaliseStatus(reading: Reading): Normalised {
  const { payload } = reading;
  const state = textAt(payload, 'state')?.toLowerCase();
  if (state === undefined) return toUnknown(reading, 'The commit status has no state.');
  const url = textAt(payload, 'target_url');
  const draft = toDraft(reading, 'status.updated', {
    url,
    occurredAt: timeAt(payload, 'updated_at') ?? timeAt(payload, 'created_at'),
    check: present({
      id: idAt(payload, 'id'),
      name: textAt(payload, 'context'),
      status: state,
      conclusion: state === 'pending' ? undefined : state,
      sha: textAt(payload, 'sha') ?? textAt(payload, 'commit', 'id'),
      url,
      description: textAt(payload, 'description'),
    }),
  });
  return { drafts: [draft] };
}

/** `workflow_run` and `workflow_job` of Gitea Actions, worded as GitHub words them. */
export function normaliseWorkflow(reading: Reading, kind: 'workflow_run' | 'workflow_job'): Normalised {
  const { payload, action } = reading;
  const object = objectAt(payload, kind);
  const type = findType(kind === 'workflow_run' ? RUN_TYPES : JOB_TYPES, action);
  if (type === undefined || object === undefined) return toUnknownAction(reading);
  const url = textAt(object, 'html_url');
  const draft = toDraft(reading, type, {
    url,
    occurredAt: toOccurredAt(type, object),
    check: present({
      id: idAt(object, 'id'),
      name: textAt(object, 'name') ?? textAt(payload, 'workflow', 'name') ?? textAt(object, 'path'),
      status: textAt(object, 'status')?.toLowerCase(),
      conclusion: textAt(object, 'conclusion')?.toLowerCase(),
      sha: textAt(object, 'head_sha'),
      branch: textAt(object, 'head_branch'),
      url,
      description: textAt(object, 'display_title'),
    }),
  });
  return { drafts: [draft] };
}

function toOccurredAt(type: EventType, object: unknown): string | undefined {
  if (type.endsWith('.completed')) return timeAt(object, 'completed_at');
  return timeAt(object, type.endsWith('.in_progress') ? 'started_at' : 'created_at');
}
