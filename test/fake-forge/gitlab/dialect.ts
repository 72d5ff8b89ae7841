import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from './account.ts';
import { workflowRoutes } from './workflows.ts';

export const gitlab: FakeDialect = {
  prefixes: ['/api/v4'],
  scheme: 'Bearer ',
  routes: [...accountRoutes, ...workflowRoutes],
  toRefusal: (status, message) => ({ message: `${status} ${message}` }),
};
