import { idAt, type JsonObject, objectAt, present, textAt, timeAt } from '../read.ts';
import type { Meaning } from './native.ts';

/** States after which a deployment does not move by itself. */
const FINAL_STATES = new Set(['success', 'failure', 'error', 'inactive']);

/** `deployment`. Bodies from before 2020 have no action: then deployments were only ever created. */
export function readDeployment(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const deployment = objectAt(payload, 'deployment');
  if (deployment === undefined) return [{ reason: 'The payload has no deployment.' }];
  return [
    {
      type: (action ?? 'created') === 'created' ? 'deployment.created' : undefined,
      occurredAt: timeAt(deployment, 'created_at'),
      check: present({
        ...toTarget(payload, deployment),
        description: textAt(deployment, 'description'),
      }),
    },
  ];
}

/** `deployment_status`. */
export function readDeploymentStatus(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const deployment = objectAt(payload, 'deployment');
  const status = objectAt(payload, 'deployment_status');
  if (deployment === undefined || status === undefined) return [{ reason: 'The payload has no deployment status.' }];
  const state = textAt(status, 'state')?.toLowerCase();
  const url = textAt(status, 'environment_url') ?? textAt(status, 'log_url') ?? textAt(status, 'target_url');
  return [
    {
      type: (action ?? 'created') === 'created' ? 'deployment.updated' : undefined,
      occurredAt: timeAt(status, 'updated_at') ?? timeAt(status, 'created_at'),
      url,
      check: present({
        ...toTarget(payload, deployment),
        status: state,
        conclusion: state !== undefined && FINAL_STATES.has(state) ? state : undefined,
        url,
        description: textAt(status, 'description'),
      }),
    },
  ];
}

/**
 * The name is that of the environment. `deployment.ref` may be a branch, a tag or a commit and does not say which, so the branch
 * is told only where a workflow made the deployment.
 */
function toTarget(payload: JsonObject, deployment: JsonObject): NonNullable<Meaning['check']> {
  return {
    id: idAt(deployment, 'id'),
    name: textAt(deployment, 'environment'),
    sha: textAt(deployment, 'sha'),
    branch: textAt(payload, 'workflow_run', 'head_branch'),
  };
}
