import { getBuild, listBuilds, setBuild } from '../builds.ts';
import type { FakeRoute } from '../contract.ts';
import { toCloudPage } from '../pages.ts';
import { getRepository } from '../state.ts';

const STATES = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', 'STOPPED'];

export const statusRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repositories/:owner/:name/commit/:sha/statuses',
    answer(request) {
      const { state, params } = request;
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      return toCloudPage(request, listBuilds(repository, params['sha'] ?? ''));
    },
  },
  {
    method: 'POST',
    path: '/repositories/:owner/:name/commit/:sha/statuses/build',
    answer(request) {
      const { state, params } = request;
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      return { status: 201, body: setBuild(request, repository, STATES) };
    },
  },
  {
    method: 'GET',
    path: '/repositories/:owner/:name/commit/:sha/statuses/build/:key',
    answer({ state, params }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      return { body: getBuild(repository, params['sha'] ?? '', params['key'] ?? '') };
    },
  },
];
