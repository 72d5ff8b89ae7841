import { createHash } from 'node:crypto';
import { findFile } from '../contents.ts';
import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeRoute } from '../contract.ts';
import { getRepository } from '../state.ts';

/** Files of Bitbucket Cloud: by commit only, since a branch may have a slash. */
export const fileRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repositories/:owner/:name',
    answer: (request) => ({ body: { type: 'repository', mainbranch: { name: toRepository(request).defaultBranch } } }),
  },
  {
    method: 'GET',
    path: '/repositories/:owner/:name/refs/branches/*branch',
    answer(request) {
      const branch = request.params['branch'] ?? '';
      if (!toBranches(toRepository(request)).includes(branch))
        throw new FakeRefusal(404, `Branch "${branch}" not found`);
      return { body: { name: branch, target: { hash: toHash(branch) } } };
    },
  },
  {
    method: 'GET',
    path: '/repositories/:owner/:name/src/:commit/*path',
    answer(request) {
      const { params, query } = request;
      const repository = toRepository(request);
      const branch = toBranches(repository).find((name) => toHash(name) === params['commit']);
      if (branch === undefined) throw new FakeRefusal(404, 'Commit not found');
      const path = params['path'] ?? '';
      const found = findFile(repository, path, branch);
      if (query.get('format') === 'meta') {
        return { body: { type: found === 'directory' ? 'commit_directory' : 'commit_file', path, attributes: [] } };
      }
      return { body: found === 'directory' ? { values: [] } : found };
    },
  },
];

function toRepository({ state, params }: FakeRequest): FakeRepository {
  return getRepository(state, params['owner'] ?? '', params['name'] ?? '');
}

function toBranches({ files }: FakeRepository): string[] {
  return [...new Set([...files.keys()].map((key) => key.split(':')[0] ?? ''))];
}

function toHash(branch: string): string {
  return createHash('sha1').update(branch).digest('hex');
}
