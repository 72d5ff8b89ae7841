import { type FakeAnswer, FakeRefusal, type FakeRequest, type FakeRoute } from '../contract.ts';
import { toLinkedPage } from '../pages.ts';
import { abilitiesOf, addRun, type FakeRun, findRef, getRun, runsOf, toTexts, WORKFLOWS } from '../runs.ts';
import { getRepository } from '../state.ts';

/** Gitea Actions, and Forgejo Actions once `state.keep('dialect')` says so. */
export function dialectOf({ state }: Pick<FakeRequest, 'state'>): { isForgejo: boolean } {
  return state.keep('dialect', () => ({ isForgejo: false }));
}

export const workflowRoutes: readonly FakeRoute[] = [
  { method: 'POST', path: '/repos/:owner/:name/actions/workflows/:workflow/dispatches', answer: dispatch },
  {
    method: 'GET',
    path: '/repos/:owner/:name/actions/runs',
    answer(request) {
      if (!abilitiesOf(request.state).listsRuns) throw new FakeRefusal(404, 'Not Found');
      repositoryOf(request);
      const event = request.query.get('event');
      const runs = runsOf(request.state).filter((run) => event === null || run.event === event);
      const items = runs.toReversed().map((run) => toRun(request, run));
      const page = toLinkedPage(request, items, { name: 'limit', default: 30, most: 50 });
      return { ...page, body: { total_count: items.length, workflow_runs: page.body } };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/actions/runs/:run',
    answer: (request) => ({ body: toRun(request, getRun(request)) }),
  },
];

function dispatch(request: FakeRequest): FakeAnswer {
  const { body, params, query, state, baseUrl } = request;
  const repository = repositoryOf(request);
  const workflow = params['workflow'] ?? '';
  const declared = WORKFLOWS[workflow];
  const ref = findRef(String(body['ref']));
  if (declared === undefined || ref === undefined) throw new FakeRefusal(404, `workflow "${workflow}" not found`);
  const given = toTexts(body['inputs']);
  const inputs = Object.fromEntries(declared.flatMap((name) => (name in given ? [[name, given[name] ?? '']] : [])));
  const run = addRun(state, { repository, workflow, ref, event: 'workflow_dispatch', inputs, variables: {} });
  const { isForgejo } = dialectOf(request);
  const { tellsRun } = abilitiesOf(state);
  if (isForgejo) {
    if (body['return_run_info'] !== true) return { status: 204 };
    return { status: 201, body: { id: run.id, run_number: run.number, jobs: ['build'] } };
  }
  if (!tellsRun || query.get('return_run_details') !== 'true') return { status: 204 };
  const html_url = `${baseUrl}/${repository.owner}/${repository.name}/actions/runs/${run.id}`;
  return { body: { workflow_run_id: run.id, html_url, run_url: `${baseUrl}/api/v1/run/${run.id}` } };
}

function toRun(request: FakeRequest, run: FakeRun): unknown {
  const { repository, state } = run;
  const html_url = `${request.baseUrl}/${repository.owner}/${repository.name}/actions/runs/${run.id}`;
  if (dialectOf(request).isForgejo) {
    return {
      id: run.id,
      index_in_repo: run.number,
      workflow_id: run.workflow,
      prettyref: run.ref.replace(/^refs\/(heads|tags)\//, ''),
      event: run.event,
      status: state === 'pending' ? 'waiting' : state,
      created: run.createdAt,
      html_url,
    };
  }
  const isDone = state !== 'pending' && state !== 'running';
  return {
    id: run.id,
    run_number: run.number,
    path: `${run.workflow}@${run.ref}`,
    event: run.event,
    head_branch: run.ref.replace('refs/heads/', ''),
    status: isDone ? 'completed' : state === 'running' ? 'in_progress' : 'queued',
    conclusion: isDone ? state : undefined,
    started_at: state === 'pending' ? '1970-01-01T00:00:00Z' : run.createdAt,
    html_url,
  };
}

function repositoryOf({ state, params }: FakeRequest) {
  return getRepository(state, params['owner'] ?? '', params['name'] ?? '');
}
