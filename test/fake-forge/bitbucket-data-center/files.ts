import { findFile } from '../contents.ts';
import { FakeRefusal, type FakeRoute } from '../contract.ts';
import { getRepository } from '../state.ts';

export const fileRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/projects/:owner/repos/:name/raw/*path',
    answer({ state, params, query }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const found = findFile(repository, params['path'] ?? '', query.get('at') ?? repository.defaultBranch);
      if (found === 'directory') throw new FakeRefusal(404, 'The path is a directory.');
      return { body: found };
    },
  },
];
