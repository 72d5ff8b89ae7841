import { FettleError } from '../../core/errors.ts';
import type { Repository } from '../../core/event.ts';
import { type ApiClient, toUnreadable } from '../api-client.ts';
import { hasList, idAt, integerAt, listAt, textAt, timeAt } from '../read.ts';
import { toShortRef, toWorkflowState } from '../workflow-state.ts';
import type { WorkflowApi, WorkflowRef, WorkflowRun } from '../write-contract.ts';

/**
 * Workflows of Gitea Actions and Forgejo Actions. Both start one in the same way, and tell which run they made when asked in their own:
 * Gitea, where it can, by `return_run_details` in the query, Forgejo by `return_run_info` in the body. Each overlooks the other's.
 */
export function createGiteaWorkflows(client: ApiClient): WorkflowApi {
  return {
    async dispatch(workflow) {
      const path = [...toRunsPath(workflow.repo), 'workflows', toFileName(workflow), 'dispatches'];
      const { ref, inputs } = workflow;
      const query = { return_run_details: 'true' };
      const { body } = await client.send('POST', path, { ref, inputs, return_run_info: true }, { query });
      const id = idAt(body, 'workflow_run_id') ?? idAt(body, 'id');
      if (id === undefined) return undefined;
      const number = integerAt(body, 'run_number');
      const page = workflow.repo.url;
      const url =
        textAt(body, 'html_url') ?? (page && number !== undefined ? `${page}/actions/runs/${number}` : undefined);
      return { id, state: 'pending', ...(url === undefined ? {} : { url }) };
    },
    async listDispatched(workflow, since) {
      const path = [...toRunsPath(workflow.repo), 'runs'];
      const query = { event: 'workflow_dispatch', limit: '50' };
      const { body } = await client.send('GET', path, undefined, { query });
      const sinceMs = Date.parse(since);
      if (!hasList(body, 'workflow_runs')) throw toUnreadable('a list of workflow runs');
      return listAt(body, 'workflow_runs').flatMap((run) => (isOf(run, workflow, sinceMs) ? (toRun(run) ?? []) : []));
    },
    async get(repo, id) {
      const { body } = await client.send('GET', [...toRunsPath(repo), 'runs', id]);
      const run = toRun(body);
      if (run === undefined) throw toUnreadable('a workflow run');
      return run;
    },
  };
}

function toRunsPath({ owner, name }: Repository): string[] {
  return ['repos', owner, name, 'actions'];
}

/** Gitea names file and ref as `build.yml@refs/heads/main`, Forgejo has a field for each. */
function isOf(run: unknown, workflow: WorkflowRef, sinceMs: number): boolean {
  const [file, ...rest] = (textAt(run, 'path') ?? '').split('@');
  const name = textAt(run, 'workflow_id') ?? file?.split('/').at(-1);
  const ref = textAt(run, 'prettyref') ?? (rest.length === 0 ? textAt(run, 'head_branch') : rest.join('@'));
  if (textAt(run, 'event') !== 'workflow_dispatch' || name !== toFileName(workflow)) return false;
  if (ref === undefined || toShortRef(ref) !== toShortRef(workflow.ref)) return false;
  // A run that has not begun has no time in Gitea.
  const at = timeAt(run, 'created') ?? timeAt(run, 'created_at') ?? timeAt(run, 'started_at');
  return at === undefined || Date.parse(at) >= sinceMs;
}

function toRun(body: unknown): WorkflowRun | undefined {
  const id = idAt(body, 'id');
  const status = textAt(body, 'status');
  if (id === undefined || status === undefined) return undefined;
  const url = textAt(body, 'html_url');
  const state = toWorkflowState(status, textAt(body, 'conclusion'));
  return { id, state, ...(url === undefined ? {} : { url }) };
}

function toFileName({ workflow }: WorkflowRef): string {
  const name = workflow?.split('/').at(-1);
  if (name) return name;
  throw new FettleError('input_invalid', 'Name the workflow by its file, such as `workflow: build.yml`.');
}
