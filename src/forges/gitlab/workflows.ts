import { type ApiClient, toUnreadable } from '../api-client.ts';
import { hasList, idAt, listAt, textAt, timeAt } from '../read.ts';
import { toShortRef } from '../workflow-state.ts';
import type { WorkflowApi, WorkflowRun } from '../write-contract.ts';
import { toProject } from './place.ts';

/**
 * Pipelines of GitLab. With the token of the forge, https://docs.gitlab.com/api/pipelines/#create-a-new-pipeline; with a trigger token of the
 * project, for a token that may only read, https://docs.gitlab.com/api/pipeline_triggers/#trigger-a-pipeline-with-a-token. `inputs` are those
 * that the pipeline declares (17.11 and later), `variables` its CI/CD variables.
 */
export function createGitLabWorkflows(client: ApiClient): WorkflowApi {
  return {
    async dispatch(workflow) {
      const { repo, triggerToken, variables = {} } = workflow;
      const ref = toShortRef(workflow.ref);
      const inputs = Object.keys(workflow.inputs).length === 0 ? {} : { inputs: workflow.inputs };
      const list = Object.entries(variables).map(([key, value]) => ({ key, value }));
      const { body } =
        triggerToken === undefined
          ? await client.send('POST', [...toProject(repo), 'pipeline'], { ref, variables: list, ...inputs })
          : await client.send('POST', [...toProject(repo), 'trigger', 'pipeline'], {
              token: triggerToken,
              ref,
              variables,
              ...inputs,
            });
      return toRun(body);
    },
    async listDispatched(workflow, since) {
      const query = {
        ref: toShortRef(workflow.ref),
        source: workflow.triggerToken === undefined ? 'api' : 'trigger',
        order_by: 'id',
        sort: 'desc',
        per_page: '50',
      };
      const { body } = await client.send('GET', [...toProject(workflow.repo), 'pipelines'], undefined, { query });
      if (!hasList(body)) throw toUnreadable('a list of pipelines');
      const sinceMs = Date.parse(since);
      return listAt(body)
        .filter((pipeline) => Date.parse(timeAt(pipeline, 'created_at') ?? '') >= sinceMs)
        .map(toRun);
    },
    async get(repo, id) {
      const { body } = await client.send('GET', [...toProject(repo), 'pipelines', id]);
      return toRun(body);
    },
  };
}

/** @throws FettleError `upstream_failed` for what is no pipeline. */
function toRun(body: unknown): WorkflowRun {
  const id = idAt(body, 'id');
  const status = textAt(body, 'status');
  if (id === undefined || status === undefined) throw toUnreadable('a pipeline');
  const url = textAt(body, 'web_url');
  return { id, state: STATES[status] ?? 'pending', ...(url === undefined ? {} : { url }) };
}

/** https://docs.gitlab.com/api/pipelines/#list-project-pipelines; the others mean that it has not begun. */
const STATES: Readonly<Record<string, WorkflowRun['state']>> = {
  running: 'running',
  canceling: 'running',
  success: 'success',
  skipped: 'success',
  failed: 'failure',
  canceled: 'cancelled',
};
