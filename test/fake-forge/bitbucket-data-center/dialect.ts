import type { FakeDialect } from '../contract.ts';
import { commentRoutes } from './comments.ts';
import { fileRoutes } from './files.ts';
import { statusRoutes } from './statuses.ts';
import { pullRoutes } from './pulls.ts';
import { accountRoutes } from './account.ts';
import { hookRoutes, repositoryRoutes } from './hooks.ts';

export const bitbucketDataCenter: FakeDialect = {
  prefixes: ['/rest/api/latest', '/rest/api/1.0', '/rest/build-status/latest'],
  scheme: 'Bearer ',
  routes: [
    ...commentRoutes,
    ...pullRoutes,
    ...fileRoutes,
    ...statusRoutes,
    ...accountRoutes,
    ...hookRoutes,
    ...repositoryRoutes,
  ],
  toRefusal: (_status, message) => ({ errors: [{ context: null, message, exceptionName: null }] }),
  toHeaders: ({ account }) => ({ 'x-ausername': encodeURIComponent(account.login), 'x-auserid': String(account.id) }),
};
