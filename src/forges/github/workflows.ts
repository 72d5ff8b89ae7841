import { FettleError } from '../../core/errors.ts';
import type { Repository } from '../../core/event.ts';
import { type ApiAnswer, type ApiClient, toUnreadable } from '../api-client.ts';
import { hasList, idAt, listAt, textAt } from '../read.ts';
import { toShortRef, toWorkflowState } from '../workflow-state.ts';
import type { WorkflowApi, WorkflowRef, WorkflowRun } from '../write-contract.ts';

/**
 * GitHub Actions. https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event: since 2026 it tells which run it
 * made when it is asked to; an Enterprise Server that is older refuses the question, and is then asked without it.
 */
export function createGitHubWorkflows(client: ApiClient): WorkflowApi {
  return {
    async dispatch(workflow) {
      const path = [...toWorkflowPath(workflow), 'dispatches'];
      const wanted = { ref: workflow.ref, inputs: workflow.inputs };
      const { body } = await sendAsking(client, path, wanted);
      const id = idAt(body, 'workflow_run_id');
      if (id === undefined) return undefined;
      const url = textAt(body, 'html_url');
      return { id, state: 'pending', ...(url === undefined ? {} : { url }) };
    },
    async listDispatched(workflow, since) {
      const query = {
        event: 'workflow_dispatch',
        branch: toShortRef(workflow.ref),
        created: `>=${since.replace(/\.\d+Z$/, 'Z')}`,
        per_page: '50',
      };
      const { body } = await client.send('GET', [...toWorkflowPath(workflow), 'runs'], undefined, { query });
      if (!hasList(body, 'workflow_runs')) throw toUnreadable('a list of workflow runs');
      return listAt(body, 'workflow_runs').flatMap((run) => toRun(run) ?? []);
    },
    async get(repo, id) {
      const { body } = await client.send('GET', [...toActionsPath(repo), 'runs', id]);
      const run = toRun(body);
      if (run === undefined) throw toUnreadable('a workflow run');
      return run;
    },
  };
}

async function sendAsking(client: ApiClient, path: readonly string[], wanted: object): Promise<ApiAnswer> {
  try {
    return await client.send('POST', path, { ...wanted, return_run_details: true });
  } catch (error) {
    const isUnknown = error instanceof FettleError && error.code === 'upstream_refused';
    if (!isUnknown || !error.message.includes('return_run_details')) throw error;
    return await client.send('POST', path, wanted);
  }
}

function toActionsPath({ owner, name }: Repository): string[] {
  return ['repos', owner, name, 'actions'];
}

function toWorkflowPath({ repo, workflow }: WorkflowRef): string[] {
  const name = workflow?.split('/').at(-1);
  if (name) return [...toActionsPath(repo), 'workflows', name];
  throw new FettleError('input_invalid', 'Name the workflow by its file or id, such as `workflow: build.yml`.');
}

function toRun(body: unknown): WorkflowRun | undefined {
  const id = idAt(body, 'id');
  const status = textAt(body, 'status');
  if (id === undefined || status === undefined) return undefined;
  const url = textAt(body, 'html_url');
  const state = toWorkflowState(status, textAt(body, 'conclusion'));
  return { id, state, ...(url === undefined ? {} : { url }) };
}
