import { getBuild, setBuild } from '../builds.ts';
import type { FakeRoute } from '../contract.ts';
import { getRepository } from '../state.ts';

const STATES = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', 'CANCELLED', 'UNKNOWN'];
const PATH = '/projects/:owner/repos/:name/commits/:sha/builds';

export const statusRoutes: readonly FakeRoute[] = [
  {
    method: 'POST',
    path: PATH,
    answer(request) {
      const { state, params } = request;
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      setBuild(request, repository, STATES);
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: PATH,
    answer({ state, params, query }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      return { body: getBuild(repository, params['sha'] ?? '', query.get('key') ?? '') };
    },
  },
];
