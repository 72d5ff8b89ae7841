import { findFile } from '../contents.ts';
import { FakeRefusal, type FakeRoute } from '../contract.ts';
import { getProject } from './place.ts';

export const fileRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/projects/:project/repository/files/:path',
    answer(request) {
      const { params, query } = request;
      const project = getProject(request);
      const ref = query.get('ref');
      if (ref === null) throw new FakeRefusal(400, 'ref is missing');
      const path = params['path'] ?? '';
      const found = findFile(project, path, ref === 'HEAD' ? project.defaultBranch : ref);
      if (found === 'directory') throw new FakeRefusal(404, 'File Not Found');
      return { body: { file_path: path, encoding: 'base64', content: found.toString('base64'), ref } };
    },
  },
];
