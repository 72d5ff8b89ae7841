import type { TestContext } from 'node:test';
import { type FakeCi, startFakeCi, type StartedPipeline } from './server.ts';

export const WOODPECKER_TOKEN = 'hunter2-woodpecker';

/** Woodpecker with the repository `dataforge/app`, number 5, and the branch `main`. https://woodpecker-ci.org/api */
export function startWoodpecker(t: TestContext): Promise<FakeCi> {
  return startFakeCi(t, `Bearer ${WOODPECKER_TOKEN}`, ({ method, path, json, query }, started) => {
    if (path === '/api/repos/lookup/dataforge/app') return { body: { id: 5, full_name: 'dataforge/app' } };
    if (path === '/api/repos/5/pipelines' && method === 'GET') {
      const size = Number(query.get('perPage') ?? '25');
      return { body: started.toReversed().slice(0, size).map(toPipeline) };
    }
    if (path === '/api/repos/5/pipelines' && method === 'POST') {
      if (json['branch'] !== 'main') return { status: 400, body: 'could not get branch' };
      const values = (json['variables'] ?? {}) as Record<string, string>;
      const made = { id: String(started.length + 1), values, ref: 'main', state: 'pending' };
      started.push(made);
      return { body: toPipeline(made) };
    }
    const id = /^\/api\/repos\/5\/pipelines\/(\d+)$/.exec(path)?.[1];
    const found = started.find((each) => each.id === id);
    return found === undefined ? undefined : { body: toPipeline(found) };
  });
}

function toPipeline({ id, values, ref, state }: StartedPipeline) {
  return { number: Number(id), event: 'manual', status: state, branch: ref, variables: values, created: 1_773_480_413 };
}
