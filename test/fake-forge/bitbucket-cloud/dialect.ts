import type { FakeDialect } from '../contract.ts';
import { commentRoutes } from './comments.ts';
import { fileRoutes } from './files.ts';
import { statusRoutes } from './statuses.ts';
import { subjectRoutes } from './subjects.ts';
import { accountRoutes } from './account.ts';
import { hookRoutes, repositoryRoutes } from './hooks.ts';

export const bitbucketCloud: FakeDialect = {
  prefixes: ['/2.0'],
  scheme: 'Bearer ',
  routes: [
    ...repositoryRoutes,
    ...subjectRoutes,
    ...commentRoutes,
    ...fileRoutes,
    ...statusRoutes,
    ...accountRoutes,
    ...hookRoutes,
  ],
  toRefusal: (_status, message) => ({ type: 'error', error: { message } }),
};
