import type { EventType } from '../../core/event-types.ts';
import type { Normalised } from '../contract.ts';
import { actorAt, repositoryAt } from '../gitea/native.ts';
import { type Reading, toDraft } from '../gitea/reading.ts';
import { idAt, objectAt, present, textAt, timeAt } from '../read.ts';

/**
 * Forgejo's own events for Actions: `action_run_success`, `action_run_failure` and (until 2025) `action_run_recover` when a run has
 * finished, and `workflow_job_<status>` as a job moves on. The status words are Forgejo's; there is no conclusion beside it.
 */
export function normaliseActions(reading: Reading): Normalised | undefined {
  const { payload } = reading;
  const run = objectAt(payload, 'run');
  if (/^action_run_(success|failure|recover)$/.test(reading.type)) {
    return toCheckEvent(reading, 'workflow_run.completed', run, run);
  }
  if (!reading.type.startsWith('workflow_job_')) return undefined;
  const job = objectAt(payload, 'job');
  const status = textAt(job, 'status') ?? reading.type.slice('workflow_job_'.length);
  const type = findJobType(status);
  return type === undefined ? undefined : toCheckEvent(reading, type, job, run);
}

function findJobType(status: string): EventType | undefined {
  if (status === 'blocked' || status === 'waiting') return 'workflow_job.queued';
  if (status === 'running') return 'workflow_job.in_progress';
  const isDone = ['success', 'failure', 'cancelled', 'skipped'].includes(status);
  return isDone ? 'workflow_job.completed' : undefined;
}

function toCheckEvent(reading: Reading, type: EventType, object: unknown, run: unknown): Normalised {
  const isDone = type.endsWith('.completed');
  const status = textAt(object, 'status')?.toLowerCase() ?? reading.type.split('_').at(-1);
  const url = textAt(object, 'html_url');
  const draft = toDraft(reading, type, {
    repo: reading.common.repo ?? repositoryAt(run, 'repository'),
    actor: reading.common.actor ?? actorAt(run, 'trigger_user'),
    url,
    occurredAt: timeAt(object, isDone ? 'stopped' : 'updated'),
    check: present({
      id: idAt(object, 'id'),
      name: textAt(object, 'name') ?? textAt(object, 'workflow_id'),
      status,
      conclusion: isDone ? status : undefined,
      sha: textAt(object, 'commit_sha') ?? textAt(run, 'commit_sha'),
      branch: branchOf(run),
      url,
      description: textAt(run, 'title'),
    }),
  });
  return { drafts: [draft] };
}

/** `prettyref` is a branch for pushes, `#12` for pull requests, and a tag name for tags, which the trigger does not tell. */
function branchOf(run: unknown): string | undefined {
  const ref = textAt(run, 'prettyref');
  return ref === undefined || ref.startsWith('#') ? undefined : ref;
}
