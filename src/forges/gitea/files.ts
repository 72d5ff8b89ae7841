import { FettleError } from '../../core/errors.ts';
import type { ApiClient } from '../api-client.ts';
import { textAt, valueAt } from '../read.ts';
import type { FileApi } from '../write-contract.ts';

/**
 * Files of Gitea, Forgejo, Gogs and GitHub, which share this question. A directory, a symbolic link or a submodule is no file.
 * https://gitea.com/api/swagger#/repository/repoGetContents https://github.com/gogs/docs-api/blob/master/Repositories/Contents.md
 * https://docs.github.com/en/rest/repos/contents#get-repository-content
 */
export function createContentsFiles(client: ApiClient): FileApi {
  return {
    async find(repo, path, ref) {
      const parts = ['repos', repo.owner, repo.name, 'contents', ...path.split('/')];
      const query = ref === undefined ? {} : { ref };
      const { status, body } = await client.send('GET', parts, undefined, { query, accept: [404] });
      if (status === 404 || textAt(body, 'type') !== 'file') return undefined;
      const content = valueAt(body, 'content');
      if (textAt(body, 'encoding') !== 'base64' || typeof content !== 'string') {
        throw new FettleError('upstream_refused', `The forge does not give ${path} by its API: it is too large.`);
      }
      return Buffer.from(content, 'base64');
    },
  };
}
