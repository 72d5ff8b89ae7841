import { FettleError } from '../../core/errors.ts';
import { integerAt, textAt } from '../../forges/read.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { toCredentialName } from '../credential-name.ts';
import { type ApiReply, requestApi, toAddress, toAuthorization, toHost, toUnreadable } from './api-request.ts';
import type { PipelineEngine, Seen, Started } from './engine.ts';
import type { DagInput } from './input.ts';

/**
 * Dagu and Airflow. Both let the caller name the run, and refuse a second one of the same name: the id of our run is that name, so
 * a repeated start is recognised.
 */
export const dagEngine: PipelineEngine<DagInput> = {
  target({ url, dag, token }) {
    const host = toHost(url);
    return {
      destination: host === '' ? 'dag' : host,
      orderKey: `pipeline.dispatch ${host} ${dag}`,
      credential: token === undefined ? null : toCredentialName([token]),
      reaches: [`host:${host}`],
    };
  },
  async open(context, input) {
    const flavour = FLAVOURS[input.flavour];
    const token = input.token === undefined ? undefined : await context.secret(input.token);
    const id = toRunId(context.run.id);
    const ask: Ask = (parts, json, accept = []) =>
      requestApi(context, {
        url: toAddress(toApi(input.url, flavour.version), parts),
        method: json === undefined ? 'GET' : 'POST',
        json,
        accept,
        headers: toAuthorization(input.user, token),
        secrets: token === undefined ? [] : [token],
      });
    const find = async () => {
      const reply = await ask(flavour.toRun(input.dag, id), undefined, [404]);
      return reply.status === 404 ? undefined : reply;
    };
    return {
      name: `the DAG ${input.dag}`,
      start: () => context.step('start', () => start(context, { input, flavour, id, ask, find })),
      async look() {
        const reply = await find();
        return reply === undefined ? undefined : { state: flavour.toState(reply) ?? throwUnreadable(input) };
      },
    };
  },
};

type Ask = (parts: readonly string[], json?: object, accept?: readonly number[]) => Promise<ApiReply>;

interface Flavour {
  /** Of the API, for the newest engines. */
  readonly version: string;
  /** Where runs are made. */
  toRuns(dag: string): readonly string[];
  toRun(dag: string, id: string): readonly string[];
  toBody(id: string, input: DagInput): object;
  /** Undefined when the answer is not about a run. */
  toState(reply: ApiReply): Seen['state'] | undefined;
  /** Below the address of the engine itself. */
  toPage(dag: string, id: string): readonly string[];
}

/** https://docs.dagu.sh/reference/api */
const DAGU: Flavour = {
  version: 'v1',
  toRuns: (dag) => ['dags', dag, 'start'],
  toRun: (dag, id) => ['dags', dag, 'dag-runs', id],
  toBody: (id, { params }) => ({
    dagRunId: id,
    ...(Object.keys(params).length === 0 ? {} : { params: JSON.stringify(params) }),
  }),
  toState({ body }) {
    const status = integerAt(body, 'dagRun', 'status');
    return status === undefined ? undefined : (DAGU_STATES[status] ?? 'running');
  },
  toPage: (dag, id) => ['dag-runs', dag, id],
};

/** Failed, aborted, succeeded, partially succeeded, rejected; the others have not begun, run, wait in a queue or for a person. */
const DAGU_STATES: Readonly<Record<number, Seen['state']>> = {
  2: 'failure',
  3: 'cancelled',
  4: 'success',
  6: 'failure',
  8: 'cancelled',
};

/** https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html */
const AIRFLOW: Flavour = {
  version: 'v2',
  toRuns: (dag) => ['dags', dag, 'dagRuns'],
  toRun: (dag, id) => ['dags', dag, 'dagRuns', id],
  toBody: (id, { params, url }) => ({
    dag_run_id: id,
    conf: params,
    // Asked for since version 3; the older API takes none that is null.
    ...(isApi(url, 'v1') ? {} : { logical_date: null }),
  }),
  toState({ body }) {
    const state = textAt(body, 'state');
    return state === undefined ? undefined : (AIRFLOW_STATES[state] ?? 'running');
  },
  toPage: (dag, id) => ['dags', dag, 'runs', id],
};

const AIRFLOW_STATES: Readonly<Record<string, Seen['state']>> = { success: 'success', failed: 'failure' };

const FLAVOURS: Readonly<Record<DagInput['flavour'], Flavour>> = { dagu: DAGU, airflow: AIRFLOW };

interface Place {
  readonly input: DagInput;
  readonly flavour: Flavour;
  readonly id: string;
  readonly ask: Ask;
  readonly find: () => Promise<ApiReply | undefined>;
}

async function start(context: RunContext, { input, flavour, id, ask, find }: Place): Promise<Started> {
  const atMs = context.clock();
  const { status } = await ask(flavour.toRuns(input.dag), flavour.toBody(id, input), [409]);
  // Either this run was started before, or the engine takes only one of this DAG at a time.
  if (status === 409 && (await find()) === undefined) {
    const detail = `${toHost(input.url)} answered 409: it does not take another run of ${input.dag} now.`;
    throw new FettleError('upstream_failed', detail);
  }
  return { id, url: toAddress(toApi(input.url, null), flavour.toPage(input.dag, id)), atMs };
}

const API_PATH = /\/api\/(v\d+)\/*$/;

/** The address of the API: as it is given, or that of the newest version. With null the address of the engine itself. */
function toApi(url: string, version: string | null): string {
  const base = url.replace(API_PATH, '');
  if (version === null) return base;
  return base === url ? `${url.replace(/\/+$/, '')}/api/${version}` : url;
}

function isApi(url: string, version: string): boolean {
  return API_PATH.exec(url)?.[1] === version;
}

/** Dagu takes letters, digits, `-` and `_`, and at most 64 of them. */
function toRunId(id: string): string {
  return `fettle-${id.replace(/[^\w-]/g, '_')}`.slice(0, 60);
}

function throwUnreadable(input: DagInput): never {
  throw toUnreadable(input.url, 'a run of a DAG');
}
