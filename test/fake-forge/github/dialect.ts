import type { FakeDialect } from '../contract.ts';
import { commentRoutes } from './comments.ts';
import { contentRoutes } from '../contents.ts';
import { issueRoutes } from './issues.ts';
import { labelRoutes } from './labels.ts';
import { statusRoutes } from './statuses.ts';
import { accountRoutes } from './account.ts';
import { pullRoutes } from './pulls.ts';
import { workflowRoutes } from './workflows.ts';
import { hookRoutes, repositoryRoutes } from './hooks.ts';

export const github: FakeDialect = {
  prefixes: ['/api/v3'],
  scheme: 'Bearer ',
  routes: [
    ...commentRoutes,
    ...contentRoutes,
    ...issueRoutes,
    ...labelRoutes,
    ...statusRoutes,
    ...accountRoutes,
    ...pullRoutes,
    ...workflowRoutes,
    ...hookRoutes,
    ...repositoryRoutes,
  ],
  toRefusal: (status, message) => ({ message, documentation_url: 'https://docs.github.com/rest', status: `${status}` }),
  toHeaders: ({ scopes }) => ({ 'x-oauth-scopes': scopes.join(', ') }),
};
