import type { FakeDialect } from '../contract.ts';
import { commentRoutes } from './comments.ts';
import { fileRoutes } from './files.ts';
import { issueRoutes } from './issues.ts';
import { statusRoutes } from './statuses.ts';
import { accountRoutes } from './account.ts';
import { pullRoutes } from './pulls.ts';
import { workflowRoutes } from './workflows.ts';
import { hookRoutes, repositoryRoutes } from './hooks.ts';

export const gitlab: FakeDialect = {
  prefixes: ['/api/v4'],
  scheme: 'Bearer ',
  routes: [
    ...commentRoutes,
    ...fileRoutes,
    ...issueRoutes,
    ...statusRoutes,
    ...accountRoutes,
    ...pullRoutes,
    ...workflowRoutes,
    ...hookRoutes,
    ...repositoryRoutes,
  ],
  toRefusal: (status, message) => ({ message: `${status} ${message}` }),
};
