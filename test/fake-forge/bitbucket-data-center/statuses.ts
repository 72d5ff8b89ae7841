import { getBuild, listBuilds, setBuild } from '../builds.ts';
import { FakeRefusal, type FakeRoute } from '../contract.ts';
import { toDataCenterPage } from '../pages.ts';
import { getRepository } from '../state.ts';

const STATES = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', 'CANCELLED', 'UNKNOWN'];
const PATH = '/projects/:owner/repos/:name/commits/:sha/builds';

export const statusRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/commits/:sha',
    answer(request) {
      const sha = request.params['sha'] ?? '';
      const home = request.state.repositories.find(({ commits }) => commits.has(sha));
      return toDataCenterPage(request, home === undefined ? [] : listBuilds(home, sha));
    },
  },
  {
    method: 'GET',
    path: '/projects/:owner/repos/:name/commits/:sha',
    answer({ state, params }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const id = params['sha'] ?? '';
      if (!repository.commits.has(id)) throw new FakeRefusal(404, `Commit '${id}' does not exist in repository 'app'.`);
      return { body: { id, displayId: id.slice(0, 11) } };
    },
  },
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
