import type { TestContext } from 'node:test';
import { type FakeCi, startFakeCi, type StartedPipeline } from './server.ts';

export const DAG_TOKEN = 'hunter2-dag';

/** Dagu with the file `nightly`, of a DAG that is named otherwise. https://docs.dagu.sh/reference/api */
export function startDagu(t: TestContext, version = 'v1'): Promise<FakeCi> {
  return startFakeCi(t, `Bearer ${DAG_TOKEN}`, ({ method, path, json }, started) => {
    if (path === `/api/${version}/dags/nightly/start` && method === 'POST') {
      const id = String(json['dagRunId']);
      if (!/^[\w-]{1,64}$/.test(id))
        return { status: 400, body: { code: 'bad_request', message: 'invalid dag-run ID' } };
      if (started.some((each) => each.id === id)) {
        return { status: 409, body: { code: 'already_exists', message: `dag-run ID ${id} already exists` } };
      }
      const values = JSON.parse((json['params'] ?? '{}') as string) as Record<string, string>;
      started.push({ id, values, state: '1' });
      return { body: { dagRunId: id } };
    }
    const id = new RegExp(`^/api/${version}/dags/nightly/dag-runs/([^/]+)$`).exec(path)?.[1];
    const found = started.find((each) => each.id === id);
    return found === undefined ? undefined : { body: { dagRun: toDaguRun(found) } };
  });
}

function toDaguRun({ id, state }: StartedPipeline) {
  return { dagRunId: id, name: 'every night', status: Number(state), statusLabel: 'a word' };
}

/** Airflow with the DAG `nightly`. https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html */
export function startAirflow(t: TestContext, version: 'v1' | 'v2' = 'v2'): Promise<FakeCi> {
  const basic = `Basic ${Buffer.from(`fettle:${DAG_TOKEN}`).toString('base64')}`;
  return startFakeCi(t, version === 'v2' ? `Bearer ${DAG_TOKEN}` : basic, ({ method, path, json }, started) => {
    if (path === `/api/${version}/dags/nightly/dagRuns` && method === 'POST') {
      const hasDate = 'logical_date' in json;
      if (version === 'v2' && !hasDate) return { status: 422, body: { detail: [{ loc: ['body', 'logical_date'] }] } };
      if (version === 'v1' && hasDate) return { status: 400, body: { detail: 'None is not of type string' } };
      const id = String(json['dag_run_id']);
      if (started.some((each) => each.id === id))
        return { status: 409, body: { detail: `DAGRun ${id} already exists` } };
      started.push({ id, values: json['conf'] as Record<string, string>, state: 'queued' });
      return { body: { dag_run_id: id, state: 'queued' } };
    }
    const id = new RegExp(`^/api/${version}/dags/nightly/dagRuns/([^/]+)$`).exec(path)?.[1];
    const found = started.find((each) => each.id === id);
    return found === undefined ? undefined : { body: { dag_run_id: id, state: found.state } };
  });
}
