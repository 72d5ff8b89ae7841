import type { ContentsResponse } from 'gitea-js';
import { FakeRefusal, type FakeRepository, type FakeRoute } from './contract.ts';
import { getRepository } from './state.ts';

/** Contents of files in Base64, as Gitea, Gogs and GitHub share it. */
export const contentRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/contents/*path',
    answer({ params, state, query }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const path = params['path'] ?? '';
      const found = findFile(repository, path, query.get('ref') ?? repository.defaultBranch);
      if (found === 'directory') {
        return { body: [{ type: 'file', name: 'inside', path: `${path}/inside` }] satisfies ContentsResponse[] };
      }
      const file = { type: 'file', encoding: 'base64', path, content: found.toString('base64') };
      return { body: file satisfies ContentsResponse };
    },
  },
];

/** @throws FakeRefusal 404. */
export function findFile(repository: FakeRepository, path: string, ref: string): Buffer | 'directory' {
  const found = repository.files.get(`${ref}:${path}`);
  if (found !== undefined) return found;
  if ([...repository.files.keys()].some((name) => name.startsWith(`${ref}:${path}/`))) return 'directory';
  throw new FakeRefusal(404, 'object does not exist');
}
