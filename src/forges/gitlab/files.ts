import type { ApiClient } from '../api-client.ts';
import { valueAt } from '../read.ts';
import type { FileApi } from '../write-contract.ts';
import { toProject } from './place.ts';

/**
 * Files of GitLab; `HEAD` is the default branch. A symbolic link gives its target, as a short text.
 * https://docs.gitlab.com/api/repository_files/#retrieve-a-file-from-a-repository
 */
export function createGitLabFiles(client: ApiClient): FileApi {
  return {
    async find(repo, path, ref = 'HEAD') {
      const parts = [...toProject(repo), 'repository', 'files', path];
      const { status, body } = await client.send('GET', parts, undefined, { query: { ref }, accept: [404] });
      const content = valueAt(body, 'content');
      return status === 404 || typeof content !== 'string' ? undefined : Buffer.from(content, 'base64');
    },
  };
}
