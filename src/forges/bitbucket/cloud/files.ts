import type { Repository } from '../../../core/event.ts';
import type { ApiClient } from '../../api-client.ts';
import { listAt, textAt } from '../../read.ts';
import type { FileApi } from '../../write-contract.ts';

/**
 * Files of Bitbucket Cloud. The address takes a commit (a branch only when its name has no slash), so that is looked up first; and a
 * directory is answered with a listing, so what the path is must be asked before.
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/
 */
export function createCloudFiles(client: ApiClient): FileApi {
  return {
    async find(repo, path, ref) {
      const commit = await findCommit(client, repo, ref);
      if (commit === undefined) return undefined;
      const parts = ['repositories', repo.owner, repo.name, 'src', commit, ...path.split('/')];
      const options = { accept: [404] };
      const meta = await client.send('GET', parts, undefined, { ...options, query: { format: 'meta' } });
      const isFile = meta.ok && textAt(meta.body, 'type') === 'commit_file';
      if (!isFile || listAt(meta.body, 'attributes').some((word) => word === 'link' || word === 'subrepository')) {
        return undefined;
      }
      const file = await client.send('GET', parts, undefined, options);
      return file.ok ? file.bytes : undefined;
    },
  };
}

/** The commit of a branch, of the default branch, or the commit itself. */
async function findCommit(client: ApiClient, repo: Repository, ref: string | undefined): Promise<string | undefined> {
  if (ref !== undefined && /^[0-9a-f]{40}$/.test(ref)) return ref;
  const path = ['repositories', repo.owner, repo.name];
  const branch = ref ?? repo.defaultBranch ?? textAt((await client.send('GET', path)).body, 'mainbranch', 'name');
  if (branch === undefined) return undefined;
  // A slash in the name of a branch stays a slash in this address.
  const branchPath = [...path, 'refs', 'branches', ...branch.split('/')];
  const { ok, body } = await client.send('GET', branchPath, undefined, { accept: [404] });
  return ok ? textAt(body, 'target', 'hash') : undefined;
}
