import { FettleError } from '../../core/errors.ts';
import { hasList, idAt, integerAt, listAt, textAt } from '../../forges/read.ts';
import type { RunContext, TargetEvent } from '../../jobs/contract.ts';
import { toCredentialName } from '../credential-name.ts';
import { type ApiRequest, requestApi, toAddress, toAuthorization, toHost, toUnreadable } from './api-request.ts';
import type { PipelineEngine, Seen, Started } from './engine.ts';
import type { WoodpeckerInput } from './input.ts';
import { type Startable, startOnce } from './start-once.ts';

/**
 * Woodpecker CI, https://woodpecker-ci.org/api. It knows no key, but shows the variables of its pipelines: ours carry the id of the run in
 * `FETTLE_RUN`, by which one is found whose start was not answered.
 */
export const woodpeckerEngine: PipelineEngine<WoodpeckerInput> = {
  target(input, event) {
    const host = toHost(input.url);
    return {
      destination: host === '' ? 'woodpecker' : host,
      orderKey: `pipeline.dispatch ${host} ${input.repoId ?? toRepo(input, event)}`,
      credential: toCredentialName([input.token]),
      reaches: [`host:${host}`],
    };
  },
  async open(context, input) {
    const token = await context.secret(input.token);
    const ask = (path: readonly string[], rest: Omit<ApiRequest, 'url' | 'secrets'> = {}, query = '') =>
      requestApi(context, {
        ...rest,
        url: `${toAddress(input.url, ['api', ...path])}${query}`,
        headers: toAuthorization(undefined, token),
        secrets: [token],
      });
    const repoId = input.repoId === undefined ? await findRepoId(context, input, ask) : String(input.repoId);
    return {
      name: `the pipeline of ${input.repoId === undefined ? toRepo(input, context.event) : `repository ${repoId}`}`,
      start: () => startOnce(context, toStartable(context, input, repoId, ask)),
      look: (started) => look(input, repoId, started, ask),
    };
  },
};

type Ask = (
  path: readonly string[],
  rest?: Omit<ApiRequest, 'url' | 'secrets'>,
  query?: string,
) => ReturnType<typeof requestApi>;

const MARK = 'FETTLE_RUN';

function toStartable(context: RunContext, input: WoodpeckerInput, repoId: string, ask: Ask): Startable<string> {
  const { clock, run } = context;
  const path = ['repos', repoId, 'pipelines'];
  return {
    note: () => Promise.resolve(run.id),
    async start() {
      const branch = input.branch ?? findBranch(context);
      if (branch === undefined)
        throw new FettleError('input_invalid', 'There is no branch here: name it with `branch`.');
      const atMs = clock();
      const variables = { ...input.variables, [MARK]: run.id };
      const { body } = await ask(path, { method: 'POST', json: { branch, variables } });
      return toStarted(input, repoId, body, atMs);
    },
    async find(mark) {
      const { body } = await ask(path, {}, '?perPage=50');
      if (!hasList(body)) throw toUnreadable(input.url, 'a list of pipelines');
      const ours = listAt(body).find((pipeline) => textAt(pipeline, 'variables', MARK) === mark);
      return ours === undefined ? undefined : toStarted(input, repoId, ours, clock());
    },
  };
}

async function look(input: WoodpeckerInput, repoId: string, { id }: Started, ask: Ask): Promise<Seen> {
  const { body } = await ask(['repos', repoId, 'pipelines', id ?? '']);
  const status = textAt(body, 'status');
  if (status === undefined) throw toUnreadable(input.url, 'a pipeline');
  return { state: STATES[status] ?? 'running' };
}

/** The others mean that it goes on, waits, or waits for somebody to allow it. */
const STATES: Readonly<Record<string, Seen['state']>> = {
  success: 'success',
  skipped: 'success',
  failure: 'failure',
  error: 'failure',
  declined: 'cancelled',
  killed: 'cancelled',
  canceled: 'cancelled',
};

function toStarted(input: WoodpeckerInput, repoId: string, body: unknown, atMs: number): Started {
  const number = integerAt(body, 'number');
  if (number === undefined) throw toUnreadable(input.url, 'a pipeline');
  const id = String(number);
  return { id, url: toAddress(input.url, ['repos', repoId, 'pipeline', id]), atMs };
}

function findRepoId(context: RunContext, input: WoodpeckerInput, ask: Ask): Promise<string> {
  return context.step('find the repository', async () => {
    const { body } = await ask(['repos', 'lookup', ...toRepo(input, context.event).split('/')]);
    const id = idAt(body, 'id');
    if (id === undefined) throw toUnreadable(input.url, 'a repository');
    return id;
  });
}

function toRepo({ repo }: WoodpeckerInput, event: TargetEvent): string {
  const fullName = repo ?? event?.repo?.fullName;
  if (fullName !== undefined) return fullName;
  throw new FettleError('input_invalid', 'There is no event with a repository here: name `repo` or `repoId`.');
}

function findBranch({ event }: RunContext): string | undefined {
  return event?.deleted === true ? event.repo?.defaultBranch : (event?.branch ?? event?.repo?.defaultBranch);
}
