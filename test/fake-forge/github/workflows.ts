import { type FakeAnswer, FakeRefusal, type FakeRequest, type FakeRoute } from '../contract.ts';
import { toLinkedPage } from '../pages.ts';
import { abilitiesOf, addRun, type FakeRun, findRef, getRun, runsOf, toTexts, WORKFLOWS } from '../runs.ts';
import { getRepository } from '../state.ts';

export const workflowRoutes: readonly FakeRoute[] = [
  { method: 'POST', path: '/repos/:owner/:name/actions/workflows/:workflow/dispatches', answer: dispatch },
  {
    method: 'GET',
    path: '/repos/:owner/:name/actions/workflows/:workflow/runs',
    answer(request) {
      const { query, params, state } = request;
      repositoryOf(request);
      if (!((params['workflow'] ?? '') in WORKFLOWS)) throw new FakeRefusal(404, 'Not Found');
      const created = query.get('created') ?? '';
      if (created !== '' && !/^>=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(created)) throw new FakeRefusal(422, 'created');
      const runs = runsOf(state).filter(
        (run) =>
          run.workflow === params['workflow'] &&
          run.event === (query.get('event') ?? run.event) &&
          toShort(run.ref) === (query.get('branch') ?? toShort(run.ref)) &&
          `>=${run.createdAt}` >= created,
      );
      const items = runs.toReversed().map((run) => toRun(request, run));
      const page = toLinkedPage(request, items, { name: 'per_page', default: 30, most: 100 });
      return { ...page, body: { total_count: items.length, workflow_runs: page.body } };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/actions/runs/:run',
    answer: (request) => ({ body: toRun(request, getRun(request)) }),
  },
];

const KNOWN_KEYS = ['ref', 'inputs'];

function dispatch(request: FakeRequest): FakeAnswer {
  const { body, params, state, baseUrl } = request;
  const repository = repositoryOf(request);
  const workflow = params['workflow'] ?? '';
  const declared = WORKFLOWS[workflow];
  if (declared === undefined) throw new FakeRefusal(404, 'Not Found');
  const { tellsRun } = abilitiesOf(state);
  const known = tellsRun ? [...KNOWN_KEYS, 'return_run_details'] : KNOWN_KEYS;
  const odd = Object.keys(body).find((key) => !known.includes(key));
  if (odd !== undefined) throw new FakeRefusal(422, `Invalid request.\n\n"${odd}" is not a permitted key.`);
  const ref = findRef(String(body['ref']));
  if (ref === undefined) throw new FakeRefusal(422, `No ref found for: ${String(body['ref'])}`);
  const inputs = toTexts(body['inputs']);
  const unexpected = Object.keys(inputs).filter((name) => !declared.includes(name));
  if (unexpected.length > 0) throw new FakeRefusal(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const run = addRun(state, { repository, workflow, ref, event: 'workflow_dispatch', inputs, variables: {} });
  if (body['return_run_details'] !== true) return { status: 204 };
  const place = `${repository.owner}/${repository.name}/actions/runs/${run.id}`;
  return {
    body: {
      workflow_run_id: run.id,
      run_url: `${baseUrl}/api/v3/repos/${place}`,
      html_url: `${baseUrl}/${place}`,
    },
  };
}

function toRun({ baseUrl }: FakeRequest, run: FakeRun): unknown {
  const { repository, state } = run;
  const isDone = state !== 'pending' && state !== 'running';
  return {
    id: run.id,
    run_number: run.number,
    head_branch: toShort(run.ref),
    path: `.github/workflows/${run.workflow}`,
    event: run.event,
    status: isDone ? 'completed' : state === 'running' ? 'in_progress' : 'queued',
    conclusion: isDone ? state : null,
    created_at: run.createdAt,
    html_url: `${baseUrl}/${repository.owner}/${repository.name}/actions/runs/${run.id}`,
  };
}

function toShort(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

function repositoryOf({ state, params }: FakeRequest) {
  return getRepository(state, params['owner'] ?? '', params['name'] ?? '');
}
