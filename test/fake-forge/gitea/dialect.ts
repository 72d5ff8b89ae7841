import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from './account.ts';
import { workflowRoutes } from './workflows.ts';

/** Gitea and Forgejo. */
export const gitea: FakeDialect = {
  prefixes: ['/api/v1'],
  scheme: 'token ',
  routes: [...accountRoutes, ...workflowRoutes],
  toRefusal: (_status, message) => ({ message, url: 'https://git.example.org/api/swagger' }),
};
