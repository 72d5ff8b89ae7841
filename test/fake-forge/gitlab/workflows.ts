import { type FakeAnswer, FakeRefusal, type FakeRepository, type FakeRequest, type FakeRoute } from '../contract.ts';
import { toLinkedPage } from '../pages.ts';
import { addRun, type FakeRun, findRef, getRun, runsOf, toTexts } from '../runs.ts';

/** A trigger token that the project has. */
export const TRIGGER_TOKEN = 'hunter3-trigger';

export const workflowRoutes: readonly FakeRoute[] = [
  {
    method: 'POST',
    path: '/projects/:project/pipeline',
    answer: (request) => create(request, 'api', toVariables(request.body['variables'])),
  },
  {
    method: 'POST',
    path: '/projects/:project/trigger/pipeline',
    answer(request) {
      if (request.body['token'] !== TRIGGER_TOKEN) throw new FakeRefusal(404, 'Not Found');
      return create(request, 'trigger', toTexts(request.body['variables']));
    },
  },
  {
    method: 'GET',
    path: '/projects/:project/pipelines',
    answer(request) {
      const { query, state } = request;
      const project = findProject(request);
      const runs = runsOf(state).filter(
        (run) =>
          run.repository === project &&
          toShort(run.ref) === (query.get('ref') ?? toShort(run.ref)) &&
          run.event === (query.get('source') ?? run.event),
      );
      const items = runs.toReversed().map((run) => toPipeline(request, run));
      return toLinkedPage(request, items, { name: 'per_page', default: 20, most: 100 });
    },
  },
  {
    method: 'GET',
    path: '/projects/:project/pipelines/:run',
    answer: (request) => ({ body: toPipeline(request, getRun(request)) }),
  },
];

const DECLARED_INPUTS = ['version'];

function create(request: FakeRequest, source: string, variables: Record<string, string>): FakeAnswer {
  const repository = findProject(request);
  const ref = findRef(String(request.body['ref']));
  if (ref === undefined || String(request.body['ref']).startsWith('refs/'))
    throw new FakeRefusal(400, 'Reference not found');
  const inputs = toTexts(request.body['inputs']);
  const odd = Object.keys(inputs).find((name) => !DECLARED_INPUTS.includes(name));
  if (odd !== undefined) throw new FakeRefusal(400, `Given input not found in the configuration: ${odd}`);
  const run = addRun(request.state, { repository, workflow: '', ref, event: source, inputs, variables });
  return { status: 201, body: toPipeline(request, run) };
}

function toVariables(list: unknown): Record<string, string> {
  if (!Array.isArray(list)) throw new FakeRefusal(400, 'variables is invalid');
  return toTexts(Object.fromEntries(list.map(({ key, value }: { key: string; value: string }) => [key, value])));
}

function findProject({ params, state }: FakeRequest): FakeRepository {
  const found = state.repositories.find(
    ({ id, owner, name }) => params['project'] === String(id) || params['project'] === `${owner}/${name}`,
  );
  if (found === undefined) throw new FakeRefusal(404, 'Project Not Found');
  return found;
}

const STATUSES: Readonly<Record<FakeRun['state'], string>> = {
  pending: 'created',
  running: 'running',
  success: 'success',
  failure: 'failed',
  cancelled: 'canceled',
};

function toPipeline({ baseUrl }: FakeRequest, run: FakeRun): unknown {
  const { owner, name } = run.repository;
  return {
    id: run.id,
    iid: run.number,
    ref: toShort(run.ref),
    source: run.event,
    status: STATUSES[run.state],
    created_at: run.createdAt,
    web_url: `${baseUrl}/${owner}/${name}/-/pipelines/${run.id}`,
  };
}

function toShort(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
