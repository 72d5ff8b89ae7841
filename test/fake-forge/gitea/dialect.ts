import type { FakeDialect } from '../contract.ts';
import { commentRoutes } from './comments.ts';
import { contentRoutes } from '../contents.ts';
import { issueRoutes } from './issues.ts';
import { labelRoutes } from './labels.ts';
import { statusRoutes } from './statuses.ts';
import { accountRoutes, permissionRoutes } from './account.ts';
import { pullRoutes } from './pulls.ts';
import { workflowRoutes } from './workflows.ts';
import { hookRoutes, repositoryRoutes } from './hooks.ts';

/** Gitea and Forgejo. */
export const gitea: FakeDialect = {
  prefixes: ['/api/v1'],
  scheme: 'token ',
  otherScheme: 'Bearer ',
  routes: [
    ...commentRoutes,
    ...contentRoutes,
    ...issueRoutes,
    ...labelRoutes,
    ...statusRoutes,
    ...accountRoutes,
    ...permissionRoutes,
    ...pullRoutes,
    ...workflowRoutes,
    ...hookRoutes,
    ...repositoryRoutes,
  ],
  toRefusal: (_status, message) => ({ message, url: 'https://git.example.org/api/swagger' }),
};
