import type { WorkflowRun } from './write-contract.ts';

/**
 * The state of a workflow run in the words of GitHub and its relatives: a status, and a conclusion once it is `completed`. Forgejo puts
 * the conclusion into the status. What was skipped by its own conditions counts as success, as the checks of a pull request take it.
 * https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
 */
export function toWorkflowState(status: string | undefined, conclusion: string | undefined): WorkflowRun['state'] {
  const word = (status === 'completed' ? conclusion : status) ?? 'completed';
  return STATES[word] ?? (status === 'completed' && conclusion !== undefined ? 'failure' : 'pending');
}

const STATES: Readonly<Record<string, WorkflowRun['state']>> = {
  success: 'success',
  neutral: 'success',
  skipped: 'success',
  failure: 'failure',
  timed_out: 'failure',
  startup_failure: 'failure',
  action_required: 'failure',
  cancelled: 'cancelled',
  stale: 'cancelled',
  in_progress: 'running',
  running: 'running',
  completed: 'running',
};

/** A branch or tag without `refs/heads/` or `refs/tags/`. */
export function toShortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
