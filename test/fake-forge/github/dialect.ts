import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from './account.ts';
import { workflowRoutes } from './workflows.ts';

export const github: FakeDialect = {
  prefixes: ['/api/v3'],
  scheme: 'Bearer ',
  routes: [...accountRoutes, ...workflowRoutes],
  toRefusal: (status, message) => ({ message, documentation_url: 'https://docs.github.com/rest', status: `${status}` }),
  toHeaders: ({ scopes }) => ({ 'x-oauth-scopes': scopes.join(', ') }),
};
